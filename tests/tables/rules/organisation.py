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


TWINS = {
    "organisation-guardrails": Twins(
        failed={
            "none": (),
            "without keys": _policy(LOCKS, TRAIL, REGIONS, ROOT),
            "without regions": _policy(LOCKS, TRAIL, KEYS, ROOT),
            "without root": _policy(LOCKS, TRAIL, KEYS, REGIONS),
            "attached to nothing": _policy(*ALL)[0],
            "of another kind": _policy(*ALL, type="TAG_POLICY"),
            "it allows": _policy(LOCKS | {"Effect": "Allow"}, TRAIL, KEYS, REGIONS, ROOT),
        },
        passed={
            "one policy": _policy(*ALL),
            "several": (*_policy(LOCKS, TRAIL), *_policy(KEYS, REGIONS, name="more"), *_policy(ROOT, name="root")),
            "but for break-glass": _policy(
                *(one | {"Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"}}} for one in (LOCKS, TRAIL, KEYS)),
                REGIONS, ROOT,
            ),
            "with wildcards": _policy(_deny("backup:Delete*", "s3:Bypass*"), _deny("cloudtrail:*", "organizations:Leave*"), _deny("kms:*"), REGIONS, ROOT),
        },
        unknown={"content made from something": (*_policy(*ALL), *_policy(LOCKS, name="later", content=Ref("x")))},
        layer="organisation",
    ),
}  # fmt: skip
