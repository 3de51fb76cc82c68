"""Somebody else's web shop: plain resources, no components, names and tags of their own. A few things in it are wrong.

Each of them stands behind `wrong`, so that the tests can have the shop without them too.
"""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws as aws

ACCOUNT, REGION, FAR = "444455556666", "eu-central-1", "eu-west-1"
config = pulumi.Config("shop")
wrong = config.get_bool("wrong") is not False
KEEP = pulumi.ResourceOptions(protect=True)
TAGS = {"team": "checkout", "owner": "checkout@example.com"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def assumed_by(service: str) -> str:
    return policy({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def key(name: str, region: str | None = None, *services: str) -> aws.kms.Key:
    admin = f"arn:aws:iam::{ACCOUNT}:role/key-admin"
    uses = f"arn:aws:iam::{ACCOUNT}:role/shop-app"
    by_service = [
        {
            "Sid": service.split(".")[0], "Effect": "Allow", "Principal": {"Service": service},
            "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        }
        for service in services
    ]  # fmt: skip
    return aws.kms.Key(
        name, description=f"shop {name}", enable_key_rotation=True, deletion_window_in_days=30, region=region, tags=TAGS,
        policy=policy(
            {"Sid": "Admin", "Effect": "Allow", "Principal": {"AWS": admin}, "Resource": "*",
             "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion",
                        "kms:CancelKeyDeletion", "kms:DisableKey", "kms:EnableKey", "kms:TagResource"]},
            {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": uses}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
             "Resource": "*"},
            *by_service,
        ),
        opts=KEEP,
    )  # fmt: skip


data_key = key("data-key")
log_key = key(
    "log-key", None, f"logs.{REGION}.amazonaws.com", "delivery.logs.amazonaws.com", "cloudwatch.amazonaws.com"
)
far_key = key("far-key", FAR)


# --- network: two zones; public, app and db subnets
vpc = aws.ec2.Vpc("main", cidr_block="10.20.0.0/16", enable_dns_hostnames=True, tags=TAGS)
aws.ec2.DefaultSecurityGroup("nothing", vpc_id=vpc.id)
aws.ec2.DefaultNetworkAcl("nothing", default_network_acl_id=vpc.default_network_acl_id)
igw = aws.ec2.InternetGateway("igw", vpc_id=vpc.id)
public, app, db = [], [], []
for place, zone in enumerate(("a", "b")):
    for group, offset, name in ((public, 0, "public"), (app, 10, "app"), (db, 20, "db")):
        group.append(
            aws.ec2.Subnet(
                f"{name}-{zone}", vpc_id=vpc.id, cidr_block=f"10.20.{offset + place}.0/24", availability_zone=f"{REGION}{zone}",
                map_public_ip_on_launch=wrong and name == "public" and zone == "b",
            )
        )  # fmt: skip
out = aws.ec2.RouteTable("public", vpc_id=vpc.id)
aws.ec2.Route("public-out", route_table_id=out.id, destination_cidr_block="0.0.0.0/0", gateway_id=igw.id)
nat = aws.ec2.NatGateway("nat", subnet_id=public[0].id, allocation_id=aws.ec2.Eip("nat", domain="vpc").id)
inside = aws.ec2.RouteTable("app", vpc_id=vpc.id, routes=[{"cidr_block": "0.0.0.0/0", "nat_gateway_id": nat.id}])
# The database's subnets share the application's table: they reach the internet through NAT.
local = inside if wrong else aws.ec2.RouteTable("db", vpc_id=vpc.id)
for table, group, name in ((out, public, "public"), (inside, app, "app"), (local, db, "db")):
    for subnet, zone in zip(group, "ab", strict=True):
        aws.ec2.RouteTableAssociation(f"{name}-{zone}", subnet_id=subnet.id, route_table_id=table.id)
acl = aws.ec2.NetworkAcl("db", vpc_id=vpc.id, subnet_ids=[one.id for one in db])
aws.ec2.NetworkAclRule(
    "db-in", network_acl_id=acl.id, rule_number=100, protocol="tcp", rule_action="allow", cidr_block="10.20.0.0/16",
    from_port=5432, to_port=5432,
)  # fmt: skip
flow = aws.cloudwatch.LogGroup("flow", name="/shop/flow", retention_in_days=400, kms_key_id=log_key.arn)
flow_role = aws.iam.Role("flow", name="shop-flow", assume_role_policy=assumed_by("vpc-flow-logs.amazonaws.com"))
aws.ec2.FlowLog("flow", vpc_id=vpc.id, traffic_type="ALL", log_destination=flow.arn, iam_role_arn=flow_role.arn)

web_sg = aws.ec2.SecurityGroup(
    "web", vpc_id=vpc.id, description="load balancer",
    ingress=[{"protocol": "tcp", "from_port": port, "to_port": port, "cidr_blocks": ["0.0.0.0/0"]} for port in (443, 80)],
)  # fmt: skip
app_sg = aws.ec2.SecurityGroup("app", vpc_id=vpc.id, description="application")
aws.vpc.SecurityGroupIngressRule(
    "app-in", security_group_id=app_sg.id, referenced_security_group_id=web_sg.id, ip_protocol="tcp", from_port=8080,
    to_port=8080,
)  # fmt: skip
if wrong:  # somebody needed a shell
    aws.vpc.SecurityGroupIngressRule(
        "ssh", security_group_id=app_sg.id, cidr_ipv4="0.0.0.0/0", ip_protocol="tcp", from_port=22, to_port=22
    )
db_sg = aws.ec2.SecurityGroup(
    "db", vpc_id=vpc.id, description="database",
    ingress=[{"protocol": "tcp", "from_port": 5432, "to_port": 5432, "security_groups": [app_sg.id]}],
)  # fmt: skip


# --- buckets
def bucket(
    name: str, *, logs: aws.s3.Bucket | None = None, sse_s3: bool = False, more: list[dict[str, Any]] | None = None
) -> aws.s3.Bucket:
    full = f"shop-{name}-{ACCOUNT}"
    made = aws.s3.Bucket(name, bucket=full, tags=TAGS | {"data-class": "internal"}, opts=KEEP)
    aws.s3.BucketPublicAccessBlock(
        name, bucket=made.id, block_public_acls=True, block_public_policy=True, ignore_public_acls=True,
        restrict_public_buckets=True, opts=KEEP,
    )  # fmt: skip
    aws.s3.BucketVersioning(name, bucket=made.id, versioning_configuration={"status": "Enabled"}, opts=KEEP)
    default = {"sse_algorithm": "AES256"} if sse_s3 else {"sse_algorithm": "aws:kms", "kms_master_key_id": data_key.arn}
    aws.s3.BucketServerSideEncryptionConfiguration(
        name, bucket=made.id, rules=[{"apply_server_side_encryption_by_default": default}], opts=KEEP
    )
    both = [f"arn:aws:s3:::{full}", f"arn:aws:s3:::{full}/*"]
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": both}
    aws.s3.BucketPolicy(
        name, bucket=made.id, opts=KEEP,
        policy=policy(
            deny | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            deny | {"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}, *(more or []),
        ),
    )  # fmt: skip
    if logs is not None:
        aws.s3.BucketLogging(name, bucket=made.id, target_bucket=logs.id, target_prefix=f"{name}/", opts=KEEP)
    return made


lb_logs = bucket(
    "lb-logs", sse_s3=True,
    more=[{
        "Effect": "Allow", "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}, "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::shop-lb-logs-{ACCOUNT}/AWSLogs/{ACCOUNT}/*",
    }],
)  # fmt: skip
pictures = bucket("pictures", logs=lb_logs)

# --- the way in
lb = aws.lb.LoadBalancer(
    "web", load_balancer_type="application", subnets=[one.id for one in public], security_groups=[web_sg.id],
    access_logs={"bucket": lb_logs.bucket, "enabled": True}, drop_invalid_header_fields=True, enable_deletion_protection=True,
)  # fmt: skip
target = aws.lb.TargetGroup("web", vpc_id=vpc.id, port=8080, protocol="HTTP", target_type="ip")
aws.lb.Listener(
    "https", load_balancer_arn=lb.arn, port=443, protocol="HTTPS",
    ssl_policy="ELBSecurityPolicy-2016-08" if wrong else "ELBSecurityPolicy-TLS13-1-2-2021-06",
    certificate_arn=f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1", default_actions=[{"type": "forward", "target_group_arn": target.arn}],
)  # fmt: skip
aws.lb.Listener(
    "http", load_balancer_arn=lb.arn, port=80, protocol="HTTP",
    default_actions=[{"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}],
)  # fmt: skip
seen = {"cloudwatch_metrics_enabled": True, "metric_name": "web", "sampled_requests_enabled": True}
waf = aws.wafv2.WebAcl(
    "web", scope="REGIONAL", default_action={"allow": {}}, visibility_config=seen,
    rules=[
        {"name": "rate", "priority": 1, "action": {"block": {}}, "visibility_config": seen,
         "statement": {"rate_based_statement": {"limit": 2000, "aggregate_key_type": "IP"}}},
        {"name": "common", "priority": 2, "override_action": {"none": {}}, "visibility_config": seen,
         "statement": {"managed_rule_group_statement": {"vendor_name": "AWS", "name": "AWSManagedRulesCommonRuleSet"}}},
    ],
)  # fmt: skip
aws.wafv2.WebAclAssociation("web", resource_arn=lb.arn, web_acl_arn=waf.arn)
waf_logs = aws.cloudwatch.LogGroup("waf", name="aws-waf-logs-shop", retention_in_days=400, kms_key_id=log_key.arn)
aws.wafv2.WebAclLoggingConfiguration("web", resource_arn=waf.arn, log_destination_configs=[waf_logs.arn])

# --- the application and its database
app_role = aws.iam.Role("app", name="shop-app", assume_role_policy=assumed_by("ecs-tasks.amazonaws.com"))
aws.iam.RolePolicy(
    "app", role=app_role.id,
    policy=policy({"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::shop-pictures-{ACCOUNT}/*"}),
)  # fmt: skip
parameters = aws.rds.ParameterGroup("pg", family="postgres14", parameters=[{"name": "rds.force_ssl", "value": "1"}])
database = aws.rds.Instance(
    "orders", identifier="shop-orders", engine="postgres", engine_version="14.13", instance_class="db.m7g.large",
    allocated_storage=200, db_subnet_group_name=aws.rds.SubnetGroup("db", subnet_ids=[one.id for one in db]).name,
    vpc_security_group_ids=[db_sg.id], storage_encrypted=True, kms_key_id=data_key.arn, multi_az=True, username="shop",
    manage_master_user_password=True, master_user_secret_kms_key_id=data_key.key_id, parameter_group_name=parameters.name,
    backup_retention_period=14, deletion_protection=not wrong, auto_minor_version_upgrade=True, copy_tags_to_snapshot=True,
    skip_final_snapshot=False, final_snapshot_identifier="shop-orders-final",
    tags=TAGS | {"data-class": "restricted", "rpo": "15m", "keep": "daily", "criticality": "critical"}, opts=KEEP,
)  # fmt: skip
aws.ecs.TaskDefinition(
    "app", family="shop-app", network_mode="awsvpc", requires_compatibilities=["FARGATE"], cpu="512", memory="1024",
    task_role_arn=app_role.arn, execution_role_arn=f"arn:aws:iam::{ACCOUNT}:role/shop-start",
    container_definitions=json.dumps([{
        "name": "app", "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop@sha256:0", "essential": True,
        "environment": [{"name": "LOG_LEVEL", "value": "info"}, *([{"name": "MAIL_PASSWORD", "value": "hunter2"}] if wrong else [])],
    }]),
)  # fmt: skip


# --- backups, daily, with a copy far away
def vault(name: str, encrypted_by: aws.kms.Key, region: str | None = None) -> aws.backup.Vault:
    made = aws.backup.Vault(name, name=f"shop-{name}", kms_key_arn=encrypted_by.arn, region=region, opts=KEEP)
    aws.backup.VaultLockConfiguration(
        name, backup_vault_name=made.name, min_retention_days=7, max_retention_days=400, region=region, opts=KEEP
    )
    aws.backup.VaultPolicy(
        name, backup_vault_name=made.name, region=region, opts=KEEP,
        policy=policy(
            {"Effect": "Deny", "Principal": "*", "Resource": "*",
             "Action": ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]},
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "backup:CopyIntoBackupVault",
             "Resource": "*"},
        ),
    )  # fmt: skip
    return made


near, far = vault("near", data_key), vault("far", far_key, FAR)
plan = aws.backup.Plan(
    "daily", name="shop-daily",
    rules=[{
        "rule_name": "daily", "target_vault_name": near.name, "schedule": "cron(0 3 * * ? *)", "start_window": 60,
        "completion_window": 300, "lifecycle": {"delete_after": 3 if wrong else 35},
        "copy_actions": [{"destination_vault_arn": f"arn:aws:backup:{FAR}:{ACCOUNT}:backup-vault:shop-far", "lifecycle": {"delete_after": 90}}],
    }],
)  # fmt: skip
taker = aws.iam.Role("backup", name="shop-backup", assume_role_policy=assumed_by("backup.amazonaws.com"))
aws.backup.Selection(
    "daily", name="daily", plan_id=plan.id, iam_role_arn=taker.arn, resources=["*"],
    conditions=[{"string_equals": [{"key": "aws:ResourceTag/keep", "value": "daily"}]}],
)  # fmt: skip
aws.backup.RegionSettings("here", resource_type_opt_in_preference={"RDS": True, "S3": True, "DynamoDB": False})
told = aws.sns.Topic("told", name="shop-told", kms_master_key_id=log_key.arn)
aws.sns.TopicPolicy(
    "told", arn=told.arn, opts=KEEP,
    policy=policy({
        "Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sns:Publish", "Resource": "*",
        **({} if wrong else {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}),
    }),
)  # fmt: skip
aws.backup.VaultNotifications(
    "near",
    backup_vault_name=near.name,
    sns_topic_arn=told.arn,
    backup_vault_events=["BACKUP_JOB_FAILED", "BACKUP_JOB_EXPIRED"],
)
aws.cloudwatch.MetricAlarm(
    "answers", name="shop-answers", namespace="AWS/ApplicationELB", metric_name="HealthyHostCount", statistic="Minimum",
    comparison_operator="LessThanThreshold", threshold=1, period=60, evaluation_periods=3, alarm_actions=[told.arn],
    treat_missing_data="breaching", dimensions={"LoadBalancer": lb.arn_suffix},
)  # fmt: skip
