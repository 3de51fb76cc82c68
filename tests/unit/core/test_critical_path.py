"""The critical path: phases and what is unaccounted add up to t_ready - t_start, to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from stormproof.core.critical_path import CriticalPath, Span, critical_path, step_spans

BEGIN = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def span(step: str, start: float, end: float, *needs: str, phase: str = "restore") -> Span:
    return Span(step, f"Step {step}", phase, needs, at(start), at(end))


def told(path: CriticalPath) -> dict[str, float]:
    return {phase.name: phase.seconds for phase in path.phases}


def test_a_chain_is_cut_into_its_phases() -> None:
    spans = [span("a", 1, 3, phase="decide"), span("b", 3, 8, "a"), span("c", 8, 9, "b", phase="start")]
    path = critical_path(spans, t_start=at(0), t_ready=at(9))
    assert told(path) == {"decide": 2, "restore": 5, "start": 1}
    assert (path.unaccounted_s, path.total_s, path.steps) == (1.0, 9.0, ("a", "b", "c"))
    assert [phase.start for phase in path.phases] == [at(1), at(3), at(8)]


def test_of_two_side_by_side_only_the_one_that_was_waited_for_counts() -> None:
    spans = [span("short", 0, 2, phase="fetch"), span("long", 0, 6), span("end", 6, 7, "short", "long", phase="start")]
    path = critical_path(spans, t_start=at(0), t_ready=at(7))
    assert told(path) == {"restore": 6, "start": 1}
    assert path.steps == ("long", "end")


def test_a_phase_that_comes_twice_is_one_entry() -> None:
    spans = [span("a", 0, 1), span("b", 1, 3, "a", phase="replay"), span("c", 3, 6, "b")]
    path = critical_path(spans, t_start=at(0), t_ready=at(6))
    assert [(phase.name, phase.seconds, phase.steps) for phase in path.phases] == [
        ("restore", 4, ["a", "c"]),
        ("replay", 2, ["b"]),
    ]


def test_time_without_an_executor_is_interrupted_whether_in_a_step_or_between_steps() -> None:
    spans = [span("a", 0, 10), span("b", 14, 15, "a", phase="start")]
    path = critical_path(spans, t_start=at(0), t_ready=at(15), gaps=[(at(2), at(7)), (at(10), at(13.5))])
    assert told(path) == {"restore": 5, "interrupted": 8.5, "start": 1}
    assert path.unaccounted_s == 0.5


def test_gaps_outside_the_stopwatch_do_not_count() -> None:
    path = critical_path([span("a", 0, 4)], t_start=at(1), t_ready=at(3), gaps=[(at(-5), at(1)), (at(3), at(9))])
    assert told(path) == {"restore": 2}


def test_steps_are_cut_at_start_and_at_ready() -> None:
    spans = [span("before", -5, -1, phase="decide"), span("a", -1, 2, "before"), span("b", 2, 9, "a", phase="start")]
    path = critical_path(spans, t_start=at(0), t_ready=at(5))
    assert told(path) == {"restore": 2, "start": 3}
    assert path.steps == ("a", "b")


def test_steps_that_began_after_ready_do_not_count() -> None:
    path = critical_path([span("a", 0, 2), span("late", 3, 4, "a")], t_start=at(0), t_ready=at(2))
    assert (told(path), path.steps) == ({"restore": 2}, ("a",))


def test_the_last_step_can_be_named_when_another_ended_later() -> None:
    spans = [span("ready", 0, 3, phase="start"), span("beside", 0, 3.2)]
    assert told(critical_path(spans, t_start=at(0), t_ready=at(3), last="ready")) == {"start": 3}


def test_a_step_that_waited_for_a_free_place_follows_the_one_that_made_room() -> None:
    spans = [span("a", 0, 1), span("other", 0, 5, phase="fetch"), span("b", 5.001, 6, "a", phase="start")]
    path = critical_path(spans, t_start=at(0), t_ready=at(6))
    assert path.steps == ("other", "b")


def test_without_any_step_all_is_unaccounted() -> None:
    path = critical_path([], t_start=at(0), t_ready=at(2))
    assert (path.phases, path.unaccounted_s, path.steps) == ([], 2.0, ())


def test_the_timeline_says_which_steps_were_critical() -> None:
    spans = [span("long", 0.5, 6), span("short", 0, 2)]
    path = critical_path(spans, t_start=at(0), t_ready=at(6))
    assert [(s.step, s.offset_s, s.seconds, s.critical) for s in step_spans(spans, path, t_start=at(0))] == [
        ("short", 0.0, 2.0, False),
        ("long", 0.5, 5.5, True),
    ]


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[Span], list[tuple[datetime, datetime]], datetime, datetime]:
    """Steps in any order of needs, with starts after their needs' ends, gaps anywhere."""
    spans: list[Span] = []
    for number in range(draw(st.integers(0, 7))):
        needs = draw(st.lists(st.sampled_from([s.step for s in spans]), max_size=3, unique=True)) if spans else []
        earliest = max((s.end for s in spans if s.step in needs), default=BEGIN)
        start = earliest + timedelta(microseconds=draw(st.integers(0, 2_000_000)))
        end = start + timedelta(microseconds=draw(st.integers(0, 9_000_000)))
        phase = draw(st.sampled_from(["fetch", "restore", "replay", "start"]))
        spans.append(Span(f"s{number}", "", phase, tuple(needs), start, end))
    instants = st.integers(-1_000_000, 40_000_000).map(lambda us: BEGIN + timedelta(microseconds=us))
    gaps = [tuple(sorted(pair)) for pair in draw(st.lists(st.tuples(instants, instants), max_size=3))]
    start, ready = sorted(draw(st.tuples(instants, instants)))
    return spans, gaps, start, ready  # type: ignore[return-value]


@given(runs())
def test_it_always_adds_up_to_the_microsecond(
    case: tuple[list[Span], list[tuple[datetime, datetime]], datetime, datetime],
) -> None:
    spans, gaps, start, ready = case
    path = critical_path(spans, t_start=start, t_ready=ready, gaps=gaps)
    parts = [round(phase.seconds * 1e6) for phase in path.phases] + [round(path.unaccounted_s * 1e6)]
    assert sum(parts) == (ready - start) // timedelta(microseconds=1)
    assert min(parts) >= 0
    assert len({phase.name for phase in path.phases}) == len(path.phases)
    assert all(start <= phase.start <= ready for phase in path.phases)
