"""Layers: which components one stack is made of. Each has `declare(context)`, which returns the stack outputs."""
