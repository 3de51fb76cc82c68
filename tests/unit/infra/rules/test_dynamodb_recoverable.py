"""A table can be brought back to any second of the last weeks."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.dynamodb_recoverable import RULE
from stormproof.core.infra.rule import RuleVerdict

KIND = "aws:dynamodb/table:Table"
KEY = res("aws:kms/key:Key", "key")
OTHER = res("aws:s3/bucket:Bucket", "other")


def _verdict(properties: dict[str, Any]) -> RuleVerdict | None:
    return verdicts(RULE, program(KEY, OTHER, res(KIND, "one", **properties))).get("one")


@pytest.mark.parametrize("properties", [{}, {"pointInTimeRecovery": {"enabled": False}}])
def test_it_is_refused(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "properties",
    [
        {"pointInTimeRecovery": {"enabled": True}},
        {"pointInTimeRecovery": {"enabled": "true"}},
        {"pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 35}},
    ],
)
def test_it_passes(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.PASSED


@pytest.mark.parametrize("properties", [{"pointInTimeRecovery": Ref("other")}])
def test_what_cannot_be_known_is_unknown(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.UNKNOWN
