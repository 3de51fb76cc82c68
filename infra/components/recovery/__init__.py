"""The isolated recovery environment."""
