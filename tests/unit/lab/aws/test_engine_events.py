"""What is read out of the engine's event log."""

from __future__ import annotations

import json
from typing import Any

from stormproof.lab.aws.engine_events import read_events, short_name

URN = "urn:pulumi:lab::shop::stormproof:network:Network$aws:ec2/vpc:Vpc::main"


def step(change: str, kind: str = "resourcePreEvent", **more: Any) -> str:
    return json.dumps({kind: {"metadata": {"op": change, "urn": URN, "type": "aws:ec2/vpc:Vpc", **more}}})


def diagnostic(severity: str, message: str) -> str:
    return json.dumps({"diagnosticEvent": {"severity": severity, "message": message, "urn": URN}})


def test_a_resource_is_named_without_its_parents() -> None:
    assert short_name(URN) == "aws:ec2/vpc:Vpc main"


def test_changes_are_counted_as_the_engine_sums_them_up() -> None:
    told = read_events(
        [json.dumps({"summaryEvent": {"resourceChanges": {"create": 2, "same": 1}, "result": "succeeded"}})]
    )
    assert (told.changes, told.succeeded) == ({"create": 2, "same": 1}, True)


def test_a_log_that_breaks_off_says_nothing_of_success() -> None:
    told = read_events([step("create"), '{"summaryEvent": {"resu'])
    assert told.succeeded is None
    assert [one.change for one in told.changed] == ["create"]


def test_a_refreshed_resource_is_changed_only_when_something_came_of_it() -> None:
    looked = step("refresh")
    same = step("same", "resOutputsEvent")
    drifted = step("update", "resOutputsEvent", diffs=["enableDnsHostnames"])
    assert read_events([looked, same]).changed == ()
    (changed,) = read_events([looked, drifted]).changed
    assert (changed.change, changed.keys) == ("update", ("enableDnsHostnames",))


def test_why_a_resource_is_replaced_is_kept_through_all_steps_of_it() -> None:
    (changed,) = read_events([step("create-replacement", keys=["cidrBlock"]), step("replace")]).changed
    assert (changed.change, changed.keys) == ("replace", ("cidrBlock",))


def test_a_rule_that_spoke_twice_is_told_once_and_advice_is_no_refusal() -> None:
    def rule(level: str) -> str:
        said = {"enforcementLevel": level, "policyName": "net", "resourceUrn": URN, "message": " too wide \n"}
        return json.dumps({"policyEvent": said})

    told = read_events([rule("mandatory"), rule("mandatory"), rule("advisory")])
    assert len(told.refusals) == 2
    (refusal,) = told.mandatory
    assert (refusal.rule, refusal.resource, refusal.message) == ("net", "aws:ec2/vpc:Vpc main", "too wide")


def test_errors_name_their_resource_and_our_own_provider_is_no_warning() -> None:
    ours = diagnostic("warning", "using pulumi-resource-aws from $PATH at /somewhere")
    told = read_events([diagnostic("error", "no such key\n"), ours, diagnostic("warning", "deprecated")])
    assert told.errors == ("aws:ec2/vpc:Vpc main: no such key",)
    assert told.warnings == ("aws:ec2/vpc:Vpc main: deprecated",)
