"""Where data lies: databases, tables, file systems, secrets, and the heartbeat that dates each."""
