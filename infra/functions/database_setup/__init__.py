"""What a new database needs before it can be used: the heartbeat's table and login. Runs as a Lambda function."""
