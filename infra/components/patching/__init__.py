"""Patch baselines, windows and what they cover."""
