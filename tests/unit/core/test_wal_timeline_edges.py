"""Borders of the path over timelines: before its start, and at the fork itself."""

from __future__ import annotations

import pytest
from test_wal_timeline import HISTORY_2, S, frozen, short

from stormproof.core.wal_timeline import NotOneLog, Path, continuity


def test_a_segment_before_the_backups_start_belongs_to_the_backups_own_timeline() -> None:
    path = Path(((3, 5 * S + 40), (4, 7 * S + 40)))
    assert [path.timeline_of_segment(number, S) for number in (4, 5, 6, 7, 8)] == [3, 3, 3, 4, 4]


def test_the_forks_segment_is_not_taken_from_the_old_timeline_once_the_newer_one_has_gone_on() -> None:
    """The old timeline's copy ends in what the newer one gave up."""
    found = continuity(frozen("1:5", "1:6", "2:7", histories={2: HISTORY_2}), start_timeline=1, start_position=5 * S)
    assert (short(found.needed), short(found.missing), found.beyond) == (["1:5", "2:6", "2:7"], ["2:6"], 1)


def test_a_list_that_misses_a_hundred_thousand_segments_is_walked_and_one_that_misses_more_is_none() -> None:
    most = continuity(frozen("1:5", "1:100006"), start_timeline=1, start_position=5 * S)
    assert (len(most.needed), len(most.missing), most.beyond) == (100_002, 100_000, 1)
    with pytest.raises(
        NotOneLog, match="lies 100,002 segments behind the backup's start, and only 2 of them are there"
    ):
        continuity(frozen("1:5", "1:100007"), start_timeline=1, start_position=5 * S)
