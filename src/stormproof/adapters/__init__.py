"""Where I/O lives. Each module translates one outside thing into the words of a port."""
