"""Small changes to the shipped stacks, as somebody makes them in a hurry: each with the rule that stops it, and what that says.

A row names the stack, what is changed, the rule, and words that its message must have: whoever reads it has never seen the
rule, and must learn which thing is wrong and what to write instead.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from declared import document, statement

from stormproof.core.infra.resource_graph import UNKNOWN, Resource

Resources = list[Resource]
Plant = Callable[[Resources], Resources]

PRIMARY, ACCOUNT, LOGS = "prod-primary", "prod-account", "prod-account-log"
RECOVERY, VAULT, ORGANISATION = "prod-recovery", "prod-vault", "prod-organisation"


@dataclass(frozen=True)
class Weakness:
    story: str
    stack: str
    plant: Plant
    rule: str
    words: Sequence[str]


def change(kind: str, path: str, value: Any, *, named: str = "") -> Plant:
    """The first resource of a type (whose name holds `named`) with another value at a path; None takes it away."""

    def plant(resources: Resources) -> Resources:
        place = _place(resources, kind, named)
        return [*resources[:place], _with(resources[place], path, value), *resources[place + 1 :]]

    return plant


def without(kind: str, *, named: str = "") -> Plant:
    def plant(resources: Resources) -> Resources:
        place = _place(resources, kind, named)
        return resources[:place] + resources[place + 1 :]

    return plant


def unprotected(kind: str, *, named: str = "") -> Plant:
    def plant(resources: Resources) -> Resources:
        place = _place(resources, kind, named)
        return [*resources[:place], replace(resources[place], protect=False), *resources[place + 1 :]]

    return plant


def plus(
    kind: str, like: str, *, named: str = "", depends: Mapping[str, str] | None = None, **properties: Any
) -> Plant:
    """One resource more, in the region and by the provider of the first of type `like`.

    Args:
        depends: property -> type (or `type name`) of the resource that its unknown value is made from.
    """

    def plant(resources: Resources) -> Resources:
        near = resources[_place(resources, like, named)]
        behind = {}
        for key, what in (depends or {}).items():
            kind_of, _, name = what.partition(" ")
            behind[key] = (resources[_place(resources, kind_of, name)].urn,)
        given = {**dict.fromkeys(behind, UNKNOWN), **properties}
        made = Resource(
            urn=f"{near.urn}-planted", type=kind, name="planted", properties=given, depends=behind,
            provider=near.provider, region=str(given.get("region", near.region)), protect=True, inputs=frozenset(given),
        )  # fmt: skip
        return [*resources, made]

    return plant


def every(kind: str, path: str, value: Any, *, named: str) -> Plant:
    """Each resource of a type whose name holds `named`, changed alike."""

    def plant(resources: Resources) -> Resources:
        _place(resources, kind, named)
        return [_with(one, path, value) if one.type == kind and named in one.name else one for one in resources]

    return plant


def both(*plants: Plant) -> Plant:
    def plant(resources: Resources) -> Resources:
        for each in plants:
            resources = each(resources)
        return resources

    return plant


def allows(kind: str, extra: Mapping[str, Any], *, path: str = "policy", named: str = "") -> Plant:
    """A statement more in a policy document."""

    def plant(resources: Resources) -> Resources:
        one = resources[_place(resources, kind, named)]
        text = json.loads(one.get(path))
        listed = text["Statement"] if isinstance(text["Statement"], list) else [text["Statement"]]
        return change(kind, path, json.dumps({**text, "Statement": [*listed, extra]}), named=named)(resources)

    return plant


def says_only(kind: str, *statements: Mapping[str, Any], path: str = "policy", named: str = "") -> Plant:
    return change(kind, path, document(*statements), named=named)


def _place(resources: Resources, kind: str, named: str) -> int:
    found = [place for place, one in enumerate(resources) if one.type == kind and named in one.name]
    assert found, f"the stack has no {kind} {named}"
    return found[0]


def _with(one: Resource, path: str, value: Any) -> Resource:
    top = path.split(".")[0]
    properties = _set(one.properties, path.split("."), value)
    written = one.inputs if one.inputs is None else one.inputs | {top}
    return replace(one, properties=properties, inputs=written)


def _set(here: Any, steps: Sequence[str], value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(here, list | tuple):
        return [_set(one, rest, value) if index == int(step) else one for index, one in enumerate(here)]
    known = dict(here) if isinstance(here, Mapping) else {}
    known[step] = _set(known.get(step), rest, value)
    return {key: one for key, one in known.items() if one is not None}


BUCKET_POLICY, KEY_POLICY = "aws:s3/bucketPolicy:BucketPolicy", "aws:kms/keyPolicy:KeyPolicy"
ANYBODY = statement(Principal="*", Action="s3:GetObject")
KEY, ROLE, VPC = "aws:kms/key:Key", "aws:iam/role:Role", "aws:ec2/vpc:Vpc"
DATABASE, INGRESS = "aws:rds/instance:Instance", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ALARM, TRAIL = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudtrail/trail:Trail"
BUCKET = "aws:s3/bucket:Bucket"
PLAN, SELECTION = "aws:backup/plan:Plan", "aws:backup/selection:Selection"
FUNCTION, LISTENER = "aws:lambda/function:Function", "aws:lb/listener:Listener"

# fmt: off
WEAKNESSES = (
    # the network
    Weakness("SSH is opened for a moment", PRIMARY, change(INGRESS, "fromPort", 22, named="internet-tcp-443"),
             "network-no-open-ports", ("to everybody", "Session Manager")),
    Weakness("the database is opened to the office", PRIMARY,
             plus(INGRESS, INGRESS, depends={"securityGroupId": "aws:ec2/securityGroup:SecurityGroup network-data"},
                  cidrIpv4="192.168.7.0/24", ipProtocol="tcp", fromPort=5432, toPort=5432),
             "network-data-tier-named-groups-only", ("192.168.7.0/24", "name the application's group")),
    Weakness("a list of the offices has grown to everybody", PRIMARY,
             both(plus("aws:ec2/managedPrefixList:ManagedPrefixList", VPC, id="pl-1", entries=[{"cidr": "192.0.2.0/24"}, {"cidr": "0.0.0.0/0"}]),
                  change(INGRESS, "cidrIpv4", None, named="internet-tcp-443"), change(INGRESS, "fromPort", 22, named="internet-tcp-443"),
                  change(INGRESS, "prefixListId", "pl-1", named="internet-tcp-443")),
             "network-no-open-ports", ("to everybody", "Session Manager")),
    Weakness("a list that nobody can see into is let in", PRIMARY, change(INGRESS, "prefixListId", "pl-0123", named="internet-tcp-443"),
             "network-no-open-ports", ("whom it lets in", "stormproof:prefixLists")),
    Weakness("the data tier gets a way out, for an update", PRIMARY,
             plus("aws:ec2/route:Route", VPC, destinationCidrBlock="0.0.0.0/0",
                  depends={"routeTableId": "aws:ec2/routeTable:RouteTable network-data", "natGatewayId": "aws:ec2/natGateway:NatGateway"}),
             "network-data-tier-has-no-way-out", ("sends 0.0.0.0/0 by a NAT gateway", "route table of its own")),
    Weakness("what starts in a subnet gets a public address", PRIMARY,
             change("aws:ec2/subnet:Subnet", "mapPublicIpOnLaunch", True, named="application"),
             "network-no-public-addresses", ("public address", "load balancer")),
    Weakness("an ACL lets everybody in", PRIMARY,
             plus("aws:ec2/networkAclRule:NetworkAclRule", VPC, depends={"networkAclId": "aws:ec2/networkAcl:NetworkAcl network-data"},
                  protocol="-1", ruleAction="allow", cidrBlock="0.0.0.0/0", ruleNumber=50),
             "network-acls-not-open", ("every port", "block of the tier")),
    Weakness("the default security group is left alone", PRIMARY, without("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"),
             "network-default-group-emptied", ("default security group", "DefaultSecurityGroup")),
    Weakness("the flow log goes, it cost too much", PRIMARY, without("aws:ec2/flowLog:FlowLog"),
             "network-flow-logs", ("FlowLog",)),
    Weakness("an endpoint lets everybody through", PRIMARY,
             says_only("aws:ec2/vpcEndpoint:VpcEndpoint", statement(Principal="*"), named="network-s3"),
             "network-endpoints-bound", ("any account", "aws:PrincipalOrgID")),
    Weakness("the firewall tells, and lets pass", PRIMARY,
             change("aws:networkfirewall/firewallPolicy:FirewallPolicy", "firewallPolicy.statefulDefaultActions", ["aws:alert_established"]),
             "network-firewall-drops", ("what no rule allows passes", "aws:drop_established")),
    Weakness("one zone is enough for now", PRIMARY,
             every("aws:ec2/subnet:Subnet", "availabilityZone", "eu-central-1a", named="network-data"),
             "network-two-zones", ("data tier lies in one zone", "another zone")),
    # the entrance
    Weakness("an old phone needs TLS 1.0", PRIMARY, change(LISTENER, "sslPolicy", "ELBSecurityPolicy-2016-08", named="https"),
             "lb-tls-policy", ("ELBSecurityPolicy-2016-08", "TLS below 1.2")),
    Weakness("plain HTTP is served", PRIMARY, change(LISTENER, "defaultActions", [{"type": "forward"}], named="edge-http"),
             "lb-tls-policy", ("plain HTTP", "redirect to HTTPS")),
    Weakness("the rate limit only counts", PRIMARY, change("aws:wafv2/webAcl:WebAcl", "rules.0.action", {"count": {}}),
             "lb-guarded", ("asks too often", "block")),
    Weakness("the managed rules blocked a customer", PRIMARY, change("aws:wafv2/webAcl:WebAcl", "rules", [
        {"name": "rate", "action": {"block": {}}, "statement": {"rateBasedStatement": {"limit": 1}}}]),
             "waf-managed-groups", ("managed group", "AWSManagedRulesCommonRuleSet")),
    Weakness("access logs are switched off", PRIMARY, change("aws:lb/loadBalancer:LoadBalancer", "accessLogs.enabled", False),
             "lb-guarded", ("access logs", "access_logs")),
    # keys, secrets and data
    Weakness("a key is not rotated", PRIMARY, change(KEY, "enableKeyRotation", False),
             "kms-rotation", ("never renewed", "enable_key_rotation")),
    Weakness("a key goes within a week", PRIMARY, change(KEY, "deletionWindowInDays", 7),
             "kms-deletion-window", ("7", "30")),
    Weakness("root may do everything with a key", PRIMARY,
             allows(KEY_POLICY, statement(Principal={"AWS": "arn:aws:iam::111122223333:root"}, Action="kms:*")),
             "kms-no-full-rights", ("kms:*", "name the actions")),
    Weakness("root administers a key, and leaves it to everybody's policies", PRIMARY,
             allows(KEY_POLICY, statement(Principal={"AWS": "arn:aws:iam::111122223333:root"}, Action=["kms:PutKeyPolicy", "kms:Describe*"])),
             "kms-no-full-rights", ("may administer the key and decrypt with it", "let one administer")),
    Weakness("a service may use a key for anybody", PRIMARY,
             allows(KEY_POLICY, statement(Principal={"Service": "backup.amazonaws.com"}, Action="kms:Decrypt")),
             "service-grants-bound", ("backup.amazonaws.com", "aws:SourceAccount")),
    Weakness("the database can be deleted", PRIMARY, change(DATABASE, "deletionProtection", False),
             "rds-deletion-protected", ("deleted by one call", "deletion_protection")),
    Weakness("the database is reachable from the internet", PRIMARY, change(DATABASE, "publiclyAccessible", True),
             "rds-not-public", ("public", "publicly_accessible")),
    Weakness("the database's password is in the program", PRIMARY,
             both(change(DATABASE, "manageMasterUserPassword", None), change(DATABASE, "password", "hunter2")),
             "rds-password-managed", ("password", "manage_master_user_password")),
    Weakness("the database takes connections without TLS", PRIMARY,
             change("aws:rds/parameterGroup:ParameterGroup", "parameters", [{"name": "rds.force_ssl", "value": "0"}]),
             "rds-tls-forced", ("rds.force_ssl", "to 1")),
    Weakness("one zone is enough for the database", PRIMARY, change(DATABASE, "multiAz", False),
             "rds-in-two-zones", ("one zone", "multi_az")),
    Weakness("an old PostgreSQL, for compatibility", PRIMARY, change(DATABASE, "engineVersion", "12.20"),
             "rds-engine-supported", ("12.20", "last fixes")),
    Weakness("a promise that no schedule keeps", PRIMARY,
             both(change(BUCKET, "tags.rpo", "1h", named="backups-audit-reports"), change(BUCKET, "tags.backup", "daily", named="backups-audit-reports")),
             "backup-rpo-can-be-kept", ("promises an RPO of 1h", "may lose", "point-in-time")),
    Weakness("a bucket is made public", PRIMARY,
             change("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "blockPublicPolicy", False, named="files-public"),
             "s3-public-access-blocked", ("blockPublicPolicy",)),
    Weakness("everybody may read a bucket", PRIMARY, allows(BUCKET_POLICY, ANYBODY, named="files-policy"),
             "policies-not-for-anybody", ("s3:GetObject to everybody", "name principals")),
    Weakness("a bucket takes plain HTTP", PRIMARY,
             says_only(BUCKET_POLICY, statement(Principal={"AWS": "arn:aws:iam::111122223333:role/app"}, Action="s3:GetObject"), named="files-policy"),
             "s3-tls-only", ("without TLS", "aws:SecureTransport")),
    Weakness("a bucket keeps no older versions", PRIMARY, without("aws:s3/bucketVersioning:BucketVersioning", named="files-versioning"),
             "s3-versioned", ("overwritten or deleted", "BucketVersioning")),
    Weakness("the load balancer's log bucket gets a key, and no logs any more", PRIMARY,
             change("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "rules",
                    [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn:x"}}], named="edge-logs"),
             "s3-encrypted", ("they are lost", "AES256")),
    Weakness("a guard is not protected", PRIMARY, unprotected(BUCKET_POLICY, named="files-policy"),
             "stateful-protected", ("may delete it", "protect=True")),
    Weakness("a bucket's log of who read it is not protected", PRIMARY, unprotected("aws:s3/bucketLogging:BucketLogging", named="files"),
             "stateful-protected", ("may delete it", "protect=True")),
    Weakness("a secret is never changed", PRIMARY, without("aws:secretsmanager/secretRotation:SecretRotation"),
             "secrets-rotated", ("never rotated", "SecretRotation")),
    Weakness("a password among a function's variables", PRIMARY,
             change(FUNCTION, "environment.variables.DB_PASSWORD", "hunter2"),
             "secrets-not-in-plain-text", ("DB_PASSWORD", "Secrets Manager")),
    Weakness("logs are kept for a month", PRIMARY, change("aws:cloudwatch/logGroup:LogGroup", "retentionInDays", 30),
             "logs-kept-a-year", ("30 days", "365")),
    Weakness("patches wait for a month", PRIMARY,
             change("aws:ssm/patchBaseline:PatchBaseline", "approvalRules", [{"approveAfterDays": 30}]),
             "patching-prompt", ("30 days", "7 days")),
    # backups
    Weakness("a backup shorter than the vault's lock allows", PRIMARY, change(PLAN, "rules.0.lifecycle", {"deleteAfter": 1}, named="daily"),
             "backup-lifetime-within-lock", ("makes no backup", "the lock asks for")),
    Weakness("a plan copies nowhere", PRIMARY, change(PLAN, "rules", [
        {"ruleName": "daily", "targetVaultName": "x", "schedule": "cron(0 3 * * ? *)", "lifecycle": {"deleteAfter": 35}}], named="daily"),
             "backup-copied-elsewhere", ("none of its rules copies", "another region or account")),
    Weakness("the selection asks for a tag that nothing has", PRIMARY,
             change(SELECTION, "conditions", [{"stringEquals": [{"key": "aws:ResourceTag/bakcup", "value": "continuous"}]}], named="continuous"),
             "backup-stateful-covered", ("backup plan",)),
    Weakness("a kind is not opted in", PRIMARY,
             change("aws:backup/regionSettings:RegionSettings", "resourceTypeOptInPreference.S3", False),
             "backup-kinds-opted-in", ("pass over it in silence", "S3")),
    Weakness("the vault's lock is left out", VAULT, without("aws:backup/vaultLockConfiguration:VaultLockConfiguration"),
             "backup-vault-guarded", ("no lock", "VaultLockConfiguration")),
    Weakness("a compliance lock, by accident", VAULT,
             change("aws:backup/vaultLockConfiguration:VaultLockConfiguration", "changeableForDays", 3),
             "backup-compliance-lock-acknowledged", ("compliance",)),
    Weakness("points may be deleted", VAULT,
             says_only("aws:backup/vaultPolicy:VaultPolicy", statement(Principal={"AWS": "arn:aws:iam::111122223333:root"}, Action="backup:CopyIntoBackupVault")),
             "backup-vault-guarded", ("does not deny", "backup:DeleteRecoveryPoint")),
    # the recovery environment
    Weakness("recovery gets an internet gateway, for packages", RECOVERY,
             plus("aws:ec2/internetGateway:InternetGateway", VPC, depends={"vpcId": VPC}),
             "network-recovery-has-no-way-out", ("InternetGateway", "restored data is hostile")),
    Weakness("recovery loses its tag, and gets a gateway", RECOVERY,
             both(change(VPC, "tags", {}), plus("aws:ec2/internetGateway:InternetGateway", VPC, depends={"vpcId": VPC})),
             "network-recovery-has-no-way-out", ("InternetGateway", "its stack declares the recovery environment")),
    Weakness("recovery's own table is left alone, and the main one gets a way", RECOVERY,
             plus("aws:ec2/route:Route", VPC, destinationCidrBlock="10.16.0.0/16", depends={"routeTableId": VPC}, vpcPeeringConnectionId="pcx-1"),
             "network-recovery-has-no-way-out", ("a peering connection", "no route but the local one")),
    Weakness("restore tests restore beside production", PRIMARY,
             plus("aws:backup/restoreTestingSelection:RestoreTestingSelection", VPC, protectedResourceType="RDS", validationWindowHours=4,
                  restoreMetadataOverrides={"dbSubnetGroupName": "shop-prod-data", "vpcSecurityGroupIds": '["sg-0123"]'}),
             "restore-testing-isolated", ("whether", "lies in the recovery environment", "so (`…-recovery`)")),
    Weakness("recovery is peered with production", RECOVERY,
             plus("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", VPC, depends={"vpcId": VPC}, peerVpcId="vpc-0123"),
             "network-recovery-has-no-way-out", ("VpcPeeringConnection",)),
    Weakness("recovery's DNS firewall fails open", RECOVERY,
             change("aws:route53/resolverFirewallConfig:ResolverFirewallConfig", "firewallFailOpen", "ENABLED"),
             "recovery-dns-closed", ("fail open", "DISABLED")),
    Weakness("recovery is excluded from the block on public access", RECOVERY,
             plus("aws:ec2/vpcBlockPublicAccessExclusion:VpcBlockPublicAccessExclusion", VPC, depends={"vpcId": VPC},
                  internetGatewayExclusionMode="allow-bidirectional"),
             "recovery-not-excluded", ("reach the internet", "production VPC alone")),
    Weakness("a restore test forgets its subnet group", RECOVERY,
             change("aws:backup/restoreTestingSelection:RestoreTestingSelection", "restoreMetadataOverrides", {}, named="rds"),
             "restore-testing-isolated", ("default VPC", "override")),
    # accounts and people
    Weakness("people take a role without MFA", ACCOUNT,
             change(ROLE, "assumeRolePolicy", document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}), named="break-glass"),
             "iam-mfa-for-people", ("without MFA", "aws:MultiFactorAuthPresent")),
    Weakness("a role may do everything", ACCOUNT,
             says_only("aws:iam/rolePolicy:RolePolicy", statement(), named="operator"),
             "iam-no-full-rights", ("everything",)),
    Weakness("a role may do everything but one thing", ACCOUNT,
             says_only("aws:iam/rolePolicy:RolePolicy", statement(Action=None, NotAction="organizations:*"), named="operator"),
             "iam-no-full-rights", ("everything but organizations:*", "name the actions")),
    Weakness("the deployer's boundary allows everything", ACCOUNT,
             says_only("aws:iam/policy:Policy", statement(), named="boundary-deploy-primary"),
             "iam-role-makers-bounded", ("allows everything, and limits nothing", "names what may be done")),
    Weakness("the deployer's boundary is AWS's policy for administrators", ACCOUNT,
             change(ROLE, "permissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess", named="deploy-primary"),
             "iam-role-makers-bounded", ("AWS's AdministratorAccess, which limits nothing", "permissions_boundary")),
    Weakness("the deployer's boundary is one that nobody has seen", ACCOUNT,
             change(ROLE, "permissionsBoundary", "arn:aws:iam::111122223333:policy/old-limits", named="deploy-primary"),
             "iam-role-makers-bounded", ("old-limits", "stormproof:boundaries")),
    Weakness("any branch may deploy", ACCOUNT,
             change(ROLE, "assumeRolePolicy", document({
                 "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
                 "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
                 "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
                               "StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/shop:*"}}}), named="deploy"),
             "iam-oidc-bound", ("repo:acme/shop:*", "one repository and environment")),
    Weakness("a supplier's account may take a role", ACCOUNT,
             change(ROLE, "assumeRolePolicy", document({
                 "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "888888888888"},
                 "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}), named="auditor"),
             "policies-known-accounts", ("account 888888888888", "stormproof:accounts")),
    Weakness("a user with a key, for a script", ACCOUNT, plus("aws:iam/accessKey:AccessKey", ROLE, user="script"),
             "iam-no-users", ("never ends", "OIDC")),
    Weakness("the trail sees one region", ACCOUNT, change(TRAIL, "isMultiRegionTrail", False),
             "account-trail", ("one region", "multi-region")),
    Weakness("an alarm tells nobody", ACCOUNT, change(ALARM, "alarmActions", [], named="trail-alarms-root-used"),
             "alarms-cis", ("root user", "alarm_actions")),
    Weakness("a filter is taken away", ACCOUNT, without("aws:cloudwatch/logMetricFilter:LogMetricFilter", named="root"),
             "alarms-cis", ("CIS 4.3",)),
    Weakness("the trail's files can be deleted", LOGS, without("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"),
             "log-bucket-locked", ("delete the trail", "BucketObjectLockConfiguration")),
    Weakness("passwords of eight characters", ACCOUNT,
             change("aws:iam/accountPasswordPolicy:AccountPasswordPolicy", "minimumPasswordLength", 8),
             "account-password-policy", ("8 characters", "14")),
    Weakness("the organisation lets locks be removed", ORGANISATION,
             without("aws:organizations/policy:Policy", named="keep-what-is-kept"),
             "organisation-guardrails", ("denies removing backup locks", "service control policy")),
    Weakness("a role of everybody's is exempt from the locks", ORGANISATION,
             change("aws:organizations/policy:Policy", "content", document(
                 {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}}),
                    named="keep-what-is-kept"),
             "organisation-guardrails", ("denies removing backup locks", "exempts nobody but roles that it names")),
    Weakness("anybody of the organisation takes a role of the vault's account", "prod-account-vault",
             change(ROLE, "assumeRolePolicy", document({
                 "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"},
                 "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-acme"}}}), named="auditor"),
             "iam-vault-apart", ("whoever account 111122223333 lets may take it", "pipeline of its own")),
    Weakness("a bucket in another region", PRIMARY,
             plus("aws:s3/bucketNotification:BucketNotification", VPC, region="us-east-1"),
             "regions-allowed", ("us-east-1", "allowed region")),
    # what cannot be known
    Weakness("a policy is built from an ARN that is not known yet", PRIMARY, change(BUCKET_POLICY, "policy", UNKNOWN, named="files-policy"),
             "policies-not-for-anybody", ("not known at preview", "compute ARNs")),
    Weakness("a database's encryption comes from somewhere", PRIMARY, change(DATABASE, "storageEncrypted", UNKNOWN),
             "rds-encrypted", ("not known at preview", "write its value out")),
)
# fmt: on
