"""The heartbeat is woken each minute, may write its own beats and nothing else, and its silence is an alarm."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest

from infra.components.data.authorities import BundleMissing
from infra.components.data.function import FUNCTIONS, Code, archive
from tests.support.infra_components import of
from tests.support.pulumi_mocks import Declared
from tests.unit.infra.components.data.stores import LAB, everything, named, ran

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def _rights() -> dict[str, dict[str, Any]]:
    text = named(everything(), "role-heartbeat-policy").inputs["policy"]
    return {one["Sid"]: one for one in json.loads(text)["Statement"]}


def _alarms(**data: Any) -> list[Declared]:
    found = ran(data) if data else everything()
    return [one for one in of(found.declared, ALARM) if one.name.startswith("heartbeat")]


def test_a_schedule_wakes_it_each_minute_with_the_minute_that_was_meant_and_no_second_try() -> None:
    inputs = named(everything(), "heartbeat-by-the-clock").inputs
    assert inputs["scheduleExpression"] == "rate(1 minute)"
    assert inputs["flexibleTimeWindow"] == {"mode": "OFF"}
    assert json.loads(inputs["target"]["input"]) == {"time": "<aws.scheduler.scheduled-time>"}
    assert inputs["target"]["retryPolicy"] == {"maximumRetryAttempts": 0, "maximumEventAgeInSeconds": 60}
    assert named(everything(), "heartbeat-invocation").inputs["maximumRetryAttempts"] == 0


def test_it_beats_into_every_store_that_there_is() -> None:
    said = named(everything(), "heartbeat-function").inputs["environment"]["variables"]
    assert said["DATABASE_USER"] == "heartbeat"
    assert said["TABLE"] == "shop-prod-records"
    assert said["BUCKET"] == "shop-prod-files-111122223333-eu-central-1"
    assert everything().outputs["heartbeatStores"].value == ["row", "item", "object"]


def test_a_store_that_is_not_there_has_no_variable_no_right_and_no_alarm() -> None:
    found = ran({"table": None, "files": None})
    assert found.outputs["heartbeatStores"].value == ["row"]
    assert set(named(found, "heartbeat-function").inputs["environment"]["variables"]) == {
        "ENVIRONMENT", "DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_USER",
    }  # fmt: skip
    rights = json.loads(named(found, "role-heartbeat-policy").inputs["policy"])["Statement"]
    assert {one["Sid"] for one in rights} == {"Row", "OwnLog", "IntoTheNetwork", "NotByItsCode"}
    assert [one.name for one in of(found.declared, ALARM) if one.name.startswith("heartbeat")] == [
        "heartbeat-row-silent"
    ]


def test_it_may_write_its_own_beats_alone() -> None:
    rights = _rights()
    assert rights["Row"]["Resource"] == "arn:aws:rds-db:eu-central-1:111122223333:dbuser:*/heartbeat"
    assert rights["Item"]["Action"] == "dynamodb:PutItem"
    assert rights["Item"]["Condition"] == {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "stormproof.heartbeat"}
    }
    assert rights["Object"]["Action"] == "s3:PutObject"
    assert rights["Object"]["Resource"].endswith("-files-111122223333-eu-central-1/stormproof/heartbeat/*")
    allowed = [action for one in rights.values() if one["Effect"] == "Allow" for action in _listed(one["Action"])]
    assert not [one for one in allowed if "Delete" in one and not one.startswith("ec2:")]
    assert not [one for one in allowed if one.startswith(("s3:Get", "dynamodb:Get", "secretsmanager:"))]


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_its_code_may_not_touch_the_network_that_lambda_puts_it_into() -> None:
    refused = _rights()["NotByItsCode"]
    assert refused["Effect"] == "Deny"
    assert refused["Action"] == _rights()["IntoTheNetwork"]["Action"]
    assert refused["Condition"] == {
        "ArnEquals": {
            "lambda:SourceFunctionArn": "arn:aws:lambda:eu-central-1:111122223333:function:shop-prod-heartbeat"
        }
    }


def test_it_runs_in_the_management_tier_one_at_a_time_with_its_environment_encrypted() -> None:
    function = named(everything(), "heartbeat-function")
    subnets = {urn.rpartition("::")[2] for urn in function.depends["vpcConfig"] if "aws:ec2/subnet:Subnet" in urn}
    assert len(subnets) == 2
    assert all("management" in name for name in subnets)
    assert function.inputs["reservedConcurrentExecutions"] == 1
    assert {urn.rpartition("::")[2] for urn in function.depends["kmsKeyArn"]} >= {"keys-internal"}
    assert function.inputs["loggingConfig"] == {"logFormat": "Text", "logGroup": "/shop/prod/heartbeat"}


def test_the_scheduler_assumes_its_role_for_our_schedules_and_wakes_this_function_alone() -> None:
    trust = json.loads(named(everything(), "role-heartbeat-schedule-role").inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Condition"]["ArnLike"] == {
        "aws:SourceArn": "arn:aws:scheduler:eu-central-1:111122223333:schedule-group/shop-prod-heartbeat"
    }
    [right] = json.loads(named(everything(), "role-heartbeat-schedule-policy").inputs["policy"])["Statement"]
    assert right["Resource"] == "arn:aws:lambda:eu-central-1:111122223333:function:shop-prod-heartbeat"


def test_silence_in_any_store_is_an_alarm_and_a_function_that_is_gone_is_silent() -> None:
    alarms = _alarms()
    assert [one.inputs["dimensions"]["Store"] for one in alarms] == ["row", "item", "object"]
    for one in alarms:
        inputs = one.inputs
        assert (inputs["metricName"], inputs["namespace"]) == ("Written", "Stormproof/Heartbeat")
        assert (inputs["statistic"], inputs["comparisonOperator"], inputs["threshold"]) == (
            "Sum",
            "LessThanThreshold",
            1,
        )
        assert inputs["treatMissingData"] == "breaching"
        assert (inputs["period"], inputs["evaluationPeriods"], inputs["datapointsToAlarm"]) == (60, 5, 5)
        assert inputs["alarmActions"] == ["arn:aws:sns:eu-central-1:111122223333:shop-prod-notices-primary"]


def test_patience_is_a_setting() -> None:
    assert {one.inputs["evaluationPeriods"] for one in _alarms(heartbeat={"silentMinutes": 10})} == {10}


def test_metric_and_alarm_agree_on_the_environment() -> None:
    said = named(everything(), "heartbeat-function").inputs["environment"]["variables"]["ENVIRONMENT"]
    assert {one.inputs["dimensions"]["Environment"] for one in _alarms()} == {said} == {"shop-prod"}


def test_how_far_back_the_last_beat_may_lie_is_an_output() -> None:
    """A minute between beats, and up to a minute in which a schedule's minute is late."""
    assert everything().outputs["heartbeatUncertaintySeconds"].value == 120


def test_the_archive_holds_the_package_s_modules_and_nothing_that_must_be_built() -> None:
    made = archive(Code(package="heartbeat", description="", statements=(), uses=["postgres"]))
    assert set(made.assets) == {
        "functions/__init__.py",
        *(f"functions/heartbeat/{name}.py" for name in ("__init__", "handler", "stores")),
        *(f"functions/postgres/{name}.py" for name in ("__init__", "scram", "tls", "wire")),
    }
    for name, asset in made.assets.items():
        assert isinstance(asset, pulumi.FileAsset)
        assert Path(asset.path) == FUNCTIONS.parent / name


@pytest.mark.parametrize("package", ["heartbeat", "rotation", "database_setup"])
def test_what_an_archive_holds_can_be_imported_from_it(package: str, tmp_path: Path) -> None:
    """In a process of its own, as Lambda does: with the archive's folder first, and none of ours."""
    made = archive(Code(package=package, description="", statements=(), uses=["postgres"]))
    for name, asset in made.assets.items():
        assert isinstance(asset, pulumi.FileAsset)
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(asset.path, tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-c", f"from functions.{package}.handler import handler; print(handler.__module__)"],
        cwd=tmp_path, check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == (f"functions.{package}.handler", "")


def test_authorities_of_one_s_own_come_into_the_archive(tmp_path: Path) -> None:
    pem = tmp_path / "own.pem"
    pem.write_text("")
    found = ran({"database": {"caBundle": str(pem)}}, **LAB)
    assert "functions/postgres/ca.pem" in str(named(found, "heartbeat-function").inputs["code"])


def test_authorities_that_are_not_there_are_refused_with_what_to_do() -> None:
    with pytest.raises(BundleMissing, match="leave it out"):
        ran({"database": {"caBundle": "gone.pem"}}, **LAB)
