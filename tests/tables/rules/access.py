"""Who may do what: people, pipelines, services, keys and secrets."""

from __future__ import annotations

import json
from typing import Any

from declared import Ref, Twins, document, res, statement

from stormproof.core.infra.resource_graph import Resource

ROOT = {"AWS": "arn:aws:iam::111122223333:root"}
APP = {"AWS": "arn:aws:iam::111122223333:role/app"}
BACKUP = {"Service": "backup.amazonaws.com"}
PIPELINE = {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}
FRESH = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}


def _trust(principal: Any, condition: Any = None, *more: dict[str, Any], **elements: Any) -> dict[str, Any]:
    one = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **elements}
    return {"assumeRolePolicy": document(one | ({"Condition": condition} if condition else {}), *more)}


def _role(*, name: str = "role", **properties: Any) -> Resource:
    return res("aws:iam/role:Role", name, **{**_trust(APP), **properties})


def _by_pipeline(**properties: Any) -> Resource:
    return _role(**{**_trust(PIPELINE, Action="sts:AssumeRoleWithWebIdentity"), **properties})


def _may(*statements: dict[str, Any]) -> Resource:
    return res("aws:iam/rolePolicy:RolePolicy", "may", role=Ref("role"), policy=document(*statements))


def _attached(arn: Any) -> Resource:
    return res("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "attached", role=Ref("role"), policyArn=arn)


def _policy(*statements: dict[str, Any]) -> Resource:
    return res("aws:iam/policy:Policy", "policy", policy=document(*statements))


MAKES = statement(Action=["iam:CreateRole", "iam:AttachRolePolicy"])
LOCKS = ["backup:DeleteBackupVaultLockConfiguration", "backup:DeleteRecoveryPoint", "s3:BypassGovernanceRetention"]
KEEPS = statement(Effect="Deny", Action=LOCKS)
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
OURS = "arn:aws:iam::111122223333:policy/shop-prod-boundary-workload"
THEIRS = "arn:aws:iam::111122223333:policy/boundary"
NARROW = _policy(statement(Action="ec2:*"), statement(Action="iam:CreateRole"))


def _within(arn: Any, **operator: str) -> dict[str, Any]:
    return MAKES | {"Condition": {operator.get("by", "StringEquals"): {"iam:PermissionsBoundary": arn}}}


def _vaults_role(*trusted: Any) -> Resource:
    return _role(**_trust(*trusted), tags={"layer": "vault"})


SHUT_OUT: dict[str, Any] = statement(
    Effect="Deny", Action="sts:AssumeRole", Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}}
)  # fmt: skip


def _key(*statements: dict[str, Any]) -> Resource:
    return res("aws:kms/key:Key", "key", policy=document(*statements))


def _topic(*statements: dict[str, Any]) -> Resource:
    return res("aws:sns/topicPolicy:TopicPolicy", "t", arn=Ref("topic"), policy=document(*statements))


def _publishes(condition: Any = None, **elements: Any) -> dict[str, Any]:
    one = {"Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish", **elements}
    return statement(**one | ({"Condition": condition} if condition else {}))


SECRET = res("aws:secretsmanager/secret:Secret", "s")


def _rotation(**rules: Any) -> Resource:
    return res("aws:secretsmanager/secretRotation:SecretRotation", "r", secretId=Ref("s"), rotationRules=rules)


def _function(**variables: Any) -> Resource:
    return res("aws:lambda/function:Function", "f", environment={"variables": variables})


def _task(**variables: str) -> Resource:
    listed = [{"name": name, "value": value} for name, value in variables.items()]
    return res("aws:ecs/taskDefinition:TaskDefinition", "t", containerDefinitions=json.dumps([{"environment": listed}]))


def _build(**variable: Any) -> Resource:
    return res("aws:codebuild/project:Project", "b", environment={"environmentVariables": [variable]})


GRANTS = {"Action": ["kms:CreateGrant", "kms:ListGrants"], "Principal": APP}

TWINS = {
    "iam-mfa-for-people": Twins(
        failed={
            "the account, without a word": _role(**_trust(ROOT)),
            "the account by its number": _role(**_trust({"AWS": "111122223333"})),
            "a user": _role(**_trust({"AWS": "arn:aws:iam::111122223333:user/sam"})),
            "where it is known": _role(**_trust(ROOT, {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})),
            "of whatever age": _role(**_trust(ROOT, {"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
            "of a day ago": _role(
                **_trust(ROOT, FRESH | {"NumericLessThan": {"aws:MultiFactorAuthAge": "86400"}})
            ),
            "one way with, another without": _role(
                **_trust(ROOT, FRESH, {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": ROOT})
            ),
        },
        passed={
            "a fresh sign-in": _role(**_trust(ROOT, FRESH)),
            "a user's": _role(**_trust({"AWS": "arn:aws:iam::111122223333:user/sam"}, FRESH)),
            "within a quarter of an hour": _role(
                **_trust(ROOT, FRESH | {"NumericLessThan": {"aws:MultiFactorAuthAge": "900"}})
            ),
        },
        unknown={"a trust made from something": _role(assumeRolePolicy=Ref("x"))},
        silent={
            "a service": _role(**_trust(BACKUP)),
            "a named role": _role(),
            "Identity Center's role": _role(**_trust(ROOT, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/aws-reserved/*"}})),
            "a supplier's account": _role(**_trust({"AWS": "444455556666"}, {"StringEquals": {"sts:ExternalId": "x"}})),
        },
    ),
    "iam-mfa-never-for-machines": Twins(
        failed={
            "a service": _role(**_trust(BACKUP, FRESH)),
            "a pipeline": _by_pipeline(**_trust(PIPELINE, FRESH, Action="sts:AssumeRoleWithWebIdentity")),
            "one of two ways": _role(**_trust(ROOT, FRESH, {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": BACKUP, "Condition": FRESH})),
        },
        passed={
            "a service": _role(**_trust(BACKUP)),
            "a pipeline": _by_pipeline(),
            "people with, a service without": _role(**_trust(ROOT, FRESH, {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": BACKUP})),
        },
        unknown={"a trust made from something": _role(assumeRolePolicy=Ref("x"))},
        silent={"people": _role(**_trust(ROOT, FRESH))},
    ),
    "iam-role-makers-bounded": Twins(
        failed={
            "inline": (_role(), _may(MAKES)),
            "attached": (_role(), _attached(Ref("policy")), _policy(statement(Action="iam:*"))),
            "by AWS's policy": (_role(), _attached("arn:aws:iam::aws:policy/IAMFullAccess")),
            "everything": (_role(), _may(statement())),
            "listed on the role": _role(managedPolicyArns=[ADMIN]),
            "through users": (_role(), _may(statement(Action="iam:AttachUserPolicy"))),
            "a boundary of everything": (_role(permissionsBoundary=Ref("policy")), _may(MAKES), _policy(statement())),
            "a boundary of everything but a few": (
                _role(permissionsBoundary=Ref("policy")), _may(MAKES), _policy(statement(Action=None, NotAction="aws-portal:*")),
            ),
            "AWS's policy as a boundary": (_role(permissionsBoundary=ADMIN), _may(MAKES)),
            "only roles bounded by everything": (_role(), _may(_within(ADMIN))),
            "only roles bounded by a policy of everything": (
                _role(), _may(_within(THEIRS)), res("aws:iam/policy:Policy", "policy", name="boundary", policy=document(statement())),
            ),
            "roles bounded by whatever": (_role(), _may(_within("*", by="StringLike"))),
            "roles bounded by whatever of ours": (_role(), _may(_within("arn:aws:iam::111122223333:policy/*", by="ArnLike"))),
            "roles bounded by anything else": (_role(), _may(_within(OURS, by="StringNotEquals"))),
            "roles without any boundary, too": (_role(), _may(_within(OURS, by="StringEqualsIfExists"))),
            "boundaries may be taken away": (
                _role(), _may(_within(OURS), statement(Action="iam:DeleteRole*", Condition={"StringEquals": {"iam:PermissionsBoundary": OURS}})),
            ),
        },
        passed={
            "a boundary": (_role(permissionsBoundary=Ref("policy")), _may(MAKES), NARROW),
            "a boundary with refusals": (
                _role(permissionsBoundary=Ref("policy")), _may(MAKES), _policy(statement(), statement(Effect="Deny", Action="iam:*")),
            ),
            "AWS's narrow policy as a boundary": (_role(permissionsBoundary="arn:aws:iam::aws:policy/job-function/DatabaseAdministrator"), _may(MAKES)),
            "a boundary of the account's stack, by its computed name": (_role(permissionsBoundary=OURS), _may(MAKES)),
            "a boundary that the configuration names": (_role(permissionsBoundary="arn:aws:iam::444455556666:policy/limits/app"), _may(MAKES)),
            "only bounded roles": (_role(), _may(_within(OURS))),
            "denied beside": (_role(), _may(statement()), _attached(Ref("policy")), _policy(statement(Effect="Deny", Action="iam:*"))),
            "only reads": (_role(), _attached("arn:aws:iam::aws:policy/ReadOnlyAccess"), _may(statement(Action="iam:Get*"))),
        },
        unknown={
            "a policy made from something": (_role(), res("aws:iam/rolePolicy:RolePolicy", "may", role=Ref("role"), policy=Ref("x"))),
            "whichever is attached": (_role(), _attached(Ref("elsewhere"))),
            "a boundary that nobody declares or names": (_role(permissionsBoundary=THEIRS), _may(MAKES)),
            "a boundary made from something": (_role(permissionsBoundary=Ref("elsewhere")), _may(MAKES)),
            "a boundary whose document is made from something": (
                _role(permissionsBoundary=Ref("policy")), _may(MAKES), res("aws:iam/policy:Policy", "policy", policy=Ref("x")),
            ),
            "roles bounded by what nobody declares or names": (_role(), _may(_within(THEIRS))),
        },
        settings={
            "project": "shop", "environment": "prod", "accounts": json.dumps({"workload": "111122223333"}),
            "boundaries": json.dumps(["arn:aws:iam::444455556666:policy/limits/app"]),
        },
    ),
    "iam-deploy-keeps-locks": Twins(
        failed={
            "everything": (_by_pipeline(), _attached(ADMIN)),
            "one of them": (_by_pipeline(), _may(statement(Action="backup:Delete*"))),
            "denied on some": (_by_pipeline(), _may(statement(), KEEPS | {"Resource": "arn:aws:s3:::x"})),
            "denied on a condition": (_by_pipeline(), _may(statement(), KEEPS | {"Condition": {"Bool": {"aws:ViaAWSService": "false"}}})),
            "people's role, said to deploy": (_role(tags={"duty": "deploy"}), _may(statement(Action="s3:*"))),
        },
        passed={
            "denied": (_by_pipeline(), _attached(ADMIN), _may(KEEPS)),
            "denied by the boundary": (
                _by_pipeline(permissionsBoundary=Ref("policy")), _attached(ADMIN), _policy(statement(), KEEPS),
            ),
            "not within the boundary": (
                _by_pipeline(permissionsBoundary=Ref("policy")), _attached(ADMIN), _policy(statement(Action="ec2:*")),
            ),
            "not allowed": (_by_pipeline(), _may(statement(Action=["ec2:*", "backup:Create*"]))),
        },
        unknown={
            "a policy made from something": (_by_pipeline(), res("aws:iam/rolePolicy:RolePolicy", "may", role=Ref("role"), policy=Ref("x"))),
            "a trust made from something": _role(assumeRolePolicy=Ref("x")),
        },
        silent={"a service's": (_role(**_trust(BACKUP)), _may(statement(Action="backup:*")))},
    ),
    "iam-vault-apart": Twins(
        failed={
            "the account": _vaults_role(ROOT, FRESH),
            "a role of it": _vaults_role(APP),
            "one among others": _vaults_role({"AWS": ["arn:aws:iam::999999999999:root", "111122223333"]}),
            "everybody": _vaults_role("*"),
            "everybody of the organisation": _vaults_role({"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": "o-acme"}}),
            "everybody but a few": _vaults_role("*", {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/old"}}),
            "of the account, by condition": _vaults_role("*", {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}}),
            "of the account with an id that it tells itself": _vaults_role(ROOT, {"StringEquals": {"sts:ExternalId": "x"}}),
            "shut out but with MFA": _vaults_role(ROOT, FRESH, SHUT_OUT | {"Condition": {**SHUT_OUT["Condition"], "Bool": {"aws:MultiFactorAuthPresent": "false"}}}),
            "shut out where it is said": _vaults_role(ROOT, FRESH, SHUT_OUT | {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": ["111122223333"]}}}),
            "one role shut out": _vaults_role(ROOT, FRESH, SHUT_OUT | {"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}}}),
        },
        passed={
            "a pipeline": _vaults_role(PIPELINE),
            "people of an account for identities": _vaults_role({"AWS": "arn:aws:iam::999999999999:role/people"}, FRESH),
            "with the service's account shut out": _vaults_role(ROOT, FRESH, SHUT_OUT),
            "with everybody of its identities shut out": _vaults_role(ROOT, FRESH, SHUT_OUT | {"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:*"}}}),
            "with all but the vault's own shut out": _vaults_role(ROOT, FRESH, SHUT_OUT | {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}}),
            "the organisation, of one other account": _vaults_role("*", {"StringEquals": {"aws:PrincipalOrgID": "o-acme", "aws:PrincipalAccount": "999999999999"}}),
            "the organisation, one named role": _vaults_role("*", {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::999999999999:role/people"}}),
            "the organisation but the service's account": _vaults_role("*", {"StringEquals": {"aws:PrincipalOrgID": "o-acme"}, "StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}),
            "AWS's own role in the service's account": _vaults_role(
                ROOT, {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"}}
            ),
        },
        unknown={
            "whoever has a tag": _vaults_role(ROOT, {"StringEquals": {"aws:PrincipalTag/duty": "vault"}}),
            "a part of the organisation": _vaults_role("*", {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-acme/r-1/ou-2/*"}}),"a trust made from something": _role(assumeRolePolicy=Ref("x"), tags={"layer": "vault"})},
        silent={"another layer's": _role(**_trust(ROOT), tags={"layer": "primary"})},
        settings={"accounts": json.dumps({"workload": "111122223333", "vault": "444455556666"})},
    ),
    "sso-groups-only": Twins(
        failed={"a person": res("aws:ssoadmin/accountAssignment:AccountAssignment", "a", principalType="USER")},
        passed={
            "a group": res("aws:ssoadmin/accountAssignment:AccountAssignment", "a", principalType="GROUP"),
            "one that is made here": res("aws:ssoadmin/accountAssignment:AccountAssignment", "a", principalType="GROUP", principalId=Ref("x")),
            "in another account": res("aws:ssoadmin/accountAssignment:AccountAssignment", "a", principalType="GROUP", targetId="444455556666"),
        },
        unknown={"made from something": res("aws:ssoadmin/accountAssignment:AccountAssignment", "a", principalType=Ref("x"))},
    ),
    "service-grants-bound": Twins(
        failed={
            "a topic": _topic(_publishes()),
            "any account": _topic(_publishes({"StringEquals": {"aws:SourceAccount": "*"}})),
            "everybody but an account": _topic(_publishes({"StringNotEquals": {"aws:SourceAccount": "111122223333"}})),
            "whoever says no account": _topic(_publishes({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}, Principal=BACKUP)),
            "events that may do more than be told": _topic(_publishes({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}, Action="sns:*")),
            "events of any account": _topic(_publishes({"StringEqualsIfExists": {"aws:SourceAccount": "*"}})),
            "a condition on something else": _topic(_publishes({"Bool": {"aws:SecureTransport": "true"}})),
            "a key": _key(statement(Principal={"Service": "logs.eu-central-1.amazonaws.com"}, Action="kms:Decrypt")),
        },
        passed={
            "an account": _topic(_publishes({"StringEquals": {"aws:SourceAccount": "111122223333"}})),
            "events, which send no account to a topic": _topic(_publishes({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}})),
            "a rule": _topic(_publishes({"ArnLike": {"AWS:SourceArn": "arn:aws:events:eu-central-1:111122223333:rule/*"}})),
            "a log group, by its context": _key(
                statement(
                    Principal={"Service": "logs.eu-central-1.amazonaws.com"}, Action="kms:Decrypt",
                    Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-central-1:111122223333:*"}},
                )
            ),
        },
        unknown={"a policy made from something": res("aws:sns/topicPolicy:TopicPolicy", "t", policy=Ref("x"))},
        silent={
            "a named role": _topic(_publishes(Principal=APP)),
            "load balancers' logs, which carry no source": _topic(_publishes(Principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"})),
        },
    ),
    "kms-grants-for-services": Twins(
        failed={
            "a role": _key(statement(**GRANTS)),
            "by a wildcard": _key(statement(Principal=APP, Action="kms:Create*")),
            "the wrong way round": _key(statement(**GRANTS, Condition={"Bool": {"kms:GrantIsForAWSResource": "false"}})),
        },
        passed={
            "for services": _key(statement(**GRANTS, Condition={"Bool": {"kms:GrantIsForAWSResource": True}})),
            "no grants": _key(statement(Principal=APP, Action=["kms:Decrypt", "kms:DescribeKey"])),
            "a service itself": _key(statement(Principal=BACKUP, Action="kms:CreateGrant")),
        },
        unknown={"a policy made from something": res("aws:kms/key:Key", "key", policy=Ref("x"))},
    ),
    "secrets-rotated": Twins(
        failed={
            "never": SECRET,
            "every half a year": (SECRET, _rotation(automaticallyAfterDays=180)),
            "at a rate of 120 days": (SECRET, _rotation(scheduleExpression="rate(120 days)")),
            "nobody says when": (SECRET, _rotation()),
        },
        passed={
            "monthly": (SECRET, _rotation(automaticallyAfterDays=30)),
            "at a rate": (SECRET, _rotation(scheduleExpression="rate(12 hours)")),
            "on a day of each month": (SECRET, _rotation(scheduleExpression="cron(0 4 1 * ? *)")),
        },
        unknown={"made from something": (SECRET, _rotation(automaticallyAfterDays=Ref("x")))},
    ),
    "secrets-not-in-plain-text": Twins(
        failed={
            "a function's password": _function(DB_PASSWORD="hunter2"),
            "a token": _function(PATH="/bin", STRIPE_API_KEY="sk_live_1"),
            "a task's": _task(SESSION_SECRET="xyzzy"),
            "a build's": _build(name="NPM_TOKEN", value="t"),
            "a parameter": res("aws:ssm/parameter:Parameter", "p", name="/app/db-password", type="String"),
        },
        passed={
            "where it is": _function(DB_SECRET_ARN="arn:aws:secretsmanager:x", DB_PASSWORD="arn:aws:secretsmanager:y"),
            "a task's": _task(TOKEN_URL="https://example.com", LOG_LEVEL="info"),
            "a build's, from a secret": _build(name="NPM_TOKEN", value="npm:token", type="SECRETS_MANAGER"),
            "a parameter": res("aws:ssm/parameter:Parameter", "p", name="/app/db-password", type="SecureString"),
            "made from a secret": _function(DB_SECRET=Ref("s")),
        },
        unknown={
            "variables made from something": res("aws:lambda/function:Function", "f", environment={"variables": Ref("x")}),
            "containers made from something": res("aws:ecs/taskDefinition:TaskDefinition", "t", containerDefinitions=Ref("x")),
            "a parameter's type": res("aws:ssm/parameter:Parameter", "p", name="/app/db-password", type=Ref("x")),
        },
    ),
    "policies-known-accounts": Twins(
        failed={
            "a stranger's role": _role(**_trust({"AWS": "arn:aws:iam::888888888888:role/x"})),
            "a stranger's account": _topic(_publishes(Principal={"AWS": "888888888888"})),
            "one among ours": _role(**_trust({"AWS": ["111122223333", "arn:aws:iam::888888888888:root"]})),
        },
        passed={
            "our own": _role(),
            "the vault's": _key(statement(Principal={"AWS": "arn:aws:iam::444455556666:role/backup"}, Action="kms:Decrypt")),
            "people's, named elsewhere in the configuration": _role(**_trust({"AWS": "arn:aws:iam::999999999999:role/people"}, FRESH)),
        },
        unknown={"a trust made from something": _role(assumeRolePolicy=Ref("x"))},
        silent={"a service": _role(**_trust(BACKUP)), "a stranger who is refused": _topic(_publishes(Principal={"AWS": "888888888888"}, Effect="Deny"))},
        settings={
            "accounts": json.dumps({"workload": "111122223333", "vault": "444455556666"}),
            "access": json.dumps({"people": ["arn:aws:iam::999999999999:role/people"]}),
        },
    ),
}  # fmt: skip
