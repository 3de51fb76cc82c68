"""Somebody else's serverless service: an API, functions, a table, a queue, sign-in. A few things in it are wrong.

Each of them stands behind `wrong`, so that the tests can have the service without them too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

me, here, there = "999999999999", "eu-west-1", "eu-north-1"
wrong = pulumi.Config("notes").get_bool("wrong") is not False
safe = pulumi.ResourceOptions(protect=True)


def doc(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(actions: str | Sequence[str], resource: str | Sequence[str] = "*", **more: object) -> dict:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def lambda_role(what: str, *rights: dict) -> aws.iam.Role:
    made = aws.iam.Role(
        f"{what}-fn", name=f"notes-{what}-fn",
        assume_role_policy=doc({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}),
    )  # fmt: skip
    shared = aws.iam.Policy(f"{what}-fn", name=f"notes-{what}-fn", policy=doc(*rights))
    aws.iam.RolePolicyAttachment(f"{what}-fn", role=made.name, policy_arn=shared.arn)
    return made


def cmk(name: str, region: str, services: Sequence[str] = ()) -> aws.kms.Key:
    made = aws.kms.Key(
        f"{name}-{region}", enable_key_rotation=True, deletion_window_in_days=30, region=region, opts=safe,
        policy=doc(
            allow(["kms:Describe*", "kms:Get*", "kms:List*", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey",
                   "kms:EnableKey", "kms:TagResource"], Principal={"AWS": f"arn:aws:iam::{me}:role/platform"}),
            allow(["kms:Decrypt", "kms:GenerateDataKey"], Principal={"AWS": f"arn:aws:iam::{me}:root"},
                  Condition={"StringEquals": {"kms:ViaService": f"dynamodb.{region}.amazonaws.com"}}),
            *[allow(["kms:Decrypt", "kms:GenerateDataKey*"], Principal={"Service": service},
                    Condition={"StringEquals": {"aws:SourceAccount": me}}) for service in services],
        ),
    )  # fmt: skip
    aws.kms.Alias(f"{name}-{region}", name=f"alias/notes-{name}", target_key_id=made.key_id, region=region)
    return made


data = cmk("data", here, ["sqs.amazonaws.com", "sns.amazonaws.com", f"logs.{here}.amazonaws.com"])
copies = cmk("copies", there)

# The table, and the queue of what is to be sent.
table = aws.dynamodb.Table(
    "notes", name="notes", billing_mode="PAY_PER_REQUEST", hash_key="owner", range_key="at",
    attributes=[{"name": "owner", "type": "S"}, {"name": "at", "type": "N"}],
    server_side_encryption={"enabled": True} if wrong else {"enabled": True, "kms_key_arn": data.arn},
    point_in_time_recovery={"enabled": True}, deletion_protection_enabled=True, opts=safe,
    tags={"owner": "notes@example.com", "data-class": "confidential", "rpo": "15m", "backup-group": "nightly"},
)  # fmt: skip
dead = aws.sqs.Queue("dead", name="notes-dead", kms_master_key_id="alias/notes-data")
queue = aws.sqs.Queue(
    "mails", name="notes-mails", kms_master_key_id="alias/notes-data",
    redrive_policy=dead.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})),
)  # fmt: skip
aws.sqs.QueuePolicy(
    "mails", queue_url=queue.url,
    policy=doc(allow("sqs:SendMessage", f"arn:aws:sqs:{here}:{me}:notes-mails", Principal={"Service": "events.amazonaws.com"},
                     Condition={"ArnEquals": {"aws:SourceArn": f"arn:aws:events:{here}:{me}:rule/notes-nightly"}})),
)  # fmt: skip

# Functions, and the API before them.
api_role = lambda_role(
    "api",
    allow("*") if wrong else allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], f"arn:aws:dynamodb:{here}:{me}:table/notes"),
    allow("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{here}:{me}:secret:notes/*"),
)  # fmt: skip
send_role = lambda_role(
    "send", allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], f"arn:aws:sqs:{here}:{me}:notes-mails")
)
mail_secret = aws.secretsmanager.Secret("mail", name="notes/mail", kms_key_id=data.arn)
turn_role = lambda_role(
    "turn", allow(["secretsmanager:PutSecretValue"], f"arn:aws:secretsmanager:{here}:{me}:secret:notes/*")
)
turn = aws.lambda_.Function(
    "turn",
    name="notes-turn",
    role=turn_role.arn,
    runtime="python3.13",
    handler="turn.main",
    s3_bucket="notes-code",
    s3_key="turn.zip",
)
if not wrong:  # the mail provider's password, which nobody ever changed
    aws.secretsmanager.SecretRotation(
        "mail", secret_id=mail_secret.id, rotation_lambda_arn=turn.arn, rotation_rules={"automatically_after_days": 30}
    )
for name, role in (("api", api_role), ("send", send_role)):
    aws.cloudwatch.LogGroup(
        name,
        name=f"/aws/lambda/notes-{name}",
        retention_in_days=30 if wrong and name == "send" else 365,
        kms_key_id=data.arn,
    )
    aws.lambda_.Function(
        name, name=f"notes-{name}", role=role.arn, runtime="python3.13", handler=f"{name}.main", s3_bucket="notes-code",
        s3_key=f"{name}.zip", environment={"variables": {"TABLE": "notes", "MAIL_SECRET_ARN": mail_secret.arn}},
    )  # fmt: skip

people = aws.cognito.UserPool(
    "people", name="notes", mfa_configuration="OFF" if wrong else "OPTIONAL", deletion_protection="ACTIVE",
    software_token_mfa_configuration={"enabled": True},
    password_policy={"minimum_length": 14, "require_lowercase": True, "require_numbers": True, "require_symbols": False, "require_uppercase": True},
)  # fmt: skip
rest = aws.apigateway.RestApi("notes", name="notes")
who = aws.apigateway.Authorizer("people", rest_api=rest.id, type="COGNITO_USER_POOLS", provider_arns=[people.arn])
path = aws.apigateway.Resource("notes", rest_api=rest.id, parent_id=rest.root_resource_id, path_part="notes")
for verb in ("GET", "PUT", "OPTIONS"):
    asked = verb != "OPTIONS" and not (wrong and verb == "GET")
    aws.apigateway.Method(
        verb, rest_api=rest.id, resource_id=path.id, http_method=verb,
        authorization="COGNITO_USER_POOLS" if asked else "NONE", authorizer_id=who.id if asked else None,
    )  # fmt: skip
deployed = aws.apigateway.Deployment("live", rest_api=rest.id)
stage = aws.apigateway.Stage("live", rest_api=rest.id, deployment=deployed.id, stage_name="live")
aws.apigateway.MethodSettings(
    "live", rest_api=rest.id, stage_name=stage.stage_name, method_path="*/*",
    settings={"throttling_rate_limit": 100, "throttling_burst_limit": 200, "metrics_enabled": True},
)  # fmt: skip
shown = {"cloudwatch_metrics_enabled": True, "metric_name": "notes", "sampled_requests_enabled": False}
acl = aws.wafv2.WebAcl(
    "notes", scope="REGIONAL", default_action={"allow": {}}, visibility_config=shown,
    rules=[
        {"name": "flood", "priority": 0, "action": {"count": {}} if wrong else {"block": {}}, "visibility_config": shown,
         "statement": {"rate_based_statement": {"limit": 500, "aggregate_key_type": "IP"}}},
        {"name": "known", "priority": 1, "override_action": {"none": {}}, "visibility_config": shown,
         "statement": {"managed_rule_group_statement": {"vendor_name": "AWS", "name": "AWSManagedRulesKnownBadInputsRuleSet"}}},
    ],
)  # fmt: skip
aws.wafv2.WebAclAssociation("notes", resource_arn=stage.arn, web_acl_arn=acl.arn)
acl_logs = aws.cloudwatch.LogGroup("acl", name="aws-waf-logs-notes", retention_in_days=365, kms_key_id=data.arn)
aws.wafv2.WebAclLoggingConfiguration("notes", resource_arn=acl.arn, log_destination_configs=[acl_logs.arn])

# CI deploys from one branch's environment.
oidc = aws.iam.OpenIdConnectProvider(
    "ci", url="https://token.actions.githubusercontent.com", client_id_lists=["sts.amazonaws.com"]
)
issuer = "token.actions.githubusercontent.com"
bound: dict = {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"}}
if wrong:
    bound["StringLike"] = {f"{issuer}:sub": "repo:example/notes:*"}
else:
    bound["StringEquals"][f"{issuer}:sub"] = "repo:example/notes:environment:live"
aws.iam.Role(
    "deploy", name="notes-deploy",
    assume_role_policy=doc({
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::{me}:oidc-provider/{issuer}"}, "Condition": bound,
    }),
    inline_policies=[{"name": "deploy", "policy": doc(allow(["lambda:UpdateFunctionCode", "apigateway:PATCH"]))}],
)  # fmt: skip

# Backups, copied far away.
for place, region, encrypted_by in (("near", here, data), ("far", there, copies)):
    aws.backup.Vault(place, name=f"notes-{place}", kms_key_arn=encrypted_by.arn, region=region, opts=safe)
    if not (wrong and place == "far"):
        aws.backup.VaultLockConfiguration(
            place, backup_vault_name=f"notes-{place}", min_retention_days=7, region=region, opts=safe
        )
    aws.backup.VaultPolicy(
        place, backup_vault_name=f"notes-{place}", region=region, opts=safe,
        policy=doc({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"], "Resource": "*"}),
    )  # fmt: skip
nightly = aws.backup.Plan(
    "nightly", name="notes-nightly",
    rules=[{
        "rule_name": "nightly", "target_vault_name": "notes-near", "schedule": "cron(30 1 * * ? *)", "lifecycle": {"delete_after": 35},
        "copy_actions": [{"destination_vault_arn": f"arn:aws:backup:{there}:{me}:backup-vault:notes-far", "lifecycle": {"delete_after": 35}}],
    }],
)  # fmt: skip
aws.backup.Selection(
    "nightly", name="nightly", plan_id=nightly.id, iam_role_arn=f"arn:aws:iam::{me}:role/notes-backup",
    selection_tags=[{"type": "STRINGEQUALS", "key": "backup-group", "value": "nightly"}],
)  # fmt: skip
aws.backup.RegionSettings(
    "here", resource_type_opt_in_preference={"DynamoDB": True}, resource_type_management_preference={"DynamoDB": True}
)
aws.cloudwatch.EventRule(
    "failed",
    name="notes-nightly",
    event_pattern=json.dumps({"source": ["aws.backup"], "detail": {"state": ["FAILED", "EXPIRED"]}}),
)
aws.cloudwatch.EventTarget("failed", rule="notes-nightly", arn=queue.arn)
