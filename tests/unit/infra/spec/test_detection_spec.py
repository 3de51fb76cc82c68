"""What the settings of detection refuse."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from infra.components.log_group import DAYS_TAKEN
from infra.spec.detection import DetectionSpec, SecurityContact


@pytest.mark.parametrize("key", ["log_days", "lock_days", "keep_days"])
def test_nothing_of_the_audit_is_kept_for_less_than_a_year(key: str) -> None:
    changes: dict[str, Any] = {key: 364}
    with pytest.raises(ValidationError):
        DetectionSpec(**changes)


def test_files_do_not_end_while_they_are_locked() -> None:
    with pytest.raises(ValidationError, match="nothing ends locked"):
        DetectionSpec(lock_days=800, keep_days=730)


def test_the_default_retention_is_one_that_aws_takes() -> None:
    assert DetectionSpec().log_days in DAYS_TAKEN


@pytest.mark.parametrize("phone", ["", "110", "030 901820", "+"])
def test_a_telephone_has_its_country(phone: str) -> None:
    with pytest.raises(ValidationError):
        SecurityContact(phone=phone)


def test_a_finding_s_standard_or_a_feature_that_there_is_not_is_refused() -> None:
    standards: Any = ("cis-aws-foundations-benchmark/v/1.2.0",)
    with pytest.raises(ValidationError):
        DetectionSpec(standards=standards)
