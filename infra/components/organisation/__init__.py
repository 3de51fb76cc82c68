"""Guardrails of the organisation."""
