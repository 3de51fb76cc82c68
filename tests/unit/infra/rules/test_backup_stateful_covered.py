"""Whatever keeps data is in a plan: by tag or by reference, left out only with a reason, unknown where it is."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.backup_stateful_covered import RULE
from stormproof.core.infra.resource_graph import Resource
from stormproof.core.infra.rule import RuleVerdict

PLAN = res("aws:backup/plan:Plan", "plan", rules=[])
DAILY = {"key": "aws:ResourceTag/backup", "value": "daily"}


def _selection(**properties: Any) -> Resource:
    return res("aws:backup/selection:Selection", "selection", planId=Ref("plan"), **properties)


BY_CONDITION = _selection(resources=["*"], conditions=[{"stringEquals": [DAILY]}])


def _database(**properties: Any) -> Resource:
    return res("aws:rds/instance:Instance", "db", **properties)


@pytest.mark.parametrize(
    ("resource", "selection"),
    [
        (_database(tags={"backup": "daily"}), BY_CONDITION),
        (
            _database(tags={"backup": "daily"}),
            _selection(selectionTags=[{"key": "backup", "type": "STRINGEQUALS", "value": "daily"}]),
        ),
        (_database(), _selection(resources=[Ref("db")])),
        (
            _database(arn="arn:aws:rds:eu-central-1:111122223333:db:main"),
            _selection(resources=["arn:aws:rds:*:*:db:*"]),
        ),
        (_database(tagsAll={"backup": "daily"}), BY_CONDITION),
        (_database(tags={"backup": "none", "backup-reason": "a cache, filled anew from orders"}), BY_CONDITION),
    ],
)
def test_what_a_selection_takes_is_covered(resource: Resource, selection: Resource) -> None:
    assert verdicts(RULE, program(PLAN, selection, resource)) == {"db": RuleVerdict.PASSED}


@pytest.mark.parametrize(
    ("resource", "selection"),
    [
        (_database(), BY_CONDITION),
        (_database(tags={"backup": "weekly"}), BY_CONDITION),
        (_database(tags={"backup": "none"}), BY_CONDITION),
        (_database(tags={"backup": "daily"}), _selection(conditions=[{"stringEquals": [DAILY]}])),
        (_database(tags={"backup": "daily"}), _selection(resources=["*"], notResources=[Ref("db")])),
        (_database(), _selection(resources=[Ref("db")], conditions=[{"stringEquals": [DAILY]}])),
    ],
)
def test_what_no_selection_takes_fails(resource: Resource, selection: Resource) -> None:
    assert verdicts(RULE, program(PLAN, selection, resource)) == {"db": RuleVerdict.FAILED}


def test_a_program_without_any_plan_fails_for_what_keeps_data() -> None:
    assert verdicts(RULE, program(_database(tags={"backup": "daily"}))) == {"db": RuleVerdict.FAILED}


@pytest.mark.parametrize(
    ("resource", "selection"),
    [
        (_database(tags=Ref("elsewhere")), BY_CONDITION),
        (_database(), _selection(resources=["arn:aws:rds:*:*:db:*"])),
        (_database(tags={"backup": "daily"}), _selection(resources=["*"], conditions=Ref("elsewhere"))),
    ],
)
def test_what_cannot_be_known_is_unknown(resource: Resource, selection: Resource) -> None:
    assert verdicts(RULE, program(PLAN, selection, resource)) == {"db": RuleVerdict.UNKNOWN}


NO_DATABASES = _selection(
    resources=["*"],
    notResources=["arn:aws:rds:*:*:db:*"],
    conditions=[{"stringEquals": [{"key": "aws:ResourceTag/backup", "value": "daily"}]}],
)


@pytest.mark.parametrize(
    ("resource", "verdict"),
    [
        (res("aws:s3/bucket:Bucket", "db", tags={"backup": "daily"}), RuleVerdict.PASSED),
        (_database(tags={"backup": "daily"}), RuleVerdict.UNKNOWN),
        (_database(tags={"backup": "daily"}, arn="arn:aws:rds:eu-central-1:111122223333:db:a"), RuleVerdict.FAILED),
        (res("aws:fsx/lustreFileSystem:LustreFileSystem", "db", tags={"backup": "daily"}), RuleVerdict.UNKNOWN),
    ],
)
def test_an_exception_for_another_service_is_none_for_what_has_no_arn_yet(
    resource: Resource, verdict: RuleVerdict
) -> None:
    assert verdicts(RULE, program(PLAN, NO_DATABASES, resource)) == {"db": verdict}


@pytest.mark.parametrize("pattern", ["*", "arn:aws:*:db:x", "arn:aws:s3:::logs-*"])
def test_an_exception_that_may_mean_it_leaves_it_unknown(pattern: str) -> None:
    conditions = [{"stringEquals": [{"key": "aws:ResourceTag/backup", "value": "daily"}]}]
    selection = _selection(resources=["*"], notResources=[pattern], conditions=conditions)
    bucket = res("aws:s3/bucket:Bucket", "bucket", tags={"backup": "daily"})
    assert verdicts(RULE, program(PLAN, selection, bucket)) == {"bucket": RuleVerdict.UNKNOWN}


@pytest.mark.parametrize(
    ("tags", "concerned"),
    [({"data-class": "restricted"}, True), ({"backup": "daily"}, True), ({"data-class": "public"}, False), ({}, False)],
)
def test_a_bucket_counts_where_somebody_said_what_it_holds(tags: dict[str, str], concerned: bool) -> None:
    bucket = res("aws:s3/bucket:Bucket", "bucket", tags=tags)
    assert ("bucket" in verdicts(RULE, program(PLAN, BY_CONDITION, bucket))) is concerned


@pytest.mark.parametrize(
    "kind",
    ["aws:dynamodb/table:Table", "aws:efs/fileSystem:FileSystem", "aws:ebs/volume:Volume", "aws:rds/cluster:Cluster"],
)
def test_every_kind_that_keeps_data_counts(kind: str) -> None:
    assert verdicts(RULE, program(PLAN, BY_CONDITION, res(kind, "store"))) == {"store": RuleVerdict.FAILED}


def test_a_read_replica_does_not_count() -> None:
    assert verdicts(RULE, program(PLAN, BY_CONDITION, _database(replicateSourceDb="main"))) == {}
