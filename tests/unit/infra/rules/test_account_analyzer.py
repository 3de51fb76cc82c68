"""Something looks for what is open to others."""

from __future__ import annotations

from typing import Any

import pytest
from declared import program, res, verdicts

from infra.policy.rules.account_analyzer import RULE
from stormproof.core.infra.rule import RuleVerdict

KIND = "aws:accessanalyzer/analyzer:Analyzer"
GOOD: dict[str, Any] = {}


def _verdict(properties: dict[str, Any]) -> RuleVerdict:
    return verdicts(RULE, program(res(KIND, "one", **properties)))["one"]


@pytest.mark.parametrize("changes", [{}, {"tags": {"owner": "sam"}}, {"region": "eu-central-1"}])
def test_it_passes(changes: dict[str, Any]) -> None:
    properties = {**GOOD, **changes}
    properties.pop("region", None)
    assert _verdict(properties) is RuleVerdict.PASSED


def test_a_stack_without_one_fails() -> None:
    assert verdicts(RULE, program()) == {"stack": RuleVerdict.FAILED}


def test_it_is_asked_of_the_account_s_layer_alone() -> None:
    assert not RULE.concerns(program())
    assert RULE.concerns(program(layer="account"))
    assert RULE.concerns(program(), "account")
