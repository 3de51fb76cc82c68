"""The policy pack, and the rules that it asks."""
