"""Negative controls: faults seeded into snapshots of the restored copy, to prove that the drill's checks would see them."""
