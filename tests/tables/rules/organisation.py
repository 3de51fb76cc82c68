"""The organisation's guardrails."""

from __future__ import annotations

from typing import Any

from declared import Ref, Twins, document, res, statement

from stormproof.core.infra.resource_graph import Resource


def _deny(*actions: str, **elements: Any) -> dict[str, Any]:
    return statement(Effect="Deny", Action=list(actions), **elements)


LOCKS = _deny("backup:DeleteBackupVaultLockConfiguration", "backup:DeleteRecoveryPoint", "s3:BypassGovernanceRetention")
TRAIL = _deny("cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "organizations:LeaveOrganization")
KEYS = _deny("kms:ScheduleKeyDeletion", "kms:DisableKey")
REGIONS = {
    "Effect": "Deny", "NotAction": ["iam:*", "organizations:*", "sts:*"], "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}},
}  # fmt: skip
ROOT = _deny("*", Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})
ALL = (LOCKS, TRAIL, KEYS, REGIONS, ROOT)


def _policy(*statements: dict[str, Any], name: str = "scp", **properties: Any) -> tuple[Resource, ...]:
    return (
        res("aws:organizations/policy:Policy", name, **{"content": document(*statements), **properties}),
        res("aws:organizations/policyAttachment:PolicyAttachment", f"{name}-a", policyId=Ref(name), targetId="r-root"),
    )


def _but(*exempt: str, operator: str = "ArnNotLike", **more: Any) -> tuple[Resource, ...]:
    """All of it, with roles that locks are not for."""
    who = {operator: {"aws:PrincipalArn": list(exempt)}, **more}
    return _policy(LOCKS | {"Condition": who}, TRAIL, KEYS, REGIONS, ROOT)


def _regions(condition: dict[str, Any], **elements: Any) -> tuple[Resource, ...]:
    return _policy(LOCKS, TRAIL, KEYS, REGIONS | {"Condition": condition} | elements, ROOT)


BREAK_GLASS, ABROAD = "arn:aws:iam::*:role/break-glass", {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}

TWINS = {
    "organisation-guardrails": Twins(
        failed={
            "none": (),
            "without keys": _policy(LOCKS, TRAIL, REGIONS, ROOT),
            "without regions": _policy(LOCKS, TRAIL, KEYS, ROOT),
            "without root": _policy(LOCKS, TRAIL, KEYS, REGIONS),
            "attached to nothing": _policy(*ALL)[0],
            "of another kind": _policy(*ALL, type="TAG_POLICY"),
            "everybody is exempt": _but("*"),
            "every role is exempt": _but("arn:aws:iam::*:role/*"),
            "every role of a letter is exempt": _but("arn:aws:iam::*:role/a*"),
            "everybody who takes a role is exempt": _but("arn:aws:sts::*:assumed-role/*"),
            "every identity of an account is exempt": _but("arn:aws:iam::111122223333:*"),
            "root is exempt": _but("arn:aws:iam::*:root"),
            "one named role, and everybody": _but(BREAK_GLASS, "arn:*"),
            "only of some": _but(BREAK_GLASS, operator="ArnLike"),
            "not of whoever has MFA": _but(BREAK_GLASS, BoolIfExists={"aws:MultiFactorAuthPresent": "false"}),
            "on one bucket": _policy(LOCKS | {"Resource": "arn:aws:s3:::logs/*"}, TRAIL, KEYS, REGIONS, ROOT),
            "one region alone": _regions({"StringEquals": ABROAD}),
            "no region is another": _regions({"StringNotLike": {"aws:RequestedRegion": "*"}}),
            "other regions, of some": _regions({"StringNotEquals": ABROAD, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}),
            "one account's root": _policy(LOCKS, TRAIL, KEYS, REGIONS, ROOT | {"Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:root"}}}),
            "all but root": _policy(LOCKS, TRAIL, KEYS, REGIONS, ROOT | {"Condition": {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}}),
            "it allows": _policy(LOCKS | {"Effect": "Allow"}, TRAIL, KEYS, REGIONS, ROOT),
        },
        passed={
            "one policy": _policy(*ALL),
            "several": (*_policy(LOCKS, TRAIL), *_policy(KEYS, REGIONS, name="more"), *_policy(ROOT, name="root")),
            "but for break-glass": _policy(
                *(one | {"Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"}}} for one in (LOCKS, TRAIL, KEYS)),
                REGIONS, ROOT,
            ),
            "but for one in each account, by Identity Center": _but("arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Emergency_*"),
            "other regions, but for one role": _regions({"StringNotEquals": ABROAD, "ArnNotLike": {"aws:PrincipalArn": BREAK_GLASS}}),
            "root, but where it was let in": _policy(
                LOCKS, TRAIL, KEYS, REGIONS,
                ROOT | {"Condition": {"StringLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}, "BoolIfExists": {"aws:AssumedRoot": "false"}}},
            ),
            "with wildcards": _policy(_deny("backup:Delete*", "s3:Bypass*"), _deny("cloudtrail:*", "organizations:Leave*"), _deny("kms:*"), REGIONS, ROOT),
        },
        unknown={"content made from something": (*_policy(*ALL), *_policy(LOCKS, name="later", content=Ref("x")))},
        layer="organisation",
    ),
}  # fmt: skip
