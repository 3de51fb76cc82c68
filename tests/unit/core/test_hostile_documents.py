"""Documents that nest without an end, hold what is no text, number or instant, or name what no log reaches: refused in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from isolation_records import RECORDS, SCOPE
from pydantic import ValidationError
from test_reached import FACTS, S
from test_reference_compare import CLUSTER

from stormproof.core.check_context import WalFacts
from stormproof.core.drill_result import DrillResult
from stormproof.core.drill_text import parse_drill
from stormproof.core.errors import Refused, SpecInvalid, Unverified
from stormproof.core.evidence import NotAStatement, evidence_of, result_statement
from stormproof.core.finding import Severity
from stormproof.core.infra.check import check
from stormproof.core.infra.policy_document import NotADocument, read_policy
from stormproof.core.infra.preview import DEPTH_MAX, read_preview, read_state
from stormproof.core.infra.recovery_inventory import read_copy, read_outputs
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed
from stormproof.core.isolation_looks import HostLooks
from stormproof.core.isolation_network import NETWORK_RULES
from stormproof.core.project_settings import read_settings
from stormproof.core.reached import reached, wal_continuity
from stormproof.core.reference_compare import compare_shapes
from stormproof.core.spec_text import NO_TEXT
from stormproof.core.verdict import CheckResult
from stormproof.core.wal import FrozenList, Segment
from stormproof.core.wal_timeline import MISSING_MAX, NotOneLog, continuity

DEEP = "[" * 100_000
RESULT = json.loads((Path(__file__).parent / "evidence_v1_result.json").read_text())


@pytest.mark.parametrize("text", [f"rate = {DEEP}", "[lab]\nrate = " + "9" * 5000])
def test_settings_that_toml_cannot_read_are_a_mistake_of_the_file(text: str) -> None:
    with pytest.raises(SpecInvalid, match="cannot be read as TOML") as caught:
        read_settings(text, file="stormproof.toml", environment={}, flags={})
    assert caught.value.where == "stormproof.toml:1"


def test_settings_that_no_file_could_hold_are_told() -> None:
    with pytest.raises(SpecInvalid) as caught:
        read_settings('runbooks = "\ud800"', file="stormproof.toml", environment={}, flags={})
    assert caught.value.what == NO_TEXT


def test_a_variable_of_bytes_that_are_no_utf_8_is_named() -> None:
    with pytest.raises(SpecInvalid) as caught:
        read_settings("", file="stormproof.toml", environment={"STORMPROOF_LAB_SIZE": "\udcff"}, flags={})
    assert (caught.value.what, caught.value.where) == (NO_TEXT, "environment variable STORMPROOF_LAB_SIZE")


@pytest.mark.parametrize(("text", "line"), [('drill: x\ntitle: "\\ud800"\n', 2), ('drill: x\n"\\ud800": 1\n', 1)])
def test_half_of_a_surrogate_pair_in_a_spec_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(SpecInvalid) as caught:
        parse_drill(text, file="x.yaml")
    assert (NO_TEXT, f"x.yaml:{line}") in [(one.what, one.where) for one in caught.value.problems]


def nested(depth: int) -> str:
    inner = '{"a":' * depth + "1" + "}" * depth
    return f'{{"steps":[{{"op":"create","newState":{{"type":"t","urn":"u","inputs":{inner}}}}}]}}'


HALF = [nested(1).replace('"u"', half) for half in ('"\\ud800"', '"\ud800"', '"\udc80"')]


@pytest.mark.parametrize("text", [DEEP, nested(DEPTH_MAX + 1), *HALF])
def test_a_preview_or_state_that_nests_without_an_end_is_refused(text: str) -> None:
    with pytest.raises(SpecInvalid, match="cannot be read as a program"):
        read_preview(text, file="p.json")
    with pytest.raises(SpecInvalid, match="cannot be read as a program"):
        read_state(text.replace('"steps"', '"resources"').replace('"newState":{', ""), file="s.json")


def test_a_preview_may_nest_as_deep_as_it_says() -> None:
    assert len(read_preview(nested(DEPTH_MAX), file="p.json")) == 1


def stumbling(graph: ResourceGraph) -> Iterator[Answer]:
    yield passed(None)
    yield failed(None, "it is open", "close it")
    raise AttributeError("'bool' object has no attribute 'get'")


def test_a_rule_that_cannot_read_a_property_is_unknown_and_what_it_said_before_stands() -> None:
    rule = Rule("x", "x", (), Severity.HIGH, "x", "x", stumbling)
    checked = check([rule], ResourceGraph([]), today=date(2026, 3, 1))
    assert [one.answer.verdict.value for one in checked.judged] == ["passed", "failed", "unknown"]
    assert checked.exit_code == 3


@pytest.mark.parametrize("text", [DEEP, '{"a": "\\ud800"}'])
def test_outputs_and_copies_that_no_file_could_hold_are_refused(text: str) -> None:
    with pytest.raises(Refused, match="not JSON"):
        read_outputs(text, source="s")
    with pytest.raises(Unverified, match="damaged"):
        read_copy(text, file="f")


def test_a_policy_that_nests_without_an_end_is_no_document() -> None:
    with pytest.raises(NotADocument):
        read_policy(DEEP)


@pytest.mark.parametrize(
    "changed",
    [
        {"unaccounted_s": float("nan")},
        {"checks_seconds": float("inf")},
        {"started": "2026-02-14T04:14:59"},
        {"started": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_a_result_holds_finite_numbers_and_instants_that_can_be_compared(changed: dict[str, Any]) -> None:
    assert DrillResult.model_validate(RESULT).run == RESULT["run"]
    with pytest.raises(ValidationError):
        DrillResult.model_validate(RESULT | changed)


@pytest.mark.parametrize("text", ["NaN", '"\\ud800"', '"\\uD800"'])
def test_a_record_of_what_we_never_sign_is_no_statement(text: str) -> None:
    payload = result_statement(DrillResult.model_validate(RESULT), [], None)
    assert evidence_of(payload, file="f", sha256="0").result is not None
    changed = payload.replace(b'"facts":{}', b'"facts":{"x":%s}' % text.encode(), 1)
    assert changed != payload
    with pytest.raises(NotAStatement):
        evidence_of(changed, file="f", sha256="0")


def sockets(state: str, remote: str) -> dict[str, CheckResult]:
    """How the two rules about sockets judge one more socket."""
    records = {**RECORDS, "socket": [("tcp", state, "10.0.20.5", "22", remote, "5432")]}
    looks = HostLooks(looks={}, records=records)
    host = SCOPE.hosts[0]
    return {rule.name: rule.judge(SCOPE, host, looks).result for rule in NETWORK_RULES if rule.section == "sockets"}


@pytest.mark.parametrize("state", ["2 2", ":2", "", "²", "9" * 5000])
def test_a_socket_with_production_whose_state_cannot_be_read_counts_as_open(state: str) -> None:
    assert sockets(state, "10.0.10.5")["open sockets"] is CheckResult.FAILED
    assert sockets(state, "10.0.20.9")["open sockets"] is CheckResult.PASSED
    assert sockets("7", "10.0.10.5")["open sockets"] is CheckResult.PASSED


def with_stray(number: int) -> WalFacts:
    """The vault's list with one more segment, far behind the others."""
    stray = Segment(1, number, "archive", "e" * 40)
    return replace(FACTS, frozen=FrozenList((*FACTS.frozen.segments, stray), FACTS.frozen.histories))


def test_one_stray_name_far_ahead_is_a_finding_and_no_endless_walk() -> None:
    facts = with_stray((1 << 40) - 1)
    for decided in (wal_continuity(facts), reached(facts)):
        assert decided.result is CheckResult.FAILED
        assert "00000001FFFFFFFF000000FF" in decided.findings[0].what
        assert decided.findings[0].code == "SP481"


def test_a_reference_without_a_version_is_another_version() -> None:
    nameless = CLUSTER.model_copy(update={"server_version": " "})
    (finding,) = compare_shapes(nameless, CLUSTER)
    assert (finding.code, finding.severity) == ("SP409", Severity.HIGH)


def test_a_gap_up_to_the_bound_is_walked() -> None:
    first = FACTS.backup_start_lsn // S
    held = Segment(1, first, "archive", "a" * 40)

    def missing(gap: int) -> int:
        frozen = FrozenList((held, Segment(1, first + gap + 1, "archive", "b" * 40)))
        return len(continuity(frozen, start_timeline=1, start_position=first * S).missing)

    assert missing(MISSING_MAX) == MISSING_MAX
    with pytest.raises(NotOneLog):
        missing(MISSING_MAX + 1)
