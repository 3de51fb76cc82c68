"""Lifetimes that AWS does not take are refused."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.backup_continuous_days import RULE
from stormproof.core.infra.rule import RuleVerdict


def _verdict(**rule: Any) -> RuleVerdict:
    plan = res("aws:backup/plan:Plan", "plan", rules=[{"ruleName": "r", "schedule": "rate(1 day)", **rule}])
    return verdicts(RULE, program(plan))["plan"]


@pytest.mark.parametrize(
    "rule",
    [
        {"enableContinuousBackup": True, "lifecycle": {"deleteAfter": 36}},
        {"enableContinuousBackup": True},
        {"lifecycle": {"coldStorageAfter": 30, "deleteAfter": 119}},
    ],
)
def test_it_is_refused(rule: dict[str, Any]) -> None:
    assert _verdict(**rule) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "rule",
    [
        {"enableContinuousBackup": True, "lifecycle": {"deleteAfter": 35}},
        {"enableContinuousBackup": False, "lifecycle": {"deleteAfter": 365}},
        {"lifecycle": {"coldStorageAfter": 30, "deleteAfter": 120}},
        {},
    ],
)
def test_it_passes(rule: dict[str, Any]) -> None:
    assert _verdict(**rule) is RuleVerdict.PASSED


@pytest.mark.parametrize("rule", [{"lifecycle": Ref("x")}, {"enableContinuousBackup": Ref("x")}])
def test_what_cannot_be_known_is_unknown(rule: dict[str, Any]) -> None:
    assert _verdict(**rule) is RuleVerdict.UNKNOWN
