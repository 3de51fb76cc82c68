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


def _narrowed(action: str, *roles: str) -> dict[str, Any]:
    """The account, but of it these alone."""
    return statement(Principal={"AWS": ROOT}, Action=action, Condition={"ArnEquals": {"aws:PrincipalArn": list(roles)}})


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
