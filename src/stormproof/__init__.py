"""Rehearse recovery, measure it, prove it."""

__version__ = "0.1.0"
