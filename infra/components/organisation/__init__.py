"""Guardrails above the accounts: what the layer `organisation` is made of."""
