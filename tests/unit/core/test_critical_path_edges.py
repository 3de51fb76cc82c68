"""Borders of the critical path: steps, gaps and the stopwatch that touch each other exactly."""

from __future__ import annotations

from test_critical_path import at, span, told

from stormproof.core.critical_path import critical_path, step_spans


def steps(path: object) -> tuple[str, ...]:
    return path.steps  # type: ignore[attr-defined,no-any-return]


def test_a_step_that_begins_as_the_stopwatch_stops_is_no_part_of_it() -> None:
    spans = [span("a", 0, 4), span("b", 4, 9, "a", phase="start")]
    assert steps(critical_path(spans, t_start=at(0), t_ready=at(4))) == ("a",)


def test_a_step_that_ended_as_the_stopwatch_started_is_walked_to_and_takes_no_time() -> None:
    spans = [span("before", -3, 0, phase="decide"), span("a", 0, 4, "before")]
    path = critical_path(spans, t_start=at(0), t_ready=at(4))
    assert (steps(path), told(path)) == (("before", "a"), {"restore": 4})


def test_a_gap_names_the_step_that_it_cut_and_no_neighbour_that_only_touches_it() -> None:
    spans = [span("a", 0, 2, phase="decide"), span("b", 2, 8, "a"), span("c", 8, 9, "b", phase="start")]
    path = critical_path(spans, t_start=at(0), t_ready=at(9), gaps=[(at(2), at(8))])
    (interrupted,) = [phase for phase in path.phases if phase.name == "interrupted"]
    assert (interrupted.steps, interrupted.seconds) == (["b"], 6)


def test_a_gap_between_steps_names_none() -> None:
    spans = [span("a", 0, 2), span("b", 5, 6, "a", phase="start")]
    path = critical_path(spans, t_start=at(0), t_ready=at(6), gaps=[(at(2), at(5))])
    (interrupted,) = [phase for phase in path.phases if phase.name == "interrupted"]
    assert interrupted.steps == []


def test_gaps_that_touch_or_overlap_are_counted_once() -> None:
    spans = [span("a", 0, 10)]
    gaps = [(at(1), at(3)), (at(3), at(4)), (at(3.5), at(6)), (at(2), at(2))]
    path = critical_path(spans, t_start=at(0), t_ready=at(10), gaps=gaps)
    assert told(path) == {"restore": 5, "interrupted": 5}
    assert [phase.start for phase in path.phases] == [at(0), at(1)]


def test_a_gap_that_covers_a_whole_step_leaves_nothing_of_it() -> None:
    path = critical_path([span("a", 2, 4)], t_start=at(0), t_ready=at(6), gaps=[(at(2), at(4))])
    assert told(path) == {"interrupted": 2}
    assert path.unaccounted_s == 4


def test_a_quarter_of_a_second_after_its_need_a_step_did_not_wait_for_room() -> None:
    spans = [span("need", 0, 2, phase="fetch"), span("other", 0, 2.2), span("end", 2.25, 3, "need", phase="start")]
    assert steps(critical_path(spans, t_start=at(0), t_ready=at(3))) == ("need", "end")
    late = [span("need", 0, 2, phase="fetch"), span("other", 0, 2.2), span("end", 2.26, 3, "need", phase="start")]
    assert steps(critical_path(late, t_start=at(0), t_ready=at(3))) == ("other", "end")


def test_who_made_room_ended_at_most_a_quarter_of_a_second_before_and_not_after_the_start() -> None:
    just = [span("need", 0, 1, phase="fetch"), span("other", 0, 3), span("end", 3.25, 4, "need", phase="start")]
    assert steps(critical_path(just, t_start=at(0), t_ready=at(4))) == ("other", "end")
    late = [span("need", 0, 1, phase="fetch"), span("other", 0, 3), span("end", 3.26, 4, "need", phase="start")]
    assert steps(critical_path(late, t_start=at(0), t_ready=at(4))) == ("need", "end")
    same = [span("need", 0, 1, phase="fetch"), span("other", 0, 3), span("end", 3, 4, "need", phase="start")]
    assert steps(critical_path(same, t_start=at(0), t_ready=at(4))) == ("other", "end")
    after = [span("need", 0, 1, phase="fetch"), span("other", 0, 3.1), span("end", 3, 4, "need", phase="start")]
    assert steps(critical_path(after, t_start=at(0), t_ready=at(4))) == ("need", "end")


def test_gaps_that_touch_are_one_interruption_and_name_the_step_in_which_it_began() -> None:
    spans = [span("a", 0, 4), span("b", 4, 8, "a", phase="start")]
    path = critical_path(spans, t_start=at(0), t_ready=at(8), gaps=[(at(2), at(4)), (at(4), at(6))])
    (interrupted,) = [phase for phase in path.phases if phase.name == "interrupted"]
    assert (interrupted.steps, interrupted.seconds) == (["a"], 4)


def test_the_quarter_of_a_second_is_held_to_the_microsecond() -> None:
    def path(start: float) -> tuple[str, ...]:
        spans = [span("need", 0, 2), span("other", 0, 2.1), span("end", start, 3, "need", phase="start")]
        return steps(critical_path(spans, t_start=at(0), t_ready=at(3)))

    assert (path(2.25), path(2.250001)) == (("need", "end"), ("other", "end"))


def test_of_several_needs_the_last_to_end_goes_before_and_nobody_who_ended_later_still() -> None:
    spans = [
        span("short", 0, 2, phase="fetch"),
        span("long", 0, 6),
        span("stranger", 0, 6.05, phase="fetch"),
        span("end", 6.1, 7, "short", "long", phase="start"),
    ]
    assert steps(critical_path(spans, t_start=at(0), t_ready=at(7))) == ("long", "end")


def test_a_need_that_is_not_among_the_finished_steps_is_passed_over() -> None:
    spans = [span("a", 0, 2), span("end", 2, 3, "a", "skipped", phase="start")]
    assert steps(critical_path(spans, t_start=at(0), t_ready=at(3))) == ("a", "end")


def test_a_step_without_needs_follows_whoever_made_room_just_before_it_or_nobody() -> None:
    spans = [span("other", 0, 3), span("end", 3.1, 4, phase="start")]
    assert steps(critical_path(spans, t_start=at(0), t_ready=at(4))) == ("other", "end")
    late = [span("other", 0, 2), span("end", 3.1, 4, phase="start")]
    assert steps(critical_path(late, t_start=at(0), t_ready=at(4))) == ("end",)


def test_a_gap_well_behind_a_step_takes_nothing_from_it_and_adds_nothing() -> None:
    spans = [span("a", 0, 4), span("b", 9, 10, "a", phase="start")]
    path = critical_path(spans, t_start=at(0), t_ready=at(10), gaps=[(at(6), at(8))])
    assert (told(path), path.unaccounted_s) == ({"restore": 4, "interrupted": 2, "start": 1}, 3.0)


def test_a_step_counts_as_tried_once_unless_somebody_says_otherwise() -> None:
    assert [s.attempts for s in step_spans([span("a", 0, 2)], None, t_start=at(0))] == [1]


def test_a_need_of_no_length_takes_nothing_from_a_step_that_had_begun_before_it() -> None:
    """As when a need is found done at once on resuming, behind the beginning of what needs it."""
    spans = [span("need", 5, 5, phase="decide"), span("a", 3, 8, "need")]
    path = critical_path(spans, t_start=at(0), t_ready=at(8))
    assert (told(path), path.unaccounted_s) == ({"restore": 5}, 3.0)
