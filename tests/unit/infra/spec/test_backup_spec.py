"""Backup classes: what they promise they can keep, and what no vault would take is refused before AWS is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from infra.spec.backup import BackupSpec, default_classes
from infra.spec.vaults import Vault

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _refused(given: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        BackupSpec.model_validate(given)
    return str(caught.value.errors()[0]["msg"])


@pytest.mark.parametrize(
    ("name", "worst"),
    [
        ("continuous", timedelta(minutes=15)),
        ("hourly", HOUR + HOUR + HOUR + HOUR),  # interval, start window, backup, copy
        ("daily", DAY + HOUR + 4 * HOUR),
        ("weekly", 7 * DAY + HOUR + 4 * HOUR),
        ("monthly", 31 * DAY + HOUR + 4 * HOUR),
    ],
)
def test_a_class_of_ours_keeps_what_it_promises(name: str, worst: timedelta) -> None:
    spec = BackupSpec()
    assert spec.worst_rpo(name) == worst <= spec.classes[name].rpo


def test_once_the_region_is_gone_a_continuous_backup_is_as_old_as_its_copies() -> None:
    assert BackupSpec().worst_rpo_elsewhere("continuous") == DAY + HOUR + 2 * HOUR


def test_without_a_copy_nothing_is_left_elsewhere() -> None:
    spec = BackupSpec.model_validate(
        {
            "rungs": {"local": {"schedule": "cron(0 1 ? * * *)", "keepDays": 30}},
            "classes": {"local": {"rungs": ["local"], "rpo": "30h"}},
        }
    )
    assert spec.worst_rpo_elsewhere("local") is None


def test_every_class_of_ours_is_copied_elsewhere() -> None:
    assert not [name for name in default_classes() if BackupSpec().worst_rpo_elsewhere(name) is None]


@pytest.mark.parametrize(("rpo", "good"), [("28h", False), ("29h", True), ("30h", True)])
def test_an_rpo_that_the_schedule_cannot_keep_is_refused(rpo: str, good: bool) -> None:
    given = {"classes": {"daily": {"rungs": ["daily"], "rpo": rpo}}}
    if good:
        assert BackupSpec.model_validate(given).classes["daily"].rpo == int(rpo[:-1]) * HOUR
    else:
        assert "classes.daily promises an RPO of 1d4h and may lose 1d5h" in _refused(given)


def test_an_hourly_class_cannot_promise_an_hour() -> None:
    given = {"classes": {"hourly": {"rungs": ["hourly"], "rpo": "1h", "backupDuration": "0s", "copyDuration": "0s"}}}
    assert "may lose 2h" in _refused(given)  # the start window alone is an hour


def test_what_is_given_stands_beside_ours() -> None:
    spec = BackupSpec.model_validate(
        {
            "rungs": {"yearly": {"schedule": "cron(0 6 1 1 ? *)", "keepDays": 400}},
            "classes": {"yearly": {"rungs": ["yearly"], "rpo": "370d"}},
        }
    )
    assert set(spec.classes) == {"continuous", "hourly", "daily", "weekly", "monthly", "yearly"}


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        (6, "no backup in the vault 'primary': it is kept 6 days, and the lock asks for 7 at least"),
        (401, "no backup in the vault 'primary': it is kept 401 days, and the lock allows 400 at most"),
    ],
)
def test_a_lifetime_outside_the_lock_is_refused(keep: int, said: str) -> None:
    assert said in _refused({"rungs": {"daily": {"schedule": "cron(0 1 ? * * *)", "keepDays": keep}}})


@pytest.mark.parametrize("keep", [7, 400])
def test_a_lifetime_at_the_lock_s_bound_is_taken(keep: int) -> None:
    assert BackupSpec.model_validate({"rungs": {"x": {"schedule": "cron(0 1 ? * * *)", "keepDays": keep}}}).rungs["x"]


def test_a_copy_s_lifetime_is_held_against_its_own_vault() -> None:
    rung = {"schedule": "cron(0 1 ? * * *)", "keepDays": 7, "copies": {"vault": 29}}
    assert "in the vault 'vault': it is kept 29 days, and the lock asks for 30" in _refused({"rungs": {"daily": rung}})


def test_a_copy_into_an_air_gapped_vault_needs_the_vault() -> None:
    rung = {"schedule": "cron(0 1 ? * * *)", "keepDays": 30, "copies": {"airGapped": 30}}
    assert "there is none: set backup.airGapped" in _refused({"rungs": {"daily": rung}})
    with_it = BackupSpec.model_validate({"rungs": {"daily": rung}, "airGapped": {}})
    assert with_it.bounds(Vault.AIR_GAPPED) is not None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"classes": {"a": {"rungs": ["never"], "rpo": "1d"}}}, "has the rung 'never'"),
        ({"optIn": ["RDS", "Rds"]}, "AWS Backup has no kind 'Rds'"),
        ({"locks": {"primary": {"minDays": 40, "maxDays": 30}}}, "nothing would be kept"),
        ({"locks": {"primary": {"changeableForDays": 2}}}, "greater than or equal to 3"),
        ({"airGapped": {"minDays": 6}}, "greater than or equal to 7"),
    ],
)
def test_a_mistake_is_named(given: dict[str, Any], said: str) -> None:
    assert said in _refused(given)


# -- what a store may choose


def test_a_database_is_never_backed_up_continuously_by_aws_backup() -> None:
    problem = BackupSpec().problem_of("RDS", "continuous", HOUR)
    assert problem is not None
    assert "the database's own point-in-time recovery" in problem
    assert BackupSpec().problem_of("S3", "continuous", HOUR) is None


def test_a_store_s_own_point_in_time_recovery_counts() -> None:
    quarter = timedelta(minutes=15)
    assert BackupSpec().problem_of("RDS", "daily", quarter, point_in_time=timedelta(minutes=5)) is None
    assert (
        BackupSpec().problem_of("EFS", "daily", quarter) == "it promises an RPO of 15m, and class 'daily' may lose 1d5h"
    )


def test_a_kind_that_is_not_opted_in_is_told() -> None:
    assert BackupSpec().problem_of("FSx", "daily", 2 * DAY) == "AWS Backup would pass it over: add FSx to backup.optIn"


def test_a_class_that_is_not_there_is_told() -> None:
    problem = BackupSpec().problem_of("EFS", "dayly", 2 * DAY)
    assert problem is not None
    assert "no backup class 'dayly'; one of continuous, hourly" in problem


# -- what nobody can take away again


@pytest.mark.parametrize(
    "given",
    [{"airGapped": {}}, {"locks": {"vault": {"minDays": 30, "changeableForDays": 3}}}, {"locks": {"primary": {"changeableForDays": 30}}}],
)  # fmt: skip
def test_a_lock_that_holds_for_ever_is_asked_for_twice(given: dict[str, Any]) -> None:
    spec = BackupSpec.model_validate(given)
    with pytest.raises(ValueError, match="set stormproof:acknowledgeComplianceLock to true"):
        spec.check_acknowledged(acknowledged=False)
    spec.check_acknowledged(acknowledged=True)


def test_locks_of_ours_are_governance_locks() -> None:
    assert BackupSpec().compliance_locked() == []
    BackupSpec().check_acknowledged(acknowledged=False)
