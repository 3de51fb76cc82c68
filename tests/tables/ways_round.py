"""Ways round the rules: weak programs that one let through once, each beside its twin that is sound.

A row says whose rule it is, what was done, and the two programs. Whoever finds another way adds a row before mending.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from declared import Program, Ref, document, res, statement

from stormproof.core.infra.resource_graph import Resource

ACCOUNT, STRANGER = "111122223333", "888888888888"
APP = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"}
KNOWN = {"accounts": json.dumps({"workload": ACCOUNT})}


@dataclass(frozen=True)
class Way:
    rule: str
    story: str
    weak: Program
    sound: Program
    settings: Mapping[str, str] = field(default_factory=dict)
    unknown: bool = False  # the weak one cannot be judged, and is refused for that


def _deny(action: Any, condition: Any = None, **elements: Any) -> dict[str, Any]:
    one = statement(Effect="Deny", Principal="*", Action=action, **elements)
    return one | ({"Condition": condition} if condition else {})


def _vault(*statements: dict[str, Any]) -> tuple[Resource, ...]:
    return (
        res("aws:backup/vault:Vault", "vault", name="main"),
        res(
            "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
            "lock",
            backupVaultName="main",
            minRetentionDays=7,
        ),
        res("aws:backup/vaultPolicy:VaultPolicy", "policy", backupVaultName="main", policy=document(*statements)),
    )


def _bucket(*resources: str) -> tuple[Resource, ...]:
    plain = _deny("s3:*", {"Bool": {"aws:SecureTransport": "false"}}, Resource=list(resources))
    old = _deny("s3:*", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}, Resource=list(resources))
    return (
        res("aws:s3/bucket:Bucket", "bucket", bucket="shop-files"),
        res("aws:s3/bucketPolicy:BucketPolicy", "policy", bucket="shop-files", policy=document(plain, old)),
    )


def _files(**more: Any) -> tuple[Resource, ...]:
    refused = _deny("*", {"Bool": {"aws:SecureTransport": "false"}, **more})
    return (
        res("aws:efs/fileSystem:FileSystem", "fs"),
        res("aws:efs/fileSystemPolicy:FileSystemPolicy", "policy", fileSystemId=Ref("fs"), policy=document(refused)),
    )


def _endpoint(organisation: str) -> Resource:
    condition = {"StringLike": {"aws:PrincipalOrgID": organisation, "aws:ResourceOrgID": organisation}}
    policy = document(statement(Principal="*", Condition=condition))
    return res("aws:ec2/vpcEndpoint:VpcEndpoint", "e", vpcEndpointType="Interface", policy=policy)


def _trust(principal: Any, condition: Any, action: str = "sts:AssumeRole") -> Resource:
    one = {"Effect": "Allow", "Action": action, "Principal": principal, "Condition": condition}
    return res("aws:iam/role:Role", "role", assumeRolePolicy=document(one))


def _pipeline(subject: str, operator: str = "StringLike") -> Resource:
    issuer = "token.actions.githubusercontent.com"
    condition = {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"}, operator: {f"{issuer}:sub": subject}}
    if operator == "StringEquals":
        condition = {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": subject}}
    federated = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"}
    return _trust(federated, condition, "sts:AssumeRoleWithWebIdentity")


def _grants(condition: Any) -> Resource:
    return res(
        "aws:kms/key:Key",
        "key",
        policy=document(statement(Principal=APP, Action="kms:CreateGrant", Condition=condition)),
    )


def _plain(**rule: Any) -> tuple[Resource, ...]:
    redirect = {"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}
    return (
        res("aws:lb/listener:Listener", "http", protocol="HTTP", defaultActions=[redirect]),
        res("aws:lb/listenerRule:ListenerRule", "rule", listenerArn=Ref("http"), actions=[rule or redirect]),
    )


def _events(detail: Mapping[str, Any], **properties: Any) -> tuple[Resource, ...]:
    pattern = json.dumps({"source": ["aws.backup"], "detail": detail})
    return (
        res("aws:backup/plan:Plan", "plan", rules=[]),
        res("aws:cloudwatch/eventRule:EventRule", "event", name="event", eventPattern=pattern, **properties),
        res(
            "aws:cloudwatch/eventTarget:EventTarget",
            "target",
            rule="event",
            arn="arn:aws:sns:eu-central-1:111122223333:told",
        ),
    )


def _copied_to(account: str) -> Resource:
    vault = f"arn:aws:backup:eu-west-1:{account}:backup-vault:copies"
    return res("aws:backup/plan:Plan", "plan", rules=[{"copyActions": [{"destinationVaultArn": vault}]}])


def _dns(*first: Mapping[str, Any]) -> tuple[Resource, ...]:
    """A closed DNS firewall of a recovery environment, with rules before its last."""
    kind, group = "aws:route53/resolverFirewall", Ref("g")
    rules = [*first, {"action": "BLOCK", "priority": 900, "firewallDomainListId": Ref("all")}]
    return (
        res("aws:ec2/vpc:Vpc", "vpc", tags={"environment": "recovery"}),
        res(f"{kind}RuleGroupAssociation:ResolverFirewallRuleGroupAssociation", "j", vpcId=Ref("vpc"), firewallRuleGroupId=group),
        res(f"{kind}RuleGroup:ResolverFirewallRuleGroup", "g"),
        res(f"{kind}Config:ResolverFirewallConfig", "c", resourceId=Ref("vpc"), firewallFailOpen="DISABLED"),
        res(f"{kind}DomainList:ResolverFirewallDomainList", "aws", domains=["*.amazonaws.com."]),
        res(f"{kind}DomainList:ResolverFirewallDomainList", "all", domains=["*."]),
        *(
            res(f"{kind}Rule:ResolverFirewallRule", f"r{number}", firewallRuleGroupId=group, **one)
            for number, one in enumerate(rules)
        ),
    )  # fmt: skip


def _rotated(schedule: str) -> tuple[Resource, ...]:
    kind = "aws:secretsmanager/secretRotation:SecretRotation"
    return (
        res("aws:secretsmanager/secret:Secret", "s"),
        res(kind, "r", secretId=Ref("s"), rotationRules={"scheduleExpression": schedule}),
    )


def _distribution(**origin: Any) -> Resource:
    return res(
        "aws:cloudfront/distribution:Distribution", "cdn",
        viewerCertificate={"minimumProtocolVersion": "TLSv1.2_2021"}, defaultCacheBehavior={"viewerProtocolPolicy": "https-only"},
        origins=[{"customOriginConfig": origin}],
    )  # fmt: skip


def _key(**properties: Any) -> Resource:
    return res("aws:kms/key:Key", "key", enableKeyRotation=True, **properties)


def _balancer(kind: str, *, logs: bool) -> tuple[Resource, ...]:
    acl = [{"action": {"block": {}}, "statement": {"rateBasedStatement": {"limit": 500}}}]
    return (
        res(f"aws:{kind}/loadBalancer:LoadBalancer", "lb", accessLogs={"enabled": logs, "bucket": "logs"}),
        res("aws:wafv2/webAclAssociation:WebAclAssociation", "joined", resourceArn=Ref("lb"), webAclArn=Ref("acl")),
        res("aws:wafv2/webAcl:WebAcl", "acl", rules=acl),
    )


def _called(**properties: Any) -> Resource:
    return res("aws:lambda/permission:Permission", "call", action="lambda:InvokeFunction", **properties)


def _store(kind: str, path: str, **rule: Any) -> tuple[Resource, ...]:
    top, _, below = path.partition(".")
    groups = [Ref("group")]
    return (
        res("aws:ec2/securityGroup:SecurityGroup", "group"),
        res(kind, "store", **{top: {below: groups} if below else groups}),
        res("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "rule", securityGroupId=Ref("group"), ipProtocol="tcp", fromPort=1, toPort=1, **rule),
    )  # fmt: skip


KEPT = ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]
LOCKS_STAY = statement(
    Effect="Deny", Action=[*KEPT, "backup:DeleteBackupVaultLockConfiguration", "s3:BypassGovernanceRetention"]
)
OWN = ("arn:aws:s3:::shop-files", "arn:aws:s3:::shop-files/*")
BREAK_GLASS = "arn:aws:iam::111122223333:role/break-glass"
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ORGANISATION = {"StringEquals": {"aws:PrincipalOrgID": "o-acme"}}
ALLOWED = {"action": "ALLOW", "priority": 100, "firewallDomainListId": Ref("aws")}
SOURCED = {"Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}


def _topic(account: str) -> Resource:
    bound = {"StringEquals": {"aws:SourceAccount": account}}
    return res("aws:sns/topicPolicy:TopicPolicy", "t", policy=document(statement(**SOURCED, Condition=bound)))


def _sourced(arn: str) -> Resource:
    """A key that a service may use, bound by what it acts for."""
    one = statement(
        Principal={"Service": "backup.amazonaws.com"},
        Action="kms:Decrypt",
        Condition={"ArnLike": {"aws:SourceArn": arn}},
    )
    return res("aws:kms/key:Key", "key", policy=document(one))


def _builds(*managed: str, policy: str | None = None) -> tuple[Resource, ...]:
    """A role of CodeBuild's, with policies of AWS's and of its own."""
    trust = document(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "codebuild.amazonaws.com"}}
    )
    arns = [f"arn:aws:iam::aws:policy/{name}" for name in managed]
    role = res("aws:iam/role:Role", "role", assumeRolePolicy=trust, managedPolicyArns=arns)
    return (role, res("aws:iam/rolePolicy:RolePolicy", "own", role=Ref("role"), policy=policy)) if policy else (role,)


def _table(**replica: Any) -> Resource:
    key = {"enabled": True, "kmsKeyArn": "alias/shop-data"}
    return res(
        "aws:dynamodb/table:Table", "t", serverSideEncryption=key, replicas=[{"regionName": "eu-west-1", **replica}]
    )


WAYS = (
    Way("backup-vault-guarded", "it keeps one point alone",
        _vault(_deny(KEPT, Resource="arn:aws:rds:eu-central-1:111122223333:snapshot:old")), _vault(_deny(KEPT))),
    Way("backup-vault-guarded", "every role of a letter is exempt",
        _vault(_deny(KEPT, {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*n"}})),
        _vault(_deny(KEPT, {"ArnNotLike": {"aws:PrincipalArn": BREAK_GLASS}}))),
    Way("backup-vault-guarded", "its lock asks for no time at all",
        (*_vault(_deny(KEPT))[::2], res("aws:backup/vaultLockConfiguration:VaultLockConfiguration", "lock", backupVaultName="main")),
        _vault(_deny(KEPT))),
    Way("iam-deploy-keeps-locks", "a build may do all of AWS Backup", _builds("AWSBackupFullAccess"), _builds("AWSBackupFullAccess", policy=document(LOCKS_STAY))),
    Way("iam-deploy-keeps-locks", "a build may do all of S3", _builds("AmazonS3FullAccess"), _builds("AmazonS3ReadOnlyAccess")),
    Way("dynamodb-encrypted", "its replica has DynamoDB's own key", _table(), _table(kmsKeyArn="arn:aws:kms:eu-west-1:111122223333:alias/shop-data")),
    Way("s3-tls-only", "it refuses plain connections to another bucket",
        _bucket("arn:aws:s3:::shop-other", "arn:aws:s3:::shop-other/*"), _bucket(*OWN)),
    Way("s3-tls-only", "it refuses them below one folder", _bucket(OWN[0], "arn:aws:s3:::shop-files/public/*"), _bucket("arn:aws:s3:::shop-files*")),
    Way("efs-tls-only", "it refuses plain clients that come without MFA",
        _files(StringNotEquals={"aws:PrincipalAccount": ACCOUNT}), _files()),
    Way("network-endpoints-bound", "any organisation's principals", _endpoint("o-*"), _endpoint("o-acme")),
    Way("iam-oidc-bound", "an environment of as many letters",
        _pipeline("repo:acme/shop:environment:????"), _pipeline("repo:acme/shop:environment:prod", "StringEquals")),
    Way("iam-mfa-for-people", "everybody but one role, without MFA",
        _trust(ROOT, {"ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/old"}}),
        _trust(ROOT, {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})),
    Way("iam-mfa-for-people", "everybody of the organisation, without MFA", _trust({"AWS": "*"}, ORGANISATION),
        _trust({"AWS": "*"}, {**ORGANISATION, "Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})),
    Way("kms-grants-for-services", "grants of decrypting",
        _grants({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]}}), _grants({"Bool": {"kms:GrantIsForAWSResource": "true"}})),
    Way("policies-not-for-anybody", "everybody calls a function", _called(principal="*"), _called(principal="*", principalOrgId="o-acme")),
    Way("policies-not-for-anybody", "a snapshot for everybody",
        res("aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission", "p", accountId="all"),
        res("aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission", "p", accountId=ACCOUNT)),
    Way("policies-not-for-anybody", "an image for everybody",
        res("aws:ec2/amiLaunchPermission:AmiLaunchPermission", "p", group="all"),
        res("aws:ec2/amiLaunchPermission:AmiLaunchPermission", "p", accountId=ACCOUNT)),
    Way("policies-not-for-anybody", "a search domain for everybody",
        res("aws:opensearch/domain:Domain", "d", accessPolicies=document(statement(Principal="*"))),
        res("aws:opensearch/domain:Domain", "d", accessPolicies=document(statement(Principal=APP)))),
    Way("rds-not-public", "an instance of a cluster",
        res("aws:rds/clusterInstance:ClusterInstance", "i", publiclyAccessible=True), res("aws:rds/clusterInstance:ClusterInstance", "i")),
    Way("rds-not-public", "a warehouse",
        res("aws:redshift/cluster:Cluster", "w", publiclyAccessible=True), res("aws:redshift/cluster:Cluster", "w", publiclyAccessible=False)),
    Way("rds-encrypted", "a document database",
        res("aws:docdb/cluster:Cluster", "d"), res("aws:docdb/cluster:Cluster", "d", storageEncrypted=True, kmsKeyId="alias/shop-data")),
    Way("rds-deletion-protected", "a graph database",
        res("aws:neptune/cluster:Cluster", "n"), res("aws:neptune/cluster:Cluster", "n", deletionProtection=True)),
    Way("network-data-tier-named-groups-only", "a database's proxy",
        _store("aws:rds/proxy:Proxy", "vpcSecurityGroupIds", cidrIpv4="10.0.0.0/16"),
        _store("aws:rds/proxy:Proxy", "vpcSecurityGroupIds", referencedSecurityGroupId="sg-1")),
    Way("network-data-tier-named-groups-only", "a search domain",
        _store("aws:opensearch/domain:Domain", "vpcOptions.securityGroupIds", cidrIpv4="10.0.0.0/16"),
        _store("aws:opensearch/domain:Domain", "vpcOptions.securityGroupIds", referencedSecurityGroupId="sg-1")),
    Way("caches-encrypted", "a single node", res("aws:elasticache/cluster:Cluster", "c", engine="memcached"),
        res("aws:elasticache/cluster:Cluster", "c", engine="memcached", transitEncryptionEnabled=True)),
    Way("caches-encrypted", "a database in memory", res("aws:memorydb/cluster:Cluster", "m", tlsEnabled=False), res("aws:memorydb/cluster:Cluster", "m")),
    Way("lb-guarded", "the other name of the same thing", _balancer("alb", logs=False), _balancer("alb", logs=True)),
    Way("lb-tls-policy", "a rule serves plain HTTP before the redirect", _plain(type="forward", targetGroupArn="arn:x"), _plain()),
    Way("lb-tls-policy", "a classic load balancer",
        res("aws:elb/loadBalancer:LoadBalancer", "old"), res("aws:lb/listener:Listener", "l", protocol="HTTPS", sslPolicy="ELBSecurityPolicy-TLS13-1-2-Res-2021-06")),
    Way("backup-failures-told", "they are told of what went well", _events({"state": ["COMPLETED"]}), _events({"state": ["FAILED", "EXPIRED"]})),
    Way("backup-failures-told", "the event rule is switched off", _events({}, state="DISABLED"), _events({})),
    Way("backup-copied-elsewhere", "into a stranger's account", _copied_to(STRANGER), _copied_to(ACCOUNT), KNOWN),
    Way("recovery-dns-closed", "every name is allowed before the rest is blocked",
        _dns({"action": "ALLOW", "priority": 1, "firewallDomainListId": Ref("all")}), _dns(ALLOWED)),
    Way("recovery-dns-closed", "every name is told of, and let through",
        _dns(ALLOWED, {"action": "ALERT", "priority": 800, "firewallDomainListId": Ref("all")}), _dns(ALLOWED)),
    Way("secrets-rotated", "once a year, by a schedule", _rotated("cron(0 4 1 1 ? *)"), _rotated("cron(0 4 1 * ? *)")),
    Way("secrets-rotated", "each half a year, by a schedule", _rotated("cron(0 4 1 1/6 ? *)"), _rotated("cron(0 4 1 1/2 ? *)")),
    Way("kms-rotation", "every seven years", _key(rotationPeriodInDays=2560), _key(rotationPeriodInDays=90)),
    Way("cloudfront-tls", "plain HTTP behind it", _distribution(originProtocolPolicy="http-only"), _distribution(originProtocolPolicy="https-only")),
    Way("cloudfront-tls", "old TLS behind it",
        _distribution(originProtocolPolicy="https-only", originSslProtocols=["TLSv1", "TLSv1.2"]),
        _distribution(originProtocolPolicy="https-only", originSslProtocols=["TLSv1.2"])),
    Way("network-no-public-addresses", "an address that is joined to a machine",
        (res("aws:ec2/eip:Eip", "ip", instance="i-1"), res("aws:ec2/subnet:Subnet", "s")), (res("aws:ec2/eip:Eip", "ip"), res("aws:ec2/subnet:Subnet", "s"))),
    Way("iam-no-users", "a user's password for a service",
        res("aws:iam/serviceSpecificCredential:ServiceSpecificCredential", "c"), ()),
    Way("api-authorised", "a function's own address",
        res("aws:lambda/functionUrl:FunctionUrl", "u", authorizationType="NONE"), res("aws:lambda/functionUrl:FunctionUrl", "u", authorizationType="AWS_IAM")),
    Way("api-authorised", "an API with a quick target",
        res("aws:apigatewayv2/api:Api", "a", target="arn:x"), res("aws:apigatewayv2/route:Route", "r", routeKey="GET /", authorizationType="JWT")),
    Way("api-authorised", "an API whose methods stand in a document",
        res("aws:apigateway/restApi:RestApi", "a", body="{}"), res("aws:apigateway/method:Method", "m", httpMethod="GET", authorization="AWS_IAM"), unknown=True),
    Way("service-grants-bound", "a rule of whatever account",
        _sourced("arn:aws:events:*:*:rule/nightly"), _sourced("arn:aws:events:eu-central-1:111122223333:rule/*")),
    Way("service-grants-bound", "a service calls a function for anybody",
        _called(principal="sns.amazonaws.com"), _called(principal="sns.amazonaws.com", sourceAccount=ACCOUNT)),
    Way("policies-known-accounts", "a stranger, by a condition", _topic(STRANGER), _topic(ACCOUNT), KNOWN),
    Way("policies-known-accounts", "a stranger, by sharing",
        res("aws:ram/principalAssociation:PrincipalAssociation", "p", principal=STRANGER),
        res("aws:ram/principalAssociation:PrincipalAssociation", "p", principal=ACCOUNT), KNOWN),
    Way("network-recovery-has-no-way-out", "names are asked of somebody else's resolver",
        (res("aws:ec2/vpc:Vpc", "vpc", tags={"environment": "recovery"}), res("aws:route53/resolverRuleAssociation:ResolverRuleAssociation", "r", vpcId=Ref("vpc"))),
        res("aws:ec2/vpc:Vpc", "vpc", tags={"environment": "recovery"})),
)  # fmt: skip
