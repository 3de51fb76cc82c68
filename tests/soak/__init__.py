"""Kills at seeded random instants over real drills; what must hold after each. `scripts/soak` runs it."""
