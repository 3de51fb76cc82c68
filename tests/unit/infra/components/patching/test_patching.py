"""Servers are patched: critical fixes within a week, in a window, on the instances of a group."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from infra.components.keys import Keys
from infra.components.patching import declare_patching
from infra.components.patching.baselines import approval_rules
from infra.components.patching.windows import role_policy
from infra.spec.key_table import layer_keys
from infra.spec.patching import PatchingSpec
from infra.spec.settings import Layer
from tests.support.infra_components import broken_rules, context, may, of, weakened
from tests.support.pulumi_mocks import Declared, declared

BASELINE, GROUP, TARGET, TASK = (
    "aws:ssm/patchBaseline:PatchBaseline",
    "aws:ssm/patchGroup:PatchGroup",
    "aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget",
    "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask",
)
HERE = "shop-prod-application"


def _declared(**changes: Any) -> list[Declared]:
    made = context(Layer.PRIMARY, **changes)
    return declared(
        lambda: declare_patching(made, Keys("keys", made, layer_keys(made.settings, Layer.PRIMARY))) and None
    )


@pytest.fixture(scope="module")
def seen() -> list[Declared]:
    return _declared()


def test_each_system_has_a_baseline_registered_for_the_group(seen: list[Declared]) -> None:
    assert {one.inputs["operatingSystem"] for one in of(seen, BASELINE)} == {"AMAZON_LINUX_2023", "DEBIAN", "UBUNTU"}
    assert [one.inputs["patchGroup"] for one in of(seen, GROUP)] == [HERE] * 3


def test_a_forgotten_tag_is_patched_too_since_the_baselines_are_the_defaults(seen: list[Declared]) -> None:
    assert len(of(seen, "aws:ssm/defaultPatchBaseline:DefaultPatchBaseline")) == 3


@pytest.mark.parametrize("system", ["AMAZON_LINUX_2023", "DEBIAN", "WINDOWS"])
def test_critical_fixes_come_first(system: str) -> None:
    critical, rest = approval_rules(PatchingSpec(), system)
    assert critical["approve_after_days"] == 3 < rest["approve_after_days"]


def test_critical_fixes_cannot_wait_above_a_week() -> None:
    with pytest.raises(ValidationError):
        PatchingSpec(critical_days=8)


def test_a_rule_speaks_when_they_do(seen: list[Declared]) -> None:
    late = [{"approveAfterDays": 30, "patchFilters": [{"key": "SEVERITY", "values": ["Critical"]}]}]
    assert set(broken_rules(weakened(seen, BASELINE, approvalRules=late))) == {"patching-prompt"}


def test_one_window_installs_and_one_looks(seen: list[Declared]) -> None:
    ran = {
        one.name.rpartition("-task")[0].rpartition("-")[2]: {
            value["name"]: value["values"]
            for value in one.inputs["taskInvocationParameters"]["runCommandParameters"]["parameters"]
        }
        for one in of(seen, TASK)
    }
    assert ran == {
        "install": {"Operation": ["Install"], "RebootOption": ["RebootIfNeeded"]},
        "scan": {"Operation": ["Scan"], "RebootOption": ["NoReboot"]},
    }


def test_windows_cover_the_instances_of_the_group_by_tag(seen: list[Declared]) -> None:
    assert [one.inputs["targets"] for one in of(seen, TARGET)] == [[{"key": "tag:PatchGroup", "values": [HERE]}]] * 2


def test_its_role_runs_one_document_and_nothing_else() -> None:
    text = role_policy(context(Layer.PRIMARY), HERE)
    assert may(text, "ssm:SendCommand", "arn:aws:ssm:eu-central-1::document/AWS-RunPatchBaseline")
    assert not may(text, "ssm:SendCommand", "arn:aws:ssm:eu-central-1::document/AWS-RunShellScript")
    [tagged] = [one for one in json.loads(text)["Statement"] if one["Sid"] == "InstancesOfTheGroup"]
    assert tagged["Condition"] == {"StringEquals": {"aws:ResourceTag/PatchGroup": HERE}}


def test_what_was_done_is_kept_a_year(seen: list[Declared]) -> None:
    [group] = of(seen, "aws:cloudwatch/logGroup:LogGroup")
    assert group.inputs["name"] == "/shop/prod/patching"
    assert group.inputs["retentionInDays"] >= 365


def test_the_rules_are_silent(seen: list[Declared]) -> None:
    assert broken_rules(seen) == {}


def test_it_can_be_left_to_another_tool() -> None:
    assert of(_declared(patching={"enabled": False}), BASELINE) == []
