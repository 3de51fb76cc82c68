"""A promised RPO is held against the worst case of what backs the resource up."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.backup_rpo_can_be_kept import RULE
from stormproof.core.infra.resource_graph import Resource
from stormproof.core.infra.rule import RuleVerdict

SELECTION = res("aws:backup/selection:Selection", "selection", planId=Ref("plan"), resources=["*"])
HOURLY = {"ruleName": "hourly", "schedule": "cron(0 * * * ? *)", "startWindow": 60, "targetVaultName": "v"}


def _plan(*rules: Any, tags: dict[str, str] | None = None) -> Resource:
    return res("aws:backup/plan:Plan", "plan", rules=list(rules), tags=tags or {})


def _verdict(
    rpo: object, plan: Resource, kind: str = "aws:efs/fileSystem:FileSystem", **properties: Any
) -> RuleVerdict | None:
    store = res(kind, "store", tags={"rpo": rpo} if rpo else {}, **properties)
    return verdicts(RULE, program(plan, SELECTION, store)).get("store")


@pytest.mark.parametrize(
    ("rpo", "rules", "verdict"),
    [
        ("2h", [HOURLY], RuleVerdict.PASSED),
        ("119m", [HOURLY], RuleVerdict.FAILED),
        ("1h", [HOURLY], RuleVerdict.FAILED),
        ("1h", [HOURLY | {"startWindow": 5}], RuleVerdict.FAILED),
        ("25h", [{"ruleName": "d", "schedule": "cron(0 5 * * ? *)", "startWindow": 60}], RuleVerdict.PASSED),
        ("24h", [{"ruleName": "d", "schedule": "cron(0 5 * * ? *)"}], RuleVerdict.FAILED),
        ("2h", [{"ruleName": "d", "schedule": "cron(0 5 * * ? *)"}, HOURLY], RuleVerdict.PASSED),
        ("15m", [HOURLY | {"enableContinuousBackup": True}], RuleVerdict.PASSED),
        ("14m", [HOURLY | {"enableContinuousBackup": True}], RuleVerdict.FAILED),
    ],
)
def test_the_worst_case_of_a_plan_against_the_promise(rpo: str, rules: list[Any], verdict: RuleVerdict) -> None:
    assert _verdict(rpo, _plan(*rules)) is verdict


def test_declared_durations_are_part_of_the_worst_case() -> None:
    assert _verdict("2h", _plan(HOURLY, tags={"backup-duration": "30m"})) is RuleVerdict.FAILED
    assert _verdict("2h30m", _plan(HOURLY, tags={"backup-duration": "30m"})) is RuleVerdict.PASSED


@pytest.mark.parametrize(
    ("kind", "properties", "verdict"),
    [
        ("aws:rds/instance:Instance", {"backupRetentionPeriod": 7}, RuleVerdict.PASSED),
        ("aws:rds/instance:Instance", {"backupRetentionPeriod": 0}, RuleVerdict.FAILED),
        ("aws:rds/instance:Instance", {}, RuleVerdict.FAILED),
        ("aws:dynamodb/table:Table", {"pointInTimeRecovery": {"enabled": True}}, RuleVerdict.PASSED),
        ("aws:dynamodb/table:Table", {"pointInTimeRecovery": {"enabled": False}}, RuleVerdict.FAILED),
        ("aws:dynamodb/table:Table", {"pointInTimeRecovery": {"enabled": Ref("x")}}, RuleVerdict.UNKNOWN),
    ],
)
def test_minutes_need_point_in_time_recovery(kind: str, properties: dict[str, Any], verdict: RuleVerdict) -> None:
    assert _verdict("15m", _plan(HOURLY), kind, **properties) is verdict


def test_nothing_promised_is_nothing_to_keep() -> None:
    assert _verdict(None, _plan(HOURLY)) is None


@pytest.mark.parametrize("rpo", ["15", "soon", "-1h"])
def test_a_promise_that_cannot_be_read_fails(rpo: str) -> None:
    assert _verdict(rpo, _plan(HOURLY)) is RuleVerdict.FAILED


def test_a_schedule_that_aws_does_not_take_fails() -> None:
    store = res("aws:efs/fileSystem:FileSystem", "store", tags={"rpo": "2h"})
    plan = _plan(HOURLY | {"schedule": "every hour"})
    assert verdicts(RULE, program(plan, SELECTION, store)) == {"plan": RuleVerdict.FAILED}


@pytest.mark.parametrize("rules", [[HOURLY | {"schedule": Ref("x")}], [HOURLY | {"startWindow": Ref("x")}]])
def test_what_cannot_be_known_is_unknown(rules: list[Any]) -> None:
    assert _verdict("2h", _plan(*rules)) is RuleVerdict.UNKNOWN


def test_what_is_unknown_does_not_hide_what_suffices() -> None:
    assert _verdict("2h", _plan(HOURLY | {"schedule": Ref("x")}, HOURLY)) is RuleVerdict.PASSED
