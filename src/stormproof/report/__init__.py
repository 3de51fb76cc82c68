"""Views of signed evidence."""
