"""A drill: isolation proof, stopwatch, runbook, checks, tear-down, verdict."""
