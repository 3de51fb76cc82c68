"""What is changed behind our back is seen by Read: encryption, keys, policies, public access, retention, locks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from provider_samples import NARROW_POLICY, ROOT, document
from provider_samples_more import SAMPLES
from provider_world import Engine, Thing, World, moto_server

pytestmark = pytest.mark.component

Tamper = Callable[[World, Thing], Any]
OPEN = {"BlockPublicAcls": True, "BlockPublicPolicy": False, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
PLAIN = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
WIDE = document("s3:*", principal="*", resource="arn:aws:s3:::lab-data/*")
ANY_PORT = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def client(service: str, op: str, **parameters: Any) -> Tamper:
    """A call whose `{…}` are filled from the thing's state."""

    def call(world: World, thing: Thing) -> Any:
        return getattr(world.boto(service), op)(**{name: _filled(value, thing) for name, value in parameters.items()})

    return call


def _filled(value: Any, thing: Thing) -> Any:
    if isinstance(value, list):
        return [_filled(item, thing) for item in value]
    named = isinstance(value, str) and value.startswith("{") and value[1:-1].isidentifier()
    return value.format(**{**thing.state, "id": thing.id}) if named else value


# sample, property that must be told, what somebody does
CHANGED: list[tuple[str, str, Tamper]] = [
    ("key", "policy", client("kms", "put_key_policy", KeyId="{id}", PolicyName="default", Policy=NARROW_POLICY)),
    ("key", "enableKeyRotation", client("kms", "disable_key_rotation", KeyId="{id}")),
    ("key-policy", "policy", client("kms", "put_key_policy", KeyId="{id}", PolicyName="default", Policy=NARROW_POLICY)),
    ("alias", "targetKeyId", lambda world, thing: world.boto("kms").update_alias(
        AliasName=thing.id, TargetKeyId=world.make("multi-key").id)),
    ("versioning", "versioningConfiguration", client(
        "s3", "put_bucket_versioning", Bucket="{bucket}", VersioningConfiguration={"Status": "Suspended"})),
    ("encryption", "rules", client(
        "s3", "put_bucket_encryption", Bucket="{bucket}", ServerSideEncryptionConfiguration=PLAIN)),
    ("public-access", "blockPublicPolicy", client(
        "s3", "put_public_access_block", Bucket="{bucket}", PublicAccessBlockConfiguration=OPEN)),
    ("bucket-policy", "policy", client("s3", "put_bucket_policy", Bucket="{bucket}", Policy=WIDE)),
    ("ownership", "rule", client("s3", "put_bucket_ownership_controls", Bucket="{bucket}", OwnershipControls={
        "Rules": [{"ObjectOwnership": "ObjectWriter"}]})),
    ("object-lock", "rule", client("s3", "put_object_lock_configuration", Bucket="{bucket}", ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}})),
    ("bucket-lifecycle", "rules", client(
        "s3", "put_bucket_lifecycle_configuration", Bucket="{bucket}", LifecycleConfiguration={"Rules": [
            {"ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]})),
    ("account-block", "blockPublicPolicy", client(
        "s3control", "put_public_access_block", AccountId="{id}", PublicAccessBlockConfiguration=OPEN)),
    ("role", "assumeRolePolicy", client("iam", "update_assume_role_policy", RoleName="{name}", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]}))),
    ("role", "permissionsBoundary", client("iam", "delete_role_permissions_boundary", RoleName="{name}")),
    ("role-policy", "policy", client(
        "iam", "put_role_policy", RoleName="{role}", PolicyName="{name}", PolicyDocument=document("*"))),
    ("boundary", "policy", client(
        "iam", "create_policy_version", PolicyArn="{arn}", PolicyDocument=document("*"), SetAsDefault=True)),
    ("passwords", "minimumPasswordLength", client("iam", "update_account_password_policy", MinimumPasswordLength=6,
        RequireSymbols=True, RequireNumbers=True, PasswordReusePrevention=24)),
    ("default-group", "ingress", client(
        "ec2", "authorize_security_group_ingress", GroupId="{id}", IpPermissions=ANY_PORT)),
    ("default-acl", "ingress", client(
        "ec2", "create_network_acl_entry", NetworkAclId="{id}", RuleNumber=100, Protocol="-1", RuleAction="allow",
        Egress=False, CidrBlock="0.0.0.0/0")),
    ("default-table", "routes", lambda world, thing: world.boto("ec2").create_route(
        RouteTableId=thing.id, DestinationCidrBlock="0.0.0.0/0", GatewayId=world.make("gateway").id)),
    ("subnet", "mapPublicIpOnLaunch", client(
        "ec2", "modify_subnet_attribute", SubnetId="{id}", MapPublicIpOnLaunch={"Value": True})),
    ("endpoint", "policy", client(
        "ec2", "modify_vpc_endpoint", VpcEndpointId="{id}", PolicyDocument=document("*", principal="*"))),
    ("database", "backupRetentionPeriod", client(
        "rds", "modify_db_instance", DBInstanceIdentifier="{identifier}", BackupRetentionPeriod=1)),
    ("database", "deletionProtection", client(
        "rds", "modify_db_instance", DBInstanceIdentifier="{identifier}", DeletionProtection=True)),
    ("parameters", "parameters", client("rds", "modify_db_parameter_group", DBParameterGroupName="{name}", Parameters=[
        {"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyMethod": "immediate"}])),
    ("orders", "pointInTimeRecovery", client("dynamodb", "update_continuous_backups", TableName="{name}",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False})),
    ("secret-policy", "policy", client("secretsmanager", "put_resource_policy", SecretId="{secretArn}",
        ResourcePolicy=document("secretsmanager:*", principal="*"))),
    ("files-policy", "policy", client("efs", "put_file_system_policy", FileSystemId="{fileSystemId}",
        Policy=document("*", principal=ROOT))),
    ("mount", "securityGroups", lambda world, thing: world.boto("efs").modify_mount_target_security_groups(
        MountTargetId=thing.id, SecurityGroups=[world.make("group").id])),
    ("vault-lock", "minRetentionDays", client("backup", "put_backup_vault_lock_configuration",
        BackupVaultName="{backupVaultName}", MinRetentionDays=1, MaxRetentionDays=365)),
    ("balancer", "dropInvalidHeaderFields", client("elbv2", "modify_load_balancer_attributes", LoadBalancerArn="{arn}",
        Attributes=[{"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "false"}])),
    ("listener", "sslPolicy", client("elbv2", "modify_listener", ListenerArn="{arn}",
        SslPolicy="ELBSecurityPolicy-2016-08")),
    ("trail", "enableLogging", client("cloudtrail", "stop_logging", Name="{name}")),
    ("recorder-status", "isEnabled", client("config", "stop_configuration_recorder", ConfigurationRecorderName="{name}")),
    ("detector", "enable", client("guardduty", "update_detector", DetectorId="{id}", Enable=False)),
    ("disks", "enabled", client("ec2", "disable_ebs_encryption_by_default")),
    ("log-group", "retentionInDays", client("logs", "put_retention_policy", logGroupName="{name}", retentionInDays=1)),
    ("alarm", "actionsEnabled", client("cloudwatch", "disable_alarm_actions", AlarmNames=["{id}"])),
    ("topic-policy", "policy", client("sns", "set_topic_attributes", TopicArn="{arn}", AttributeName="Policy",
        AttributeValue=document("SNS:*", principal="*"))),
    ("queue", "kmsMasterKeyId", client("sqs", "set_queue_attributes", QueueUrl="{url}",
        Attributes={"KmsMasterKeyId": "alias/aws/sqs"})),
]  # fmt: skip

# sample, what somebody does that takes it away
REMOVED: list[tuple[str, Tamper]] = [
    ("public-access", client("s3", "delete_public_access_block", Bucket="{bucket}")),
    ("encryption", client("s3", "delete_bucket_encryption", Bucket="{bucket}")),
    ("bucket-policy", client("s3", "delete_bucket_policy", Bucket="{bucket}")),
    ("inward", client("ec2", "revoke_security_group_ingress", GroupId="{securityGroupId}", SecurityGroupRuleIds=["{id}"])),
    ("flow-log", client("ec2", "delete_flow_logs", FlowLogIds=["{id}"])),
    ("vault-lock", client("backup", "delete_backup_vault_lock_configuration", BackupVaultName="{backupVaultName}")),
    ("trail", client("cloudtrail", "delete_trail", Name="{name}")),
    ("attachment", client("iam", "detach_role_policy", RoleName="{role}", PolicyArn="{policyArn}")),
    ("key", client("kms", "schedule_key_deletion", KeyId="{id}", PendingWindowInDays=7)),
    ("alarm", client("cloudwatch", "delete_alarms", AlarmNames=["{id}"])),
]  # fmt: skip


@pytest.fixture
def world() -> Iterator[World]:
    """One of its own for each: what somebody did is not undone."""
    import requests

    with moto_server() as endpoint:
        requests.post(f"{endpoint}/moto-api/reset", timeout=10)
        yield World(Engine(), {**SAMPLES}, endpoint)


@pytest.mark.parametrize(("name", "property_", "tamper"), CHANGED, ids=[f"{row[0]} {row[1]}" for row in CHANGED])
def test_a_change_behind_our_back_is_seen_and_can_be_put_right(world: World, name: str, property_: str, tamper: Tamper):
    thing = world.make(name)
    tamper(world, thing)
    read = world.engine.read(thing)
    assert read is not None
    inputs, state = read
    assert {n for n in {*inputs, *thing.inputs} if inputs.get(n) != thing.inputs.get(n)} == {property_}
    assert state.get(property_) != thing.state.get(property_)
    # the engine keeps what was read, sees that the program declares something else, and changes it back
    drifted = Thing(thing.token, thing.name, inputs, thing.id, state)
    assert list(world.engine.diff(drifted, thing.inputs).diffs) == [property_]
    right = world.engine.update(drifted, thing.inputs)
    again = world.engine.read(right)
    assert again is not None
    assert again[0] == thing.inputs


@pytest.mark.parametrize(("name", "tamper"), REMOVED, ids=[row[0] for row in REMOVED])
def test_what_somebody_took_away_is_gone(world: World, name: str, tamper: Tamper):
    thing = world.make(name)
    assert world.engine.read(thing) is not None
    tamper(world, thing)
    assert world.engine.read(thing) is None
