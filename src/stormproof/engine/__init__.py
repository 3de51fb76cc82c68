"""Runs a runbook: plan, journal, execute, resume, undo."""
