"""What unpacking took is told from a sample, and what another compression would gain is told from its."""

from __future__ import annotations

import pytest

from stormproof.core.recovery_parts import Expansion, PostgresParts, parse_parts
from stormproof.core.unpacking import predict_compression

GZ, ZST, LZ4 = Expansion(seconds_per_byte=4e-9, size_share=0.3), Expansion(seconds_per_byte=1e-9, size_share=0.3), Expansion(seconds_per_byte=0.5e-9, size_share=0.5)  # fmt: skip
ALONE = PostgresParts(
    transport="ssh", wal_way="prefetch", connections=2, processes=1, cores=2, base_s=4.0, base_bytes=10**9, base_cpu_s=3.0,
    base_busy_share=0.5, compression="zst", expansions={"gz": GZ, "zst": ZST, "lz4": LZ4},
)  # fmt: skip


def read(text: str) -> PostgresParts:
    return parse_parts(
        text, transport="ssh", wal_way="prefetch", connections=2, processes=1, base_s=4.0, base_bytes=10**9
    )


def test_the_hosts_lines_are_read():
    parts = read("compressed zst\nexpand zst 0.008000 8000000 2000000 \nexpand gz 0.032000 8000000 1900000 ")
    assert parts.compression == "zst"
    assert parts.expansions["zst"].seconds_per_byte == pytest.approx(1e-9)
    assert parts.expansions["gz"].size_share == 0.2375
    assert parts.unpacking_s == pytest.approx(1.0)


@pytest.mark.parametrize(
    "line",
    [
        "expand zst 0.1 0 0",
        "expand zst 0.1",
        "expand zst x 1 1",
        "expand rar 0.1 8 2",
        "expand zst 0.1 8 2 9",
        "compressed rar",
    ],
)
def test_what_cannot_be_read_is_not_measured(line: str):
    parts = read(line)
    assert (parts.compression, parts.expansions, parts.unpacking_s) == (None, {}, None)


def test_a_backup_that_is_not_packed_takes_no_unpacking():
    assert ALONE.model_copy(update={"compression": "none"}).unpacking_s == 0


def test_a_restore_may_wait_for_all_of_the_unpacking_or_for_none_of_it():
    found = predict_compression(ALONE, "gz")
    assert found is not None
    assert (found.low_s, found.high_s) == (pytest.approx(-3.0), 0)
    assert not found.says_something


def test_more_bytes_may_cost_what_less_work_gains():
    found = predict_compression(ALONE, "lz4")
    assert found is not None
    assert (found.low_s, found.high_s) == (pytest.approx(-0.2e9 * 3e-9), pytest.approx(0.5))


def test_nothing_to_unpack_is_all_the_more_to_bring():
    found = predict_compression(ALONE, "none")
    assert found is not None
    assert (found.low_s, found.high_s) == (pytest.approx(-0.7e9 * 3e-9), pytest.approx(1.0))


def test_the_same_again_gains_nothing():
    found = predict_compression(ALONE, "zst")
    assert found is not None
    assert (found.gain_s, found.low_s, found.high_s) == (0, 0, 0)


@pytest.mark.parametrize(
    "parts",
    [
        ALONE.model_copy(update={"compression": None}),
        ALONE.model_copy(update={"base_bytes": None}),
        ALONE.model_copy(update={"expansions": {"zst": ZST}}),
    ],
)
def test_what_was_not_tried_on_the_host_is_not_predicted(parts: PostgresParts):
    assert predict_compression(parts, "gz") is None


def test_a_time_that_no_clock_shows_is_left_out():
    assert read(f"cpu base {'9' * 400}m1s 0m1.5s").base_cpu_s == 1.5
