"""What dominates a recovery is named from measured parts, and each remedy's gain is predicted from them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stormproof.core.bottleneck import bottlenecks, predict, predict_fresher_backup, seconds_per_wal_byte
from stormproof.core.drill_result import StepSpan
from stormproof.core.procedure import TOOLS_DEFAULTS, Procedure
from stormproof.core.recovery_parts import PostgresParts, parse_parts

AT = datetime(2026, 1, 1, tzinfo=UTC)
# The tools' defaults on two cores, as they were measured with 31 files of real WAL.
DEFAULTS = PostgresParts(
    transport="ssh", wal_way="on-demand", connections=1, processes=1, cores=2, base_s=12.7, base_cpu_s=10.0, base_busy_share=0.6,
    base_bytes=1_940_000_000, wal_files=31, wal_bytes=31 * 16 * 2**20, wal_get_s=31 * 0.57, wal_got=31, wal_extra=4,
    wal_waited_s=35 * 0.58, wal_first_wait_s=0.58, redo_s=34 * 0.58 + 1.5, prefetch_first_s=0.5, prefetch_next_s=0.2,
    one_get_s={"ssh": 0.57, "tls": 0.16},
)  # fmt: skip
FAST = DEFAULTS.model_copy(
    update={
        "wal_way": "prefetch", "connections": 2, "processes": 2, "base_s": 8.2, "wal_get_s": 6.4, "wal_extra": 0,
        "wal_waited_s": 5.0, "wal_first_wait_s": 0.5, "redo_s": 6.0,
    }
)  # fmt: skip


def step(name: str, seconds: float, *, start: float = 0.0, critical: bool = True, attempts: int = 1) -> StepSpan:
    return StepSpan(
        step=name, title=name.rpartition(".")[2], phase="restore", start=AT, offset_s=start, seconds=seconds,
        critical=critical, attempts=attempts,
    )  # fmt: skip


STEPS = [step("choose_point", 0.5), step("restore_base", 12.7, start=0.5), step("replay", 21.8, start=13.2)]


def test_parts_are_told_largest_first_and_with_their_share():
    found = bottlenecks(STEPS, 35.0, parts=DEFAULTS)
    assert [one.remedy_id for one in found] == ["prefetch", "processes", "fresher-backup"]
    assert found[0].seconds == pytest.approx(20.3)
    assert found[0].share == pytest.approx(0.58)
    assert "31 files, 0.57 s each" in found[0].what
    assert "0.41 s of a single one is ssh's connection" in found[0].what


def test_each_prediction_stands_between_its_bounds():
    for one in bottlenecks(STEPS, 35.0, parts=DEFAULTS):
        assert one.predicted_gain_s is not None
        assert one.gain_low_s is not None
        assert one.gain_high_s is not None
        assert one.gain_low_s <= one.predicted_gain_s <= one.gain_high_s


def test_a_tls_server_saves_what_the_connections_cost():
    # Measured: 17.1 to 18.2 s over ssh, 4.4 to 5.5 s over TLS, for 31 files.
    found = predict(DEFAULTS, Procedure(transport="tls", wal="on-demand", connections=1, processes=1))
    assert found is not None
    assert found.gain_s == pytest.approx(35 * 0.41 + 2 * 0.41, rel=0.1)


def test_fetching_ahead_saves_the_waiting_that_replay_does_not_cover():
    found = predict(DEFAULTS, Procedure(processes=1))
    assert found is not None
    assert 20.3 - 7 <= found.gain_s <= 20.3 - 0.5


def test_the_tools_defaults_are_predicted_as_a_loss():
    found = predict(FAST, TOOLS_DEFAULTS)
    assert found is not None
    # The base takes longer by about 5 s, the WAL by about 15 s.
    assert -26 < found.gain_s < -16
    assert found.low_s < found.gain_s < found.high_s


def test_the_same_procedure_gains_nothing():
    found = predict(FAST, Procedure(processes=2))
    assert found is not None
    assert (found.gain_s, found.low_s, found.high_s) == (0.0, 0.0, 0.0)


def test_more_processes_than_cores_gain_nothing():
    found = predict(FAST, Procedure(processes=8))
    assert found is not None
    assert found.gain_s == 0.0


def test_what_was_not_measured_is_not_predicted():
    unprobed = DEFAULTS.model_copy(update={"one_get_s": {"ssh": 0.57}, "prefetch_next_s": None})
    assert predict(unprobed, Procedure(transport="tls", wal="on-demand", connections=1, processes=1)) is None
    assert predict(unprobed, Procedure(processes=1)) is None
    assert all(
        one.predicted_gain_s is None for one in bottlenecks(STEPS, 35.0, parts=unprobed) if one.remedy_id == "prefetch"
    )


def test_a_fresher_backup_saves_by_the_byte_of_wal():
    found = predict_fresher_backup(DEFAULTS)
    assert found is not None
    rate = seconds_per_wal_byte(DEFAULTS)
    assert rate is not None
    # Without the four files asked for in vain at the end, which remain.
    assert found.gain_s == pytest.approx(29 * (0.57 + 0.01 + DEFAULTS.replay_busy_s / 31), rel=0.01)
    assert found.gain_s < rate * 29 * 16 * 2**20


def test_a_gain_ends_where_the_files_way_becomes_the_longer_one():
    steps = [
        *(step(f"postgres.{s.step}", s.seconds, start=s.offset_s) for s in STEPS),
        step("postgres.disarm_catalog", 0.2, start=35.0),
        step("files.restore", 33.0, start=0.0, critical=False),
    ]
    found = bottlenecks(steps, 35.5, parts=DEFAULTS)
    assert all((one.predicted_gain_s or 0.0) <= 2.2 + 1e-6 for one in found)


def test_retries_waits_and_our_own_gaps_are_named():
    found = bottlenecks([step("restore", 10.0, attempts=3)], 20.0, unaccounted_s=0.5, interrupted_s=5.0, parts=None)
    texts = " | ".join(one.what for one in found)
    assert "tried again: restore (3 times)" in texts
    assert "nobody was at work" in texts
    assert "our own gaps" in texts


def test_a_recovery_without_parts_is_told_by_its_steps():
    found = bottlenecks(STEPS, 35.0)
    assert [one.what for one in found] == ["replay", "restore_base"]


def test_the_hosts_own_records_become_parts():
    parts = parse_parts(
        "cores 2\n"
        "fetched 000000010000000000000004 fetched 0.500000 archive 1.0\n"
        "fetched 000000010000000000000005 fetched 0.700000 archive 2.0\n"
        "fetched 000000010000000000000006 fetched 0.100000 stream 3.0\n"
        "fetched 000000010000000000000007 damaged 0.100000 archive 3.0\n"
        "asked 1.0 000000010000000000000004 given 0.510000\n"
        "asked 2.0 000000010000000000000005 given 0.700000\n"
        "asked 3.0 00000002.history refused 0.400000\n"
        "extra 00000002.history 0.400000\n"
        "redo 2026 LOG:  redo done at 0/7 system usage: CPU: user: 0.86 s, system: 0.90 s, elapsed: 1.75 s\n"
        "cpu base 0m0.003s 0m0.001s\ncpu base 0m4.200s 1m1.100s\n"
        "host 1360 1600\nbased 0.250000\n"
        "size 50331648\nget ssh 0 0.570000\nget tls 125 0.100000\nnonsense\n",
        transport="ssh", wal_way="on-demand", connections=1, processes=None, base_s=8.0, base_bytes=10,
    )  # fmt: skip
    assert (parts.processes, parts.wal_files, parts.wal_got, parts.wal_extra) == (2, 3, 2, 1)
    assert parts.wal_get_s == pytest.approx(1.2)
    assert parts.wal_waited_s == pytest.approx(1.61)
    # The first file was waited for before redo, the history after it.
    assert parts.replay_busy_s == pytest.approx(1.75 - 0.7)
    assert parts.head_start_s == pytest.approx(1.0 - 0.51 - 0.25)
    assert parts.base_busy_share == pytest.approx(0.85)
    assert parts.base_cpu_s == pytest.approx(65.304)
    assert parts.one_get_s == {"ssh": 0.57}


@pytest.mark.parametrize(
    "text", ["", "cores x\nfetched\nasked a b\nget ssh\nredo\nsize\ncpu base\nhost 1 0\nhost x\nbased", "\0\n" * 5]
)
def test_what_cannot_be_read_is_not_measured(text: str):
    parts = parse_parts(
        text, transport="ssh", wal_way="prefetch", connections=2, processes=None, base_s=None, base_bytes=None
    )
    assert (parts.redo_s, parts.base_cpu_s, parts.one_get_s, parts.wal_got) == (None, None, {}, 0)
    assert bottlenecks(STEPS, 35.0, parts=parts) is not None


def test_the_segment_that_there_is_not_ends_redo():
    parts = parse_parts(
        "asked 1.0 00000002.history refused 0.300000\nasked 2.0 000000010000000000000004 given 0.500000\n"
        "asked 3.0 000000010000000000000005 given 0.600000\nasked 4.0 000000010000000000000006 refused 0.400000\n"
        "asked 5.0 000000010000000000000005 given 0.100000\nasked 6.0 00000002.history refused 0.400000\n"
        "redo 2026 LOG:  redo done at 0/7 system usage: CPU: user: 0.8 s, system: 0.9 s, elapsed: 1.50 s\n"
        "based 1.100000\n",
        transport="ssh", wal_way="on-demand", connections=1, processes=1, base_s=8.0, base_bytes=10,
    )  # fmt: skip
    assert parts.replay_busy_s == pytest.approx(1.5 - 1.0)
    assert parts.head_start_s == pytest.approx(2.0 - 0.5 - 1.1)
    assert parts.wal_waited_s == pytest.approx(2.3)


def test_an_object_store_is_told_by_its_name_and_offered_no_tls_server():
    stored = FAST.model_copy(update={"transport": "object-store", "one_get_s": {"object-store": 0.3}})
    found = bottlenecks(STEPS, 20.0, parts=stored, has_tls=False)
    assert any("WAL fetched over object-store" in one.what for one in found)
    assert "tls" not in [one.remedy_id for one in found]
