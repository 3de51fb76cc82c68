"""The policies of the pack: what each carries, what refuses, and that an unknown value is never let through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from packed import LATER, Engine, urn, wire
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import StackValidationPolicy

from infra.policy.pack import EXPIRED, LAYER_KNOWN, RECORDER, UNUSED, Pack
from infra.policy.rules import all_rules
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

TODAY = date(2026, 3, 1)
MANDATORY, ADVISORY = analyzer_pb2.MANDATORY, analyzer_pb2.ADVISORY


def _look(graph: ResourceGraph) -> Iterator[Answer]:
    for one in graph:
        state = one.get("state")
        if state is UNKNOWN:
            yield unknown(one, "its state")
        elif state == "bad":
            yield failed(one, "it is bad", "make it good")
        else:
            yield passed(one)


def _rule(rule_id: str = "no-bad", **changes: Any) -> Rule:
    facts: dict[str, Any] = {
        "title": "Nothing is bad", "statements": ("1-a",), "severity": Severity.HIGH, "risk": "Bad things happen.",
        "remedy": "Make it good.", "check": _look, "soc2": ("CC6.1",), "iso27001": ("A.8.3",), "cis": ("2.1.4",),
    }  # fmt: skip
    return Rule(id=rule_id, **{**facts, **changes})


def _engine(*rules: Rule, exceptions: str | None = None, config: dict[str, Any] | None = None) -> Engine:
    pack = Pack(rules or (_rule(),), exceptions=exceptions, config=lambda: config or {}, day=lambda: TODAY)
    return Engine(pack.policies())


def _exception(resource: str, expires: str) -> str:
    return (
        "exceptions:\n"
        f"  - {{rule: no-bad, resource: {resource}, owner: sam, reason: until the move is over, expires: {expires}}}\n"
    )


GOOD, BAD = wire("x:y:Z", "good", {"state": "fine"}), wire("x:y:Z", "bad", {"state": "bad"})
UNSURE = wire("x:y:Z", "unsure", {"state": LATER})


def test_a_violation_refuses_and_says_what_why_and_how_to_mend_it() -> None:
    (told,) = _engine().looks_at(GOOD, BAD)
    assert (told.enforcementLevel, told.policyName, told.urn) == (MANDATORY, "no-bad", urn("bad"))
    for part in ("Nothing is bad", "Z 'bad': it is bad", "Bad things happen", "make it good"):
        assert part in told.message


def test_what_is_not_known_refuses_and_is_not_downgraded_to_advice() -> None:
    (told,) = _engine().looks_at(GOOD, UNSURE)
    assert told.enforcementLevel == MANDATORY
    assert "not known at preview" in told.message
    assert "Fix: " in told.message


def test_silence_for_what_is_good() -> None:
    assert _engine().looks_at(GOOD) == []


def test_an_advisory_rule_tells_and_does_not_refuse() -> None:
    assert [one.enforcementLevel for one in _engine(_rule(advisory=True)).looks_at(BAD)] == [ADVISORY]


def test_each_stack_is_looked_at_anew() -> None:
    engine = _engine(_rule(), _rule("no-bad-either"))
    assert [len(engine.looks_at(*stack)) for stack in ((BAD,), (GOOD,), (BAD, UNSURE))] == [2, 0, 4]


@pytest.mark.parametrize(
    ("layer", "told"), [({}, 0), ({"stormproof:layer": "account"}, 1), ({"stormproof:layer": "all"}, 1)]
)
def test_a_rule_of_a_layer_is_asked_of_that_layer_s_stack(layer: dict[str, str], told: int) -> None:
    assert len(_engine(_rule(layer="account"), config=layer).looks_at(BAD)) == told


def test_an_exception_that_holds_covers_its_resource_alone() -> None:
    engine = _engine(exceptions=_exception("bad", "2026-03-01"))
    assert [one.urn for one in engine.looks_at(BAD, wire("x:y:Z", "worse", {"state": "bad"}))] == [urn("worse")]


def test_an_exception_that_is_over_refuses_beside_what_it_covered() -> None:
    told = _engine(exceptions=_exception("bad", "2026-02-28")).looks_at(BAD)
    assert [(one.policyName, one.enforcementLevel) for one in told] == [("no-bad", MANDATORY), (EXPIRED, MANDATORY)]


def test_an_exception_that_covers_nothing_is_told() -> None:
    told = _engine(exceptions=_exception("bad", "2026-03-09")).looks_at(GOOD)
    assert [(one.policyName, one.enforcementLevel) for one in told] == [(UNUSED, ADVISORY)]


def test_exceptions_that_cannot_be_read_refuse_and_cover_nothing() -> None:
    told = _engine(exceptions=_exception("bad", "soon")).looks_at(BAD)
    assert [(one.policyName, one.enforcementLevel) for one in told] == [("no-bad", MANDATORY), (EXPIRED, MANDATORY)]


def test_what_the_cloud_fills_in_at_up_is_not_taken_for_the_program_s() -> None:
    def written(graph: ResourceGraph) -> Iterator[Answer]:
        for one in graph:
            yield failed(one, "it is written", "leave it out") if one.declares("ingress") else passed(one)

    engine = _engine(_rule(check=written))
    up = wire("x:y:Z", "group", {"name": "g", "ingress": [{"fromPort": 443}]})
    engine.registers(wire("x:y:Z", "group", {"name": "g"}))
    assert engine.looks_at(up) == []
    engine.registers(up)
    assert len(engine.looks_at(up)) == 1


def test_a_policy_carries_its_rule_s_severity_references_and_remedy() -> None:
    info = next(one for one in _engine().servicer.GetAnalyzerInfo(None, None).policies if one.name == "no-bad")
    assert info.severity == analyzer_pb2.POLICY_SEVERITY_HIGH
    assert (info.framework.name, info.framework.reference) == ("SOC 2", "CC6.1")
    assert info.framework.specification == "ISO/IEC 27001:2022 A.8.3; CIS AWS Foundations v5 2.1.4"
    assert (info.description, info.remediation_steps, list(info.tags)) == ("Nothing is bad", "Make it good.", ["1-a"])


def test_every_shipped_rule_is_a_policy_and_only_advice_is_advisory() -> None:
    policies = {one.name: one for one in _engine(*all_rules()).servicer.GetAnalyzerInfo(None, None).policies}
    assert set(policies) == {rule.id for rule in all_rules()} | {RECORDER, LAYER_KNOWN, EXPIRED, UNUSED}
    for rule in all_rules():
        assert policies[rule.id].enforcementLevel == (ADVISORY if rule.advisory else MANDATORY)


@pytest.mark.parametrize(("config", "told"), [({}, 1), ({"stormproof:layer": "vault"}, 0)])
def test_a_stack_of_ours_whose_layer_is_not_known_is_refused(config: dict[str, str], told: int) -> None:
    ours = wire("stormproof:infra:Network", "net", {})
    assert [one.policyName for one in _engine(config=config).looks_at(GOOD, ours)] == [LAYER_KNOWN] * told


def test_a_program_that_is_not_ours_needs_no_layer() -> None:
    assert _engine().looks_at(GOOD, wire("shop:index:Backend", "net", {})) == []


def test_what_the_cloud_says_counts_only_to_tell_things_apart() -> None:
    engine = _engine()
    engine.registers(wire("x:y:Z", "topic", {"name": "told"}))
    assert engine.looks_at(wire("x:y:Z", "topic", {"name": "told", "state": "bad", "arn": "arn:x"})) == []


def test_what_has_nothing_to_tell_is_not_asked_and_nothing_is_lost() -> None:
    """pulumi-policy reads the whole stack anew for each policy that it asks."""
    asked: list[str] = []
    rules = [_rule("no-bad"), *(_rule(f"quiet-{number}", check=lambda graph: iter(())) for number in range(30))]
    pack = Pack(rules, config=dict, day=lambda: TODAY)
    policies = pack.policies()
    for policy in policies:
        if isinstance(policy, StackValidationPolicy):
            policy.validate = _noting(asked, policy.name, policy.validate)  # type: ignore[method-assign]
    engine = Engine(policies)
    for _ in range(2):
        asked.clear()
        assert [one.policyName for one in engine.looks_at(BAD)] == ["no-bad"]
        assert asked == [LAYER_KNOWN, "no-bad"]


def _noting(asked: list[str], name: str, validate: Any) -> Any:
    def noted(args: Any, report: Any) -> None:
        asked.append(name)
        validate(args, report)

    return noted


def test_whatever_was_looked_at_every_policy_stays_as_strict_as_its_rule() -> None:
    engine = _engine(_rule(), _rule("advice", advisory=True))
    for _ in range(2):
        engine.looks_at(GOOD)
        levels = {one.name: one.enforcementLevel for one in engine.servicer.GetAnalyzerInfo(None, None).policies}
        assert (levels["no-bad"], levels["advice"], levels[EXPIRED]) == (MANDATORY, ADVISORY, MANDATORY)


@pytest.mark.parametrize("off", [[LAYER_KNOWN], [UNUSED], [LAYER_KNOWN, UNUSED]])
def test_switching_another_policy_off_switches_no_rule_off(off: list[str]) -> None:
    pack = Pack([_rule(), _rule("quiet", check=lambda graph: iter(()))], config=dict, day=lambda: TODAY)
    engine = Engine([one for one in pack.policies() if one.name not in off])
    for stack, told in (((GOOD,), 0), ((BAD,), 1), ((GOOD,), 0), ((BAD, UNSURE), 2)):
        assert len(engine.looks_at(*stack)) == told
