"""The heartbeat: once a minute, the time into each store. Runs as a Lambda function; needs boto3 alone, which is there."""
