"""One trail of all regions, validated, encrypted with a key of ours."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.account_trail import RULE
from stormproof.core.infra.rule import RuleVerdict

KIND = "aws:cloudtrail/trail:Trail"
GOOD: dict[str, Any] = {"isMultiRegionTrail": True, "enableLogFileValidation": True, "kmsKeyId": "alias/acme-audit"}


def _verdict(properties: dict[str, Any]) -> RuleVerdict:
    return verdicts(RULE, program(res(KIND, "one", **properties)))["one"]


@pytest.mark.parametrize("changes", [{}, {"tags": {"owner": "sam"}}, {"region": "eu-central-1"}])
def test_it_passes(changes: dict[str, Any]) -> None:
    properties = {**GOOD, **changes}
    properties.pop("region", None)
    assert _verdict(properties) is RuleVerdict.PASSED


@pytest.mark.parametrize(
    "changes",
    [
        {"isMultiRegionTrail": False},
        {"enableLogFileValidation": False},
        {"includeGlobalServiceEvents": False},
        {"enableLogging": False},
        {"kmsKeyId": None},
    ],
)
def test_it_is_refused(changes: dict[str, Any]) -> None:
    assert _verdict({**GOOD, **changes}) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "name",
    [
        key
        for key in GOOD
        if key
        in ["isMultiRegionTrail", "enableLogFileValidation", "includeGlobalServiceEvents", "enableLogging", "kmsKeyId"]
    ],
)
def test_what_cannot_be_known_is_unknown(name: str) -> None:
    assert _verdict({**GOOD, name: Ref("elsewhere")}) is RuleVerdict.UNKNOWN


def test_a_stack_without_one_fails() -> None:
    assert verdicts(RULE, program()) == {"stack": RuleVerdict.FAILED}


def test_it_is_asked_of_the_account_s_layer_alone() -> None:
    assert not RULE.concerns(program())
    assert RULE.concerns(program(layer="account"))
    assert RULE.concerns(program(), "account")


def test_a_key_of_the_program_is_a_key_before_its_arn_is_known() -> None:
    trail = res(KIND, "one", **{**GOOD, "kmsKeyId": Ref("audit")})
    assert verdicts(RULE, program(trail, res("aws:kms/key:Key", "audit")))["one"] is RuleVerdict.PASSED
