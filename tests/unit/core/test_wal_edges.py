"""Of two copies of one segment the better one counts, and of two equal ones the first that was listed."""

from __future__ import annotations

import pytest

from stormproof.core.wal import SEGMENT_SIZES, FrozenList, Segment, segment_bytes_of

S = 16 << 20
SHA = "a" * 40


def chosen(*segments: Segment) -> Segment:
    (best,) = FrozenList(segments).allowed().values()
    return best


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (Segment(1, 5, "archive"), Segment(1, 5, "stream", SHA, 4096, True)),
        (Segment(1, 5, "stream", SHA, S), Segment(1, 5, "archive")),
        (Segment(1, 5, "stream", SHA, 8192, True), Segment(1, 5, "stream", SHA, 4096, True)),
        (Segment(1, 5, "stream", SHA, 4096, True), Segment(1, 5, "stream", None, 8192, True)),
    ],
    ids=["whole before partial", "with a digest before without", "longer before shorter", "digest before length"],
)
def test_the_better_copy_counts_in_either_order(better: Segment, worse: Segment) -> None:
    assert chosen(better, worse) == chosen(worse, better) == better


def test_of_two_equal_copies_the_first_listed_stays() -> None:
    one, other = Segment(1, 5, "archive", SHA), Segment(1, 5, "stream", SHA, S)
    assert (chosen(one, other), chosen(other, one)) == (one, other)


def test_segments_have_the_sizes_that_initdb_gives() -> None:
    """1 MB to 1 GB, powers of two."""
    assert tuple((1 << 20) * n for n in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)) == SEGMENT_SIZES


def test_a_name_that_a_size_cannot_have_speaks_against_that_size() -> None:
    """Number 0x100 within one stretch of 4 GB: only segments of at most 8 MB go so far, and only one of 1 MB lies there."""
    assert segment_bytes_of([("000000010000000000000100", "0/10000028")]) == 1 << 20
