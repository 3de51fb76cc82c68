"""What the stores promise is held against what their backups can keep, before anything is asked of AWS."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from infra.spec.backup import BackupSpec
from infra.spec.data import DataSpec, SecretsSpec
from tests.support.infra_components import settings


def test_the_database_and_the_files_are_on_and_the_rest_is_asked_for() -> None:
    spec = DataSpec()
    assert [name for name in type(spec).model_fields if getattr(spec, name) is None] == ["table", "file_system"]


def test_every_default_promise_can_be_kept() -> None:
    DataSpec.model_validate({"table": {}, "fileSystem": {}}).check_promises(BackupSpec())


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"database": {"backup": "never"}}, "data.database: there is no backup class 'never'"),
        ({"database": {"backup": "continuous"}}, "data.database: class 'continuous' is continuous"),
        ({"database": {"rpo": "1m"}}, "data.database: it promises an RPO of 1m"),
        ({"files": {"backup": "daily"}}, "data.files: it promises an RPO of 15m"),
        ({"table": {"rpo": "2m"}}, "data.table: it promises an RPO of 2m"),
        ({"fileSystem": {"rpo": "1h"}}, "data.fileSystem: it promises an RPO of 1h"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_refused(data: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        DataSpec.model_validate(data).check_promises(BackupSpec())


def test_a_stack_of_the_service_is_refused_for_it_and_another_layer_s_is_not() -> None:
    broken = {"data": {"database": {"rpo": "1m"}}}
    with pytest.raises(ValidationError, match=r"data\.database: it promises"):
        settings(layers=["primary"], **broken)
    settings(layers=["vault"], **broken)


def test_a_kind_that_backups_leave_out_is_refused() -> None:
    with pytest.raises(ValueError, match=r"add RDS to backup\.optIn"):
        DataSpec().check_promises(BackupSpec(opt_in=("S3",), audited_kinds=("S3",)))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"database": {"storageGib": 600}}, "storageMaxGib: 500 is less than storageGib, 600"),
        ({"database": {"monitoringSeconds": 7}}, "AWS takes 0, 1, 5, 10, 15, 30 or 60, not 7"),
        ({"database": {"pointInTimeDays": 36}}, "less than or equal to 35"),
        ({"database": {"pointInTimeDays": 0}}, "greater than or equal to 1"),
        ({"fileSystem": {"coldAfterDays": 8}}, "not 8"),
        ({"heartbeat": {"silentMinutes": 2}}, "greater than or equal to 3"),
        ({"database": {"password": "x"}}, "Extra inputs are not permitted"),
    ],
)
def test_what_aws_would_not_take_is_refused(data: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        DataSpec.model_validate(data)


def test_secrets_are_renewed_each_quarter_at_the_latest() -> None:
    with pytest.raises(ValidationError, match="less than or equal to 90"):
        SecretsSpec(rotation_days=91)
