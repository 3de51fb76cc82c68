"""Which segments a recovery needs, across timelines, and which are missing."""

from __future__ import annotations

import pytest

from stormproof.core.wal import FrozenList, Segment
from stormproof.core.wal_timeline import Switch, continuity, newest_timeline, parse_history, path_from

S = 16 << 20
HISTORY_2 = "1\t0/6000100\tno recovery target specified\n"
HISTORY_3 = "# a comment\n1\t0/6000100\tno recovery target specified\n\n2\t0/8000000\tbefore 2026-01-01\n"


def frozen(*names: str, histories: dict[int, str] | None = None) -> FrozenList:
    segments = []
    for name in names:
        timeline, number = name.split(":")
        segments.append(Segment(int(timeline), int(number.rstrip("p")), partial=number.endswith("p")))
    return FrozenList(tuple(segments), histories or {})


def short(names: tuple[str, ...]) -> list[str]:
    return [f"{int(n[:8], 16)}:{int(n[16:], 16)}" for n in names]


def test_a_history_is_read_line_by_line() -> None:
    assert parse_history(HISTORY_3) == [
        Switch(1, 0x6000100, "no recovery target specified"),
        Switch(2, 0x8000000, "before 2026-01-01"),
    ]


@pytest.mark.parametrize("text", ["x\t0/1\n", "1\n", "1\tnowhere\n", "2\t0/1\n1\t0/2\n"])
def test_a_wrong_history_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_history(text)


def test_the_newest_timeline_is_found_by_probing_upwards() -> None:
    assert [newest_timeline(1, known) for known in ([], [2], [2, 3], [3], [2, 4])] == [1, 2, 3, 1, 2]


def test_a_list_without_gaps_ends_at_its_newest_segment() -> None:
    found = continuity(frozen("1:4", "1:5", "1:6", "1:7"), start_timeline=1, start_position=5 * S + 40)
    assert (short(found.needed), found.missing, found.last, found.newest, found.beyond) == (
        ["1:5", "1:6", "1:7"],
        (),
        Segment(1, 7),
        Segment(1, 7),
        0,
    )


def test_a_gap_is_named_and_what_lies_behind_it_counted() -> None:
    found = continuity(frozen("1:5", "1:7", "1:8", "1:10"), start_timeline=1, start_position=5 * S)
    assert (short(found.missing), found.last, found.newest, found.beyond) == (
        ["1:6", "1:9"],
        Segment(1, 5),
        Segment(1, 10),
        3,
    )


def test_a_missing_first_segment_leaves_nothing_to_start_from() -> None:
    found = continuity(frozen("1:6"), start_timeline=1, start_position=5 * S)
    assert (short(found.missing), found.last, found.beyond) == (["1:5"], None, 1)


def test_a_partial_segment_is_an_end_and_never_a_link() -> None:
    assert continuity(frozen("1:5", "1:6p"), start_timeline=1, start_position=5 * S).missing == ()
    assert short(continuity(frozen("1:5p", "1:6"), start_timeline=1, start_position=5 * S).missing) == ["1:5"]


def test_an_empty_list_has_no_newest_segment() -> None:
    found = continuity(frozen(), start_timeline=1, start_position=5 * S)
    assert (found.newest, short(found.missing)) == (None, ["1:5"])


def test_after_a_fork_the_segments_of_the_newer_timeline_are_needed() -> None:
    held = frozen("1:5", "1:6", "1:7", "2:6", "2:7", "2:8", histories={2: HISTORY_2})
    found = continuity(held, start_timeline=1, start_position=5 * S)
    assert (short(found.needed), found.missing, found.path.begins) == (
        ["1:5", "2:6", "2:7", "2:8"],
        (),
        ((1, 5 * S), (2, 0x6000100)),
    )


def test_an_old_timelines_copy_does_not_fill_a_gap_of_the_newer() -> None:
    held = frozen("1:5", "1:6", "1:7", "2:6", "2:8", histories={2: HISTORY_2})
    assert short(continuity(held, start_timeline=1, start_position=5 * S).missing) == ["2:7"]


def test_a_fork_that_archived_nothing_yet_ends_in_the_old_timelines_segment() -> None:
    held = frozen("1:5", "1:6", "1:7", histories={2: HISTORY_2})
    found = continuity(held, start_timeline=1, start_position=5 * S)
    assert (short(found.needed), found.missing, found.newest) == (["1:5", "1:6"], (), Segment(1, 6))


def test_three_timelines_are_walked_in_turn() -> None:
    held = frozen("1:5", "2:6", "2:7", "3:8", "3:9", histories={2: HISTORY_2, 3: HISTORY_3})
    found = continuity(held, start_timeline=1, start_position=5 * S)
    assert (short(found.needed), found.missing) == (["1:5", "2:6", "2:7", "3:8", "3:9"], ())


def test_a_backup_of_a_middle_timeline_starts_there() -> None:
    held = frozen("2:7", "3:8", histories={2: HISTORY_2, 3: HISTORY_3})
    assert short(continuity(held, start_timeline=2, start_position=7 * S).needed) == ["2:7", "3:8"]


def test_a_backup_taken_behind_the_fork_cannot_follow_it() -> None:
    with pytest.raises(ValueError, match="timeline 2 does not descend from timeline 1 at 0/7000000"):
        path_from(1, 7 * S, {2: HISTORY_2})


def test_the_first_segment_itself_is_enough() -> None:
    found = continuity(frozen("1:5"), start_timeline=1, start_position=5 * S)
    assert (found.newest, found.missing) == (Segment(1, 5), ())


def test_a_fork_whose_own_segment_is_there_does_not_fall_back() -> None:
    held = frozen("1:5", "1:6", "2:6", histories={2: HISTORY_2})
    assert short(continuity(held, start_timeline=1, start_position=5 * S).needed) == ["1:5", "2:6"]


@pytest.mark.parametrize("start", [0x6000100, 0x60000FF])
def test_a_backup_that_starts_at_or_before_the_fork_follows_it(start: int) -> None:
    assert path_from(1, start, {2: HISTORY_2}).newest == 2


def test_a_backup_of_a_timeline_that_the_newest_does_not_come_from_is_refused() -> None:
    other = "1\t0/6000100\tx\n"
    with pytest.raises(ValueError, match="timeline 3 does not descend from timeline 2"):
        path_from(2, 7 * S, {3: other})
    with pytest.raises(ValueError, match="timeline 4 does not descend from timeline 2"):
        path_from(2, 5 * S, {3: other, 4: "1\t0/6000100\tx\n3\t0/9000000\ty\n"})


def test_one_timeline_cannot_be_left_twice() -> None:
    with pytest.raises(ValueError, match="timelines must ascend"):
        parse_history("1\t0/1\n1\t0/2\n")
