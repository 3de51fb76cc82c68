"""Declared infrastructure as rules see it: a graph of resources, pure, wherever it was read from."""
