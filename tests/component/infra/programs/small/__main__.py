"""A key, a bucket that uses it, a network with two subnets: a chain of references, and nothing that costs time."""

import pulumi
import pulumi_aws as aws

name = f"small-{pulumi.get_stack()}"
key = aws.kms.Key("key", description=f"{name} data", enable_key_rotation=True, deletion_window_in_days=30)
bucket = aws.s3.Bucket("bucket", bucket=f"{name}-111122223333", force_destroy=False)
vpc = aws.ec2.Vpc("vpc", cidr_block="10.20.0.0/16", enable_dns_hostnames=True, tags={"Name": name})
for number in range(2):
    aws.ec2.Subnet(
        f"data-{number}",
        vpc_id=vpc.id,
        cidr_block=f"10.20.{number}.0/24",
        availability_zone=f"eu-central-1{'ab'[number]}",
        tags={"Name": f"{name}-data-{number}", "tier": "data"},
    )
pulumi.export("bucket", bucket.bucket)
pulumi.export("key", key.arn)
