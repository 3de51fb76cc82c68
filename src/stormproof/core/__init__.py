"""Nouns, decisions, specs, ports and errors: pure. Nothing here touches a file, a host or a clock."""
