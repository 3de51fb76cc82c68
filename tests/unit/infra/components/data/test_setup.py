"""What makes the heartbeat's table reads one secret, and nobody else reads it."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.infra.components.data.stores import LAB, everything, named, ours, ran

SETUP = "database-setup"


def _rights() -> dict[str, dict[str, Any]]:
    return {
        one["Sid"]: one for one in json.loads(named(everything(), f"role-{SETUP}-policy").inputs["policy"])["Statement"]
    }


def test_it_reads_the_secret_that_rds_made_for_this_database() -> None:
    right = _rights()["ThisMastersSecret"]
    assert right["Action"] == "secretsmanager:GetSecretValue"
    assert right["Resource"] == "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!db-*"
    assert right["Condition"] == {
        "StringEquals": {
            "secretsmanager:ResourceTag/aws:rds:primaryDBInstanceArn": "arn:aws:rds:eu-central-1:111122223333:db:shop-prod-database"
        }
    }


def test_no_other_role_of_the_stores_may_read_it() -> None:
    readers = [
        one.name
        for one in ours(everything().declared)
        if one.type == "aws:iam/rolePolicy:RolePolicy" and "secret:rds!" in one.inputs["policy"]
    ]
    assert readers == [f"role-{SETUP}-policy"]


def test_it_is_told_where_the_database_is_and_never_the_password() -> None:
    said = named(everything(), f"{SETUP}-function").inputs["environment"]["variables"]
    assert set(said) == {
        "DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "HEARTBEAT_USER", "VERIFIER_USER", "MASTER_SECRET",
    }  # fmt: skip
    assert said["VERIFIER_USER"] == "stormproof_drill"
    assert said["MASTER_SECRET"].startswith("arn:aws:secretsmanager:")


def test_it_runs_by_the_clock_since_it_may_be_repeated() -> None:
    assert named(everything(), f"{SETUP}-by-the-clock").inputs["scheduleExpression"] == "rate(1 hour)"
    assert "functions/database_setup/schema.sql" in str(named(everything(), f"{SETUP}-function").inputs["code"])
    assert everything().outputs["databaseSetup"].value == "function"


def test_off_it_is_somebody_s_work_and_the_outputs_say_so() -> None:
    found = ran({"heartbeat": {"setup": False}})
    assert not [one for one in found.declared if one.name.startswith(SETUP)]
    assert found.outputs["databaseSetup"].value == "by hand"


def test_where_secrets_manager_cannot_be_reached_it_is_not_declared_and_rotation_runs_outside() -> None:
    found = ran(**LAB)
    assert not [one for one in found.declared if one.name.startswith(SETUP)]
    assert found.outputs["databaseSetup"].value == "by hand"
    assert "vpcConfig" not in named(found, "rotation-function").inputs
    assert "ec2:" not in named(found, "role-rotation-policy").inputs["policy"]
    assert "vpcConfig" in named(everything(), "rotation-function").inputs
