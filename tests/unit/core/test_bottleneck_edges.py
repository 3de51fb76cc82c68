"""Borders of what is told of a recovery's time: what is worth a line, in which words, and with which remedy's gain."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from test_bottleneck import DEFAULTS, FAST, STEPS, step

from stormproof.core.bottleneck import bottlenecks, predict, predict_fresher_backup, room_beside
from stormproof.core.drill_result import Bottleneck, StepSpan
from stormproof.core.procedure import Procedure
from stormproof.core.recovery_parts import Expansion, PostgresParts

BY_TLS = FAST.model_copy(update={"transport": "tls"})


def told(parts: PostgresParts, steps: Sequence[StepSpan] = STEPS, **more: bool) -> dict[str, Bottleneck]:
    """What is told, by its first two words: `base backup`, `WAL fetched`, `WAL replayed`."""
    found = bottlenecks(steps, 35.0, parts=parts, **more)
    return {" ".join(one.what.split()[:2]): one for one in found}


def test_a_recovery_that_took_no_time_has_no_bottleneck():
    assert bottlenecks(STEPS, 0.0) == []


def test_a_recovery_of_less_than_a_second_is_told_like_any_other():
    (found,) = bottlenecks([step("replay", 0.5)], 0.5)
    assert (found.seconds, found.share) == (0.5, 1.0)


def test_a_step_is_told_from_a_tenth_of_the_whole_on():
    steps = [step("a", 2.0), step("b", 1.99), step("c", 16.0)]
    assert [one.what for one in bottlenecks(steps, 20.0)] == ["c", "a"]


def test_a_step_beside_the_critical_path_is_not_told_however_long():
    assert bottlenecks([step("a", 20.0, critical=False)], 20.0) == []


def test_a_step_with_a_text_of_its_own_is_told_in_it_whatever_book_it_is_from():
    found = bottlenecks([step("files.restore", 10.0), step("a.b.choose_point", 5.0)], 20.0, parts=DEFAULTS)
    assert [(one.what, one.remedy) for one in found] == [
        ("files restored by restic", "fewer or larger files, or a faster way to the vault"),
        ("list of backups read", "a cheaper connection to the vault (tls)"),
    ]


def test_steps_that_are_told_by_their_parts_are_not_told_twice():
    of_a_book = [step(f"postgres.{one.step}", one.seconds, start=one.offset_s) for one in STEPS]
    assert bottlenecks(of_a_book, 35.0, parts=DEFAULTS) == bottlenecks(STEPS, 35.0, parts=DEFAULTS)
    assert not {"replay", "restore_base"} & {one.what for one in bottlenecks(of_a_book, 35.0, parts=DEFAULTS)}


@pytest.mark.parametrize(("seconds", "lines"), [(0.4, 1), (0.392, 1), (0.388, 0), (0.3, 0)])
def test_what_rounds_to_less_than_a_fiftieth_is_not_worth_a_line(seconds: float, lines: int):
    assert len(bottlenecks([], 20.0, interrupted_s=seconds)) == lines
    assert len(bottlenecks([], 20.0, unaccounted_s=seconds)) == lines


def test_seconds_shares_and_gains_are_told_to_a_thousandth():
    parts = DEFAULTS.model_copy(
        update={"base_s": 12.70049, "wal_waited_s": 20.30049, "prefetch_first_s": 0.50013, "prefetch_next_s": 0.20017}
    )
    found = bottlenecks([*STEPS, step("odd", 7.00049)], 35.0, parts=parts, interrupted_s=3.00049, unaccounted_s=2.00049)
    assert [one.seconds for one in found] == [20.3, 12.7, 7.0, 3.0, 2.0, 1.5]
    assert [one.share for one in found] == [0.58, 0.363, 0.2, 0.086, 0.057, 0.043]
    gain = predict(parts, Procedure(processes=1))
    assert gain is not None
    exact = (gain.gain_s, gain.low_s, gain.high_s)
    shown = (found[0].predicted_gain_s, found[0].gain_low_s, found[0].gain_high_s)
    assert shown == tuple(round(one, 3) for one in exact)
    assert all(one != round(other, 4) for one, other in zip(shown, exact, strict=True))


@pytest.mark.parametrize(("attempts", "told_again"), [(1, False), (2, True)])
def test_a_second_attempt_is_named_and_a_first_is_not(attempts: int, told_again: bool):
    found = bottlenecks([step("a", 10.0, attempts=attempts)], 20.0)
    assert ("tried again: a (2 times)" in [one.what for one in found]) is told_again


def test_only_attempts_on_the_critical_path_count_and_their_time_is_summed_up():
    steps = [
        step("a", 4.0004, attempts=2), step("b", 5.0004, attempts=3), step("c", 3.0),
        step("beside", 9.0, attempts=4, critical=False),
    ]  # fmt: skip
    (again,) = [one for one in bottlenecks(steps, 20.0) if one.what.startswith("tried")]
    assert (again.what, again.seconds) == ("tried again: a (2 times), b (3 times)", 9.001)


@pytest.mark.parametrize(
    ("changed", "busy"),
    [
        ({}, ", 0.8 cores busy"),
        ({"base_cpu_s": None}, ""),
        (
            {"compression": "gz", "expansions": {"gz": Expansion(seconds_per_byte=1e-9, size_share=0.4)}},
            ", 0.8 cores busy, 1.9 s of their time unpacks gz",
        ),
    ],
)
def test_a_base_restore_says_how_busy_it_kept_the_cores_where_that_is_known(changed: dict[str, object], busy: str):
    found = told(DEFAULTS.model_copy(update=changed))["base backup"]
    assert found.what == f"base backup restored by 1 of 2 possible processes{busy}"
    assert (found.remedy, found.remedy_id) == ("2 processes", "processes")


def test_with_as_many_processes_as_cores_there_is_no_remedy_to_predict():
    found = told(DEFAULTS.model_copy(update={"processes": 2}))["base backup"]
    assert (found.remedy, found.remedy_id) == ("more cores, or a faster way to the vault", None)
    assert (found.predicted_gain_s, found.gain_low_s, found.gain_high_s) == (None, None, None)


def test_a_range_with_zero_in_it_is_told_by_its_bounds_alone():
    found = told(DEFAULTS.model_copy(update={"base_busy_share": 1.0}))["base backup"]
    assert (found.predicted_gain_s, found.gain_low_s) == (None, 0.0)
    assert found.gain_high_s is not None
    assert found.gain_high_s > 1


@pytest.mark.parametrize(
    ("critical", "names"), [("restore_base", {"base backup"}), ("replay", {"WAL fetched", "WAL replayed"})]
)
def test_parts_of_a_step_beside_the_critical_path_are_not_told(critical: str, names: set[str]):
    steps = [step(one.step, one.seconds, start=one.offset_s, critical=one.step == critical) for one in STEPS]
    assert set(told(DEFAULTS, steps)) == names


def test_a_base_restore_whose_time_nobody_took_is_not_told():
    assert "base backup" not in told(DEFAULTS.model_copy(update={"base_s": None}))


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"wal_waited_s": 0.0, "wal_first_wait_s": 0.0, "wal_redo_wait_s": 0.0}, {"WAL replayed"}),
        ({"wal_got": 0, "wal_get_s": 0.0}, {"WAL replayed"}),
        ({"redo_s": None}, {"WAL fetched"}),
    ],
)
def test_no_line_is_told_of_wal_that_nobody_waited_for_or_fetched_or_replayed(
    changed: dict[str, object], names: set[str]
):
    assert set(told(DEFAULTS.model_copy(update=changed))) - {"base backup"} == names


def test_wal_that_is_fetched_ahead_is_told_so_and_a_tls_server_is_its_remedy():
    found = told(FAST)["WAL fetched"]
    assert found.what == (
        "WAL fetched over ssh, ahead of replay: 31 files, 0.21 s each, 0.41 s of a single one is ssh's connection"
    )
    assert (found.remedy, found.remedy_id) == ("pgBackRest's TLS server at the vault, not set up yet", "tls")
    assert told(FAST, has_tls=True)["WAL fetched"].remedy == "pgBackRest's TLS server at the vault"


@pytest.mark.parametrize("parts", [DEFAULTS, FAST, BY_TLS])
def test_each_way_of_fetching_is_told_with_what_its_own_remedy_would_gain(parts: PostgresParts):
    found = told(parts)["WAL fetched"]
    now = {
        "transport": parts.transport,
        "wal": parts.wal_way,
        "connections": parts.connections,
        "processes": parts.processes,
    }
    gain = {
        "prefetch": predict(parts, Procedure(processes=1)),
        "tls": predict(parts, Procedure.model_validate(now | {"transport": "tls"})),
        "fresher-backup": predict_fresher_backup(parts),
    }[found.remedy_id or ""]
    assert gain is not None
    assert found.gain_low_s == pytest.approx(gain.low_s, abs=0.001)
    assert found.gain_high_s == pytest.approx(gain.high_s, abs=0.001)


@pytest.mark.parametrize(
    ("transport", "probed"),
    [
        ("ssh", {"ssh": 0.57}),
        ("ssh", {"tls": 0.16}),
        ("ssh", {"ssh": 0.16, "tls": 0.16}),
        ("ssh", {"ssh": 0.1, "tls": 0.16}),
        ("tls", {"ssh": 0.57, "tls": 0.16}),
    ],
)
def test_what_sshs_connection_costs_is_told_only_where_it_was_measured_and_is_more(
    transport: str, probed: dict[str, float]
):
    found = told(FAST.model_copy(update={"transport": transport, "one_get_s": probed}))["WAL fetched"]
    assert found.what == f"WAL fetched over {transport}, ahead of replay: 31 files, 0.21 s each"


def test_replay_is_told_by_the_gigabyte_where_the_bytes_are_known():
    gigabytes = 31 * 16 * 2**20 / 10**9
    seconds = DEFAULTS.wal_waited_s + DEFAULTS.replay_busy_s
    assert told(DEFAULTS)["WAL replayed"].what == (
        f"WAL replayed by the server, {seconds / gigabytes:.1f} s per GB of WAL since the backup"
    )
    assert told(DEFAULTS.model_copy(update={"wal_bytes": 0}))["WAL replayed"].what == "WAL replayed by the server"


def beside_files(files_s: float) -> list[StepSpan]:
    return [
        *(step(f"postgres.{one.step}", one.seconds, start=one.offset_s) for one in STEPS),
        step("postgres.disarm_catalog", 0.5, start=35.0),
        step("files.mount", 3.0, start=0.0, critical=False),
        step("files.restore", files_s, start=3.0, critical=False),
        step("files.tidy", 1.0, start=0.0, critical=False),
    ]


@pytest.mark.parametrize(("files_s", "room"), [(30.0, 2.5), (32.5, 0.0), (40.0, 0.0)])
def test_the_databases_way_may_shrink_until_the_files_last_step_ends(files_s: float, room: float):
    assert room_beside(beside_files(files_s)) == room


def test_there_is_no_end_to_what_may_be_gained_where_only_one_of_both_came_back():
    steps = beside_files(30.0)
    assert room_beside([one for one in steps if not one.step.startswith("files.")]) is None
    assert room_beside([one for one in steps if one.step.startswith("files.")]) is None


@pytest.mark.parametrize("parts", [DEFAULTS, FAST, BY_TLS])
def test_no_line_promises_more_than_the_files_beside_it_leave_room_for(parts: PostgresParts):
    found = told(parts, beside_files(32.0))
    assert set(found) >= {"WAL fetched", "WAL replayed"}
    for one in found.values():
        assert (one.gain_high_s or 0.0) <= 0.5
    assert found["WAL replayed"].gain_high_s == 0.5
