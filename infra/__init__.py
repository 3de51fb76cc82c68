"""The Pulumi program: a spec in, components out. `__main__.py` is what Pulumi runs; `policy/` is the policy pack."""
