"""Would a unit test notice? Small wrong changes to the core's decisions, one at a time. `scripts/mutate` runs it."""
