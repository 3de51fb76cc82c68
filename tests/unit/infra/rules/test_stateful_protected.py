"""What keeps data and what guards it is protected, but in a stack that is made to be thrown away."""

from __future__ import annotations

import pytest
from declared import program, res, verdicts

from infra.policy.rules._backup import ALWAYS_STATEFUL, BUCKETS
from infra.policy.rules.stateful_protected import GUARDS, RULE
from stormproof.core.infra.rule import RuleVerdict


@pytest.mark.parametrize("kind", [*ALWAYS_STATEFUL, *BUCKETS, *GUARDS])
@pytest.mark.parametrize(
    ("protect", "verdict"), [(True, RuleVerdict.PASSED), (False, RuleVerdict.FAILED), (None, RuleVerdict.UNKNOWN)]
)
def test_each_kind_is_asked(kind: str, protect: bool | None, verdict: RuleVerdict) -> None:
    assert verdicts(RULE, program(res(kind, "one", protect=protect))) == {"one": verdict}


def test_what_keeps_nothing_is_not_asked() -> None:
    assert verdicts(RULE, program(res("aws:ec2/vpc:Vpc", "vpc", protect=False))) == {}


@pytest.mark.parametrize(("value", "asked"), [("true", False), ("false", True)])
def test_a_disposable_stack_is_not_asked(value: str, asked: bool) -> None:
    graph = program(res("aws:rds/instance:Instance", "db", protect=False), settings={"disposable": value})
    assert bool(verdicts(RULE, graph)) is asked
