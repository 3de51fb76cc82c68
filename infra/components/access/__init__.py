"""Roles by duty, boundaries, CI trust, break-glass."""
