"""Rotation of random secrets. Runs as a Lambda function; needs boto3 alone, which is there."""
