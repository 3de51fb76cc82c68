"""Selections that add up where they seem to narrow are refused."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.backup_selection_means_what_it_says import RULE
from stormproof.core.infra.rule import RuleVerdict

PLAN = res("aws:backup/plan:Plan", "plan", rules=[])
TAGS = [{"key": "backup", "type": "STRINGEQUALS", "value": "daily"}]
CONDITIONS = [{"stringEquals": [{"key": "aws:ResourceTag/backup", "value": "daily"}]}]


def _verdict(**properties: Any) -> RuleVerdict:
    selection = res("aws:backup/selection:Selection", "selection", **{"planId": Ref("plan"), **properties})
    return verdicts(RULE, program(PLAN, selection))["selection"]


@pytest.mark.parametrize(
    "properties",
    [
        {"resources": ["arn:aws:ec2:*:*:volume/*"], "selectionTags": TAGS},
        {"resources": ["*"], "selectionTags": TAGS},
        {"conditions": CONDITIONS},
        {},
    ],
)
def test_a_selection_that_misleads_fails(properties: dict[str, Any]) -> None:
    assert _verdict(**properties) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "properties",
    [
        {"resources": ["*"], "conditions": CONDITIONS},
        {"selectionTags": TAGS},
        {"resources": ["arn:aws:dynamodb:eu-central-1:111122223333:table/orders"]},
        {"resources": [Ref("table")]},
    ],
)
def test_a_selection_that_says_what_it_means_passes(properties: dict[str, Any]) -> None:
    assert _verdict(**properties) is RuleVerdict.PASSED


@pytest.mark.parametrize(
    "properties", [{"conditions": Ref("x")}, {"selectionTags": Ref("x")}, {"resources": ["*"], "planId": "elsewhere"}]
)
def test_what_cannot_be_known_is_unknown(properties: dict[str, Any]) -> None:
    assert _verdict(**properties) is RuleVerdict.UNKNOWN
