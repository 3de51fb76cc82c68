"""One rung: what AWS would not take is refused, at each bound."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from infra.spec.rungs import Destination, Rung, default_rungs
from infra.spec.vaults import Vault

DAILY = "cron(0 1 ? * * *)"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"schedule": "daily"}, "neither cron"),
        ({"schedule": "cron(0 1 * * * *)"}, "exactly one of day and weekday"),
        ({"startWindow": "59m"}, "59m is below the hour"),
        ({"startWindow": 60}, "60"),
        ({"completionWindow": "0s"}, "needs time to run"),
        ({"keepDays": 0}, "greater than or equal to 1"),
        ({"continuous": True, "keepDays": 36}, "live 35 days at most, not 36"),
        ({"coldAfterDays": 30, "keepDays": 119}, "kept 120 days at least"),
        ({"continuous": True, "keepDays": 35, "coldAfterDays": 1}, "no continuous backup"),
        ({"copies": {"elsewhere": 30}}, "'recovery', 'vault' or 'airGapped'"),
    ],
)
def test_what_aws_would_not_take_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Rung.model_validate({"schedule": DAILY, "keepDays": 30, **given})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [{"startWindow": "60m"}, {"continuous": True, "keepDays": 35}, {"coldAfterDays": 30, "keepDays": 120}],
)
def test_what_lies_at_a_bound_is_taken(given: dict[str, Any]) -> None:
    assert Rung.model_validate({"schedule": DAILY, "keepDays": 30, **given}).schedule == DAILY


def test_a_longer_start_window_costs_rpo() -> None:
    short, long = (
        Rung(schedule=DAILY, keep_days=30, start_window=timedelta(hours=hours)).worst_rpo(timedelta(0), timedelta(0))
        for hours in (1, 8)
    )
    assert (short, long) == (timedelta(hours=25), timedelta(hours=32))


def test_every_rung_of_ours_is_copied_to_another_place() -> None:
    assert all(rung.copies for rung in default_rungs().values())


@pytest.mark.parametrize("destination", Destination)
def test_every_destination_has_its_vault(destination: Destination) -> None:
    assert destination.vault in set(Vault) - {Vault.PRIMARY}
