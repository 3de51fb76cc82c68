"""Keys keep administering and using apart, and give kms:* to nobody."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, document, program, res, statement, verdicts

from infra.policy.rules.kms_no_full_rights import RULE
from stormproof.core.infra.rule import RuleVerdict

ROOT, ADMIN, APP = (f"arn:aws:iam::111122223333:{one}" for one in ("root", "role/keys", "role/app"))
ADMINISTER = statement(
    Principal={"AWS": ADMIN}, Action=["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:Describe*"]
)
USE = statement(Principal={"AWS": APP}, Action=["kms:Decrypt", "kms:GenerateDataKey*"])


ACCOUNT = {"AWS": ROOT}
TAG = "aws:PrincipalTag/duty"


def _narrowed(action: str, *roles: str) -> dict[str, Any]:
    """The account, but of it these alone."""
    return statement(Principal={"AWS": ROOT}, Action=action, Condition={"ArnEquals": {"aws:PrincipalArn": list(roles)}})


REFUSED = _narrowed("kms:*", ADMIN) | {"Effect": "Deny", "Principal": "*"}


def _verdict(*statements: dict[str, Any]) -> RuleVerdict:
    return verdicts(RULE, program(res("aws:kms/key:Key", "key", policy=document(*statements))))["key"]


@pytest.mark.parametrize(
    "statements",
    [
        (statement(Principal={"AWS": ROOT}, Action="kms:*"),),
        (ADMINISTER, USE, statement(Principal={"AWS": ROOT}, Action="KMS:*")),
        (statement(Principal={"AWS": ADMIN}, Action="*"),),
        (statement(Principal={"AWS": ADMIN}, Action=["kms:PutKeyPolicy", "kms:Decrypt"]),),
        (ADMINISTER, statement(Principal={"AWS": [ADMIN, APP]}, Action="kms:Decrypt")),
        (ADMINISTER, statement(Principal={"AWS": ADMIN}, Action="kms:CreateGrant")),
        (statement(Principal={"AWS": ADMIN}, NotAction="kms:ReplicateKey"),),
        (_narrowed("kms:PutKeyPolicy", ADMIN), _narrowed("kms:Decrypt", APP, ADMIN)),
        (_narrowed("kms:PutKeyPolicy", ADMIN), statement(Principal={"AWS": ADMIN}, Action="kms:Decrypt")),
        # an account that nothing narrows means every identity in it
        (statement(Principal=ACCOUNT, Action="kms:PutKeyPolicy"), USE),
        (statement(Principal={"AWS": "111122223333"}, Action="kms:PutKeyPolicy"), USE),
        (ADMINISTER, statement(Principal=ACCOUNT, Action="kms:Decrypt")),
        (
            statement(
                Principal="*", Action="kms:Disable*", Condition={"StringEquals": {"kms:CallerAccount": "111122223333"}}
            ),
            USE,
        ),
        # patterns that have somebody in common
        (_narrowed("kms:PutKeyPolicy", "arn:aws:iam::111122223333:role/a*"), USE),
        (
            _narrowed("kms:PutKeyPolicy", "arn:aws:iam::111122223333:role/*-ops"),
            _narrowed("kms:Decrypt", "arn:aws:iam::*:role/shop-*"),
        ),
        # what narrows nothing
        (
            statement(
                Principal=ACCOUNT, Action="kms:PutKeyPolicy", Condition={"ArnNotEquals": {"aws:PrincipalArn": ADMIN}}
            ),
            USE,
        ),
        (
            statement(Principal=ACCOUNT, Action="kms:PutKeyPolicy", Condition={"ArnLike": {"aws:PrincipalArn": "*"}}),
            USE,
        ),
        (
            ADMINISTER,
            statement(
                Principal={"AWS": ADMIN},
                Action="kms:Decrypt",
                Condition={"StringNotEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
            ),
        ),
        # a refusal of one thing, or with a way round it
        (
            ADMINISTER,
            statement(Principal=ACCOUNT, Action=["kms:Decrypt", "kms:CreateGrant"]),
            REFUSED | {"Action": "kms:Decrypt"},
        ),
        (
            ADMINISTER,
            statement(Principal=ACCOUNT, Action="kms:Decrypt"),
            REFUSED | {"Condition": {**REFUSED["Condition"], "Bool": {"aws:MultiFactorAuthPresent": "false"}}},
        ),
    ],
)
def test_full_rights_and_mixed_duties_fail(statements: tuple[dict[str, Any], ...]) -> None:
    assert _verdict(*statements) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "statements",
    [
        (ADMINISTER, USE),
        (_narrowed("kms:PutKeyPolicy", ADMIN), _narrowed("kms:Decrypt", APP)),
        (ADMINISTER, USE, statement(Effect="Deny", Principal="*", Action="kms:*")),
        (
            ADMINISTER,
            statement(Principal={"Service": "backup.amazonaws.com"}, Action=["kms:Decrypt", "kms:CreateGrant"]),
        ),
        (ADMINISTER, statement(Principal=ACCOUNT, Action="kms:Decrypt"), REFUSED),
        (ADMINISTER, statement(Principal={"AWS": "arn:aws:iam::444455556666:root"}, Action="kms:Decrypt")),
        (
            statement(Principal=ACCOUNT, Action="kms:PutKeyPolicy", Condition={"StringEquals": {TAG: "keys"}}),
            statement(Principal=ACCOUNT, Action="kms:Decrypt", Condition={"StringEquals": {TAG: ["app", "report"]}}),
        ),
        (
            _narrowed("kms:PutKeyPolicy", "arn:aws:iam::111122223333:role/keys-*"),
            _narrowed("kms:Decrypt", "arn:aws:iam::111122223333:role/shop-*"),
        ),
        (
            ADMINISTER,
            statement(
                Principal={"AWS": ADMIN},
                Action="kms:Decrypt",
                Condition={"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
            ),
        ),
    ],
)
def test_duties_kept_apart_pass(statements: tuple[dict[str, Any], ...]) -> None:
    assert _verdict(*statements) is RuleVerdict.PASSED


def test_a_key_without_a_policy_of_its_own_fails() -> None:
    assert verdicts(RULE, program(res("aws:kms/key:Key", "key"))) == {"key": RuleVerdict.FAILED}


def test_a_policy_declared_apart_counts() -> None:
    policy = res("aws:kms/keyPolicy:KeyPolicy", "policy", keyId=Ref("key"), policy=document(ADMINISTER, USE))
    assert verdicts(RULE, program(res("aws:kms/key:Key", "key"), policy)) == {"policy": RuleVerdict.PASSED}


def test_a_policy_that_is_not_known_is_unknown() -> None:
    assert verdicts(RULE, program(res("aws:kms/key:Key", "key", policy=Ref("x")))) == {"key": RuleVerdict.UNKNOWN}


@pytest.mark.parametrize("kind", ["aws:kms/replicaKey:ReplicaKey", "aws:kms/externalKey:ExternalKey"])
def test_copies_and_imported_keys_are_keys(kind: str) -> None:
    assert verdicts(RULE, program(res(kind, "key"))) == {"key": RuleVerdict.FAILED}
    held = res(kind, "key", policy=document(ADMINISTER, USE))
    assert verdicts(RULE, program(held)) == {"key": RuleVerdict.PASSED}
