"""How far a host's clock is from ours, and answers that are no time."""

from __future__ import annotations

import pytest
from drill_memory import T0, StandingClock, TableHost

from stormproof.adapters.clock_offset import ClockOffset, measure_clock_offset
from stormproof.core.errors import RunFailed
from stormproof.core.ports import Completed


def host(said: str) -> TableHost:
    return TableHost("vault", answers=[("EPOCHREALTIME", Completed(0, said, "", 0.1))])


@pytest.mark.parametrize("ahead", [0.0, 90.0, -0.25])
def test_the_offset_is_how_far_the_host_is_ahead(ahead: float) -> None:
    found = measure_clock_offset(host(f"{T0.timestamp() + ahead:.6f}"), StandingClock())
    assert found == ClockOffset(ahead, 0.0)


@pytest.mark.parametrize(
    "said", ["", "Last login: today\n1700000000.000001", "1700000000,000001", "nan", "1e9", "17", "1" * 400 + ".0"]
)
def test_an_answer_that_is_no_time_is_told_with_its_host_and_never_taken_for_one(said: str) -> None:
    with pytest.raises(RunFailed) as caught:
        measure_clock_offset(host(said), StandingClock())
    assert (caught.value.code, caught.value.where) == ("SP279", "vault")
    assert len(caught.value.what) < 200
