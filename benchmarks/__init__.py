"""Measures of speed and size, each against a goal: `./scripts/benchmark`. No test asserts any of them."""
