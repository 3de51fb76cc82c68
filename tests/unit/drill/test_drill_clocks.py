"""Clocks that disagree are said and taken out; a clock that was set while a drill ran makes the RPO unmeasured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import drill_memory as memory
import pytest

from stormproof.adapters.clock_offset import ClockOffset
from stormproof.core.errors import HostUnreachable
from stormproof.core.finding import Finding
from stormproof.core.heartbeat import Acknowledged, Beat
from stormproof.core.ports import Completed
from stormproof.drill.clocks import Clocks

T0 = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def offsets(**seconds: float) -> dict[str, ClockOffset]:
    return {name: ClockOffset(value, 0.01) for name, value in seconds.items()}


def test_clocks_that_agree_are_not_worth_a_word() -> None:
    found = Clocks.compare(offsets(vault=0.2, web=-0.9), offsets(vault=0.3, web=-0.8))
    assert (found.findings, found.stepped) == ((), {})


@pytest.mark.parametrize(("seconds", "said"), [(90.0, "90.0 s ahead of ours"), (-90.0, "90.0 s behind ours")])
def test_a_clock_that_is_off_is_named_with_its_way(seconds: float, said: str) -> None:
    found = Clocks.compare(offsets(vault=seconds), offsets(vault=seconds))
    assert [(f.code, f.what) for f in found.findings] == [("SP140", f"the clock of vault is {said}")]
    assert found.stepped == {}


@pytest.mark.parametrize(("now", "said"), [(90.0, "set forward by 90.0 s"), (-90.0, "set back by 90.0 s")])
def test_a_clock_that_was_set_while_the_drill_ran_is_named(now: float, said: str) -> None:
    found = Clocks.compare(offsets(vault=0.0), offsets(vault=now))
    assert [f.code for f in found.findings] == ["SP141"]
    assert said in found.stepped["vault"]


def unsure(seconds: float, uncertainty: float) -> dict[str, ClockOffset]:
    return {"vault": ClockOffset(seconds, uncertainty)}


@pytest.mark.parametrize(("seconds", "codes"), [(1.25, []), (-1.25, []), (1.375, ["SP140"]), (-1.375, ["SP140"])])
def test_a_clock_is_off_beyond_a_second_and_what_the_round_trip_leaves_open(seconds: float, codes: list[str]) -> None:
    found = Clocks.compare(unsure(seconds, 0.25), unsure(seconds, 0.25))
    assert [f.code for f in found.findings] == codes


@pytest.mark.parametrize(("moved", "stepped"), [(1.75, False), (-1.75, False), (1.875, True), (-1.875, True)])
def test_a_clock_was_set_beyond_a_second_and_what_both_round_trips_leave_open(moved: float, stepped: bool) -> None:
    found = Clocks.compare(unsure(0.0, 0.25), unsure(moved, 0.5))
    assert ("vault" in found.stepped) is stepped
    assert [f.code for f in found.findings] == (["SP141"] if stepped else [])


def test_a_host_that_does_not_answer_any_more_is_left_to_whoever_needs_it() -> None:
    assert Clocks.compare(offsets(vault=0.0), {}).findings == ()


def test_a_second_look_asks_each_host_and_leaves_out_the_one_that_is_gone() -> None:
    """Our own clock stands still at T0 of the drill: the web host's was set forward by 90 s, the vault answers no more."""
    here = memory.T0.timestamp()
    gone = HostUnreachable("no way to vault", where="vault", fix="look at it")
    hosts = memory.TableHosts(
        {
            "web": memory.TableHost("web", answers=[("EPOCHREALTIME", Completed(0, f"{here + 90:.6f}", "", 0.0))]),
            "vault": memory.TableHost("vault", answers=[("EPOCHREALTIME", gone)]),
            "other": memory.TableHost("other"),
        }
    )
    before = offsets(vault=0.0, web=0.0)
    found = Clocks.look_again(hosts, before, memory.StandingClock())
    assert found.stepped == {"web": "the clock of web was set forward by 90.0 s while the drill ran"}
    assert found.before == before
    assert hosts.hosts["other"].calls == []


def acknowledged(stamps_ahead: float) -> Acknowledged:
    return Acknowledged((Beat(1, T0 + timedelta(seconds=stamps_ahead)),), written=T0)


@pytest.mark.parametrize(
    ("ahead", "seconds", "uncertainty", "codes"),
    [
        (-0.05, 2.0, 0.01, []),  # it was acknowledged 50 ms after it was stamped
        (-1.0, 2.0, 0.01, []),  # what a statement may take
        (-3.0, 2.0, 3.01, []),  # a slow acknowledgement, or a clock: the figure is less certain by as much
        (5.0, 2.0, 5.01, []),  # as long as the heartbeat's statement may take
        (-5.0, 2.0, 5.01, []),
        (5.125, 7.125, 1.01, ["SP139"]),
        (90.0, 92.0, 1.01, ["SP139"]),
        (-90.0, -88.0, 1.01, ["SP139"]),
    ],
)
def test_the_clock_that_stamps_the_beats_is_seen_against_the_writers(
    ahead: float, seconds: float, uncertainty: float, codes: list[str]
) -> None:
    said: list[Finding] = []
    found = Clocks(offsets(web=2.0)).of_stamps("web", acknowledged(ahead), said)
    assert (found.seconds, found.uncertainty_seconds) == (pytest.approx(seconds), pytest.approx(uncertainty))
    assert [f.code for f in said] == codes
