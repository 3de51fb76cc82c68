"""The recovery environment's settings: safe as they stand, and mistakes are named."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from infra.spec.recovery import RecoverySpec


def test_as_it_stands_it_costs_no_endpoint_and_lies_in_an_account_of_its_own() -> None:
    spec = RecoverySpec()
    assert (spec.drill_running, spec.same_account, spec.restore_testing.enabled) == (False, False, True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"endpoints": ["execute-api"]}, "'kms', 'logs', 'secretsmanager' or 'sts'"),
        ({"restoreTesting": {"kinds": ["EC2"]}}, "where it would be restored to is not declared"),
        ({"restoreTesting": {"validationHours": 0}}, "greater than or equal to 1"),
        ({"restoreTesting": {"validationHours": 169}}, "less than or equal to 168"),
        ({"restoreTesting": {"windowDays": 366}}, "less than or equal to 365"),
        ({"databasePort": 443}, "greater than or equal to 1024"),
        ({"verifierUser": "drop table"}, "pattern"),
    ],
)
def test_a_mistake_is_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RecoverySpec.model_validate(given)
    assert said in str(caught.value)
