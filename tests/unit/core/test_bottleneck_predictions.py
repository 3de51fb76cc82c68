"""What each switch would gain, worked out by hand from round numbers: the model of docs/measurement.md, term by term."""

from __future__ import annotations

import pytest

from stormproof.core.bottleneck import NOTHING, Prediction, predict, predict_fresher_backup, seconds_per_wal_byte
from stormproof.core.procedure import Procedure
from stormproof.core.recovery_parts import PostgresParts

# Ten files, half a second each; four seconds of replay beside six of waiting. No base restore: see below.
ON_DEMAND = PostgresParts(
    transport="ssh", wal_way="on-demand", connections=1, processes=1, cores=4, wal_files=10, wal_bytes=1000, wal_get_s=5.0,
    wal_got=10, wal_extra=2, wal_waited_s=6.0, wal_first_wait_s=1.0, wal_redo_wait_s=5.0, redo_s=9.0, head_start_s=0.25,
    prefetch_first_s=1.5, prefetch_next_s=0.25, one_get_s={"ssh": 0.5, "tls": 0.25},
)  # fmt: skip
AHEAD = ON_DEMAND.model_copy(update={"wal_way": "prefetch", "connections": 2, "wal_waited_s": 2.0})
BY_TLS = AHEAD.model_copy(update={"transport": "tls"})
# The base restore alone: ten seconds, one of them for two connections.
BASE = ON_DEMAND.model_copy(update={"base_s": 10.0, "wal_got": 0})
FOUR = BASE.model_copy(update={"processes": 4})


def gain(parts: PostgresParts, *, room_s: float | None = None, **switches: object) -> tuple[float, float, float] | None:
    """Bounds and the middle: low, middle, high."""
    now = {"transport": "ssh", "wal": parts.wal_way, "connections": parts.connections, "processes": parts.processes}
    if parts.transport == "tls":
        now["transport"] = "tls"
    found = predict(parts, Procedure.model_validate(now | switches), room_s=room_s)
    return found and (found.low_s, found.gain_s, found.high_s)


def but(parts: PostgresParts, **changed: object) -> PostgresParts:
    return parts.model_copy(update=changed)


# From one file when replay asks to files ahead of replay.


def test_fetching_ahead_waits_for_the_first_file_and_somewhat_for_what_both_hold_each_other_up():
    # The first comes 1.25 s late; one after the other all of it would take 3.75 + 4 s. A fifth of the way is 2.55 s.
    assert gain(ON_DEMAND, wal="prefetch") == pytest.approx((6 - 7.75, 6 - 2.55, 6))


def test_a_replay_that_is_quicker_than_fetching_waits_for_the_rest_of_it():
    # 3.75 s of fetching, less a quarter of a head start and one second of replay: 2.5 s, and 4.75 s at the worst.
    assert gain(but(ON_DEMAND, redo_s=6.0), wal="prefetch") == pytest.approx((6 - 4.75, 6 - 2.95, 6))


def test_with_a_head_start_longer_than_all_fetching_nothing_is_waited_for_at_the_best():
    assert gain(but(ON_DEMAND, head_start_s=4.0), wal="prefetch") == pytest.approx((6 - 7.75, 6 - 7.75 / 5, 6))


def test_further_files_that_take_no_time_leave_the_first():
    assert gain(but(ON_DEMAND, prefetch_next_s=0.0), wal="prefetch") == pytest.approx((6 - 5.5, 6 - 1.25 - 4.25 / 5, 6))


def test_a_single_file_needs_no_measure_of_further_ones_and_two_do():
    one = but(ON_DEMAND, wal_got=1, prefetch_next_s=None)
    assert gain(one, wal="prefetch") == pytest.approx((6 - 5.5, 6 - 1.25 - 4.25 / 5, 6))
    assert gain(but(one, wal_got=2), wal="prefetch") is None
    assert gain(but(one, prefetch_first_s=None), wal="prefetch") is None
    assert gain(but(ON_DEMAND, prefetch_first_s=None), wal="prefetch") is None


def test_the_first_file_ahead_is_sooner_by_two_cheaper_connections():
    # 1 s instead of 1.5; and three connections of the point and the base restore (bounds 2.5 and 4).
    assert gain(ON_DEMAND, wal="prefetch", transport="tls") == pytest.approx(
        (6 - 7.25 + 2.5 * 0.25, 6 - 0.75 - 6.5 / 5 + 3 * 0.25, 6 + 4 * 0.25)
    )


def test_but_never_sooner_than_one_file_the_tools_way():
    quick = but(ON_DEMAND, prefetch_first_s=0.6, head_start_s=0.0)
    assert gain(quick, wal="prefetch", transport="tls") == pytest.approx(
        (6 - 6.5 + 2.5 * 0.25, 6 - 0.25 - 6.25 / 5 + 3 * 0.25, 6 + 4 * 0.25)
    )


def test_without_a_probe_the_first_file_ahead_is_what_was_measured():
    unprobed = but(ON_DEMAND, prefetch_first_s=0.5, one_get_s={})
    assert gain(unprobed, wal="prefetch") == pytest.approx((6 - 6.75, 6 - 0.25 - 6.5 / 5, 6))


# To one file when replay asks.


def test_over_another_transport_each_file_takes_the_share_that_the_probe_tells():
    # Twelve requests, half of 0.5 s and a hand-over each, within 15 %.
    waits = 12 * 0.26
    assert gain(ON_DEMAND, transport="tls") == pytest.approx(
        (6 - 1.15 * waits + 2.5 * 0.25, 6 - waits + 3 * 0.25, 6 - 0.85 * waits + 4 * 0.25)
    )
    slower_than_the_probe = but(ON_DEMAND, wal_get_s=10.0)
    waits = 12 * 0.51
    assert gain(slower_than_the_probe, transport="tls") == pytest.approx(
        (6 - 1.15 * waits + 2.5 * 0.25, 6 - waits + 3 * 0.25, 6 - 0.85 * waits + 4 * 0.25)
    )


def test_back_from_fetching_ahead_each_file_takes_what_the_probe_took_and_four_are_asked_for_in_vain():
    waits = 14 * 0.51
    assert gain(AHEAD, wal="on-demand", connections=1) == pytest.approx((2 - 1.15 * waits, 2 - waits, 2 - 0.85 * waits))


@pytest.mark.parametrize(
    "probed", [{}, {"ssh": 0.5}, {"tls": 0.25}, {"ssh": 0.0, "tls": 0.25}, {"ssh": 0.5, "tls": 0.0}]
)
def test_a_transport_that_was_not_probed_beside_the_other_is_not_predicted(probed: dict[str, float]):
    assert gain(but(ON_DEMAND, one_get_s=probed), transport="tls") is None


@pytest.mark.parametrize("probed", [{}, {"ssh": 0.5}, {"tls": 0.25}])
@pytest.mark.parametrize("parts", [AHEAD, BASE])
def test_nor_for_a_fetch_ahead_or_the_base_restore(parts: PostgresParts, probed: dict[str, float]):
    assert gain(but(parts, one_get_s=probed), transport="tls") is None


# Files ahead of replay, over another transport.


def test_a_fetch_ahead_opens_two_connections_after_each_other():
    assert gain(AHEAD, transport="tls") == pytest.approx(
        (1.5 * 0.25 + 2.5 * 0.25, 2 * 0.25 + 3 * 0.25, 3 * 0.25 + 4 * 0.25)
    )
    assert gain(BY_TLS, transport="ssh") == pytest.approx(
        (-3 * 0.25 - 4 * 0.25, -2 * 0.25 - 3 * 0.25, -1.5 * 0.25 - 2.5 * 0.25)
    )


def test_a_fetch_ahead_gains_no_more_than_was_waited():
    assert gain(but(AHEAD, wal_waited_s=0.45), transport="tls") == pytest.approx(
        (1.5 * 0.25 + 2.5 * 0.25, 0.45 + 3 * 0.25, 0.45 + 4 * 0.25)
    )


@pytest.mark.parametrize(
    ("changed", "ready_s"),
    [
        ({"head_start_s": 0.875, "prefetch_first_s": 0.5}, 0.375),
        ({"head_start_s": 0.375, "prefetch_first_s": None}, 0.375),
        ({"head_start_s": 9.0, "prefetch_first_s": 0.5}, 8.5),
        ({"head_start_s": 0.25, "prefetch_first_s": 0.5}, 0.0),  # the first came after it was asked for
        ({"head_start_s": 0.875, "prefetch_first_s": 0.5, "wal_waited_s": 0.5}, 0.0),  # they did not lie ready
        ({"head_start_s": 0.875, "prefetch_first_s": 0.5, "wal_waited_s": 0.25, "wal_got": 25}, 0.0),  # nor here
    ],
)
def test_dearer_connections_first_take_the_time_for_which_files_lay_ready(changed: dict[str, object], ready_s: float):
    found = gain(but(BY_TLS, **({"wal_waited_s": 0.05} | changed)), transport="ssh")
    lost = [max(0.0, count * 0.25 - ready_s) for count in (3, 2, 1.5)]
    assert found == pytest.approx((-lost[0] - 4 * 0.25, -lost[1] - 3 * 0.25, -lost[2] - 2.5 * 0.25))


@pytest.mark.parametrize("switches", [{}, {"transport": "tls"}])
def test_another_number_of_connections_is_not_predicted_whatever_else_changes(switches: dict[str, object]):
    assert gain(AHEAD, connections=3, **switches) is None


def test_the_number_of_connections_changes_nothing_where_no_file_comes_ahead():
    assert gain(but(AHEAD, wal_got=0), connections=3) == (0, 0, 0)
    assert gain(ON_DEMAND, connections=3) == (0, 0, 0)


def test_an_object_store_has_no_other_transport_and_its_other_switches_are_predicted_all_the_same():
    stored = but(ON_DEMAND, transport="object-store", one_get_s={"object-store": 0.5})
    assert gain(stored, wal="prefetch") == gain(ON_DEMAND, wal="prefetch")
    assert gain(but(stored, wal_way="prefetch"), wal="on-demand") == gain(
        but(ON_DEMAND, wal_way="prefetch"), wal="on-demand"
    )
    assert gain(stored, transport="tls") is None


# The base restore.


def test_a_base_restore_opens_two_connections_and_ssh_takes_a_twentieth_of_it():
    # And one connection for the list of backups. No WAL was fetched: there is nothing else.
    assert gain(BASE, transport="tls") == pytest.approx((2.5 * 0.25, 3 * 0.25 + 0.5, 4 * 0.25 + 1.5))
    assert gain(but(BASE, transport="tls"), transport="ssh") == pytest.approx(
        (-4 * 0.25 - 1.5, -3 * 0.25 - 0.5, -2.5 * 0.25)
    )


def test_by_how_many_processes_it_is_told_where_nobody_knows_how_busy_the_cores_were():
    assert gain(BASE, processes=4) == pytest.approx((0, 9 * (1 - 0.25**0.4), 9 * 0.75))
    assert gain(FOUR, processes=2) == pytest.approx((-9, 9 * (1 - 2**0.4), 0))


def test_left_out_there_are_as_many_processes_as_cores():
    assert gain(BASE, processes=None) == gain(BASE, processes=4) == gain(BASE, processes=9)


def test_only_what_is_no_connection_is_shared_by_processes():
    unprobed = but(BASE, one_get_s={})
    assert gain(unprobed, processes=2) == pytest.approx((0, 10 * (1 - 0.5**0.4), 5))
    assert gain(but(BASE, base_s=0.75), processes=2) == (0, 0, 0)
    assert gain(but(BASE, base_s=None), processes=2) == (0, 0, 0)


def left(share: float, busy: float, sharing: float) -> float:
    return float((share**sharing + busy**sharing) ** (1 / sharing))


@pytest.mark.parametrize(
    ("cpu_s", "own"),
    [(None, 0.5), (8.0, 0.2), (30.0, 0.5)],  # 8 s in 10 s on four cores is a fifth of them
)
def test_more_processes_get_into_the_way_of_what_kept_the_cores_busy_or_at_the_best_of_their_own(
    cpu_s: float | None, own: float
):
    found = gain(but(BASE, base_busy_share=0.5, base_cpu_s=cpu_s), processes=2)
    assert found == pytest.approx(
        tuple(9 * (1 - left(0.5, busy, way)) for busy, way in ((0.5, 1.4), (0.5, 1.7), (own, 2.6)))
    )


def test_fewer_processes_have_the_same_work_to_do():
    found = gain(but(FOUR, base_busy_share=0.5), processes=2)
    longer = [(1 - 0.5**way) ** (1 / way) / 0.5 for way in (1.4, 1.7)]
    assert found == pytest.approx((9 * (1 - 2), 9 * (1 - longer[1]), 9 * (1 - longer[0])))


def test_fewer_processes_are_never_quicker_however_busy_the_cores_were():
    assert gain(but(FOUR, base_busy_share=0.95), processes=2) == pytest.approx((-9, 0, 0))


# A fresher backup, and what a byte costs.


def fresher(parts: PostgresParts, room_s: float | None = None) -> tuple[float, float, float] | None:
    found = predict_fresher_backup(parts, room_s=room_s)
    return found and (found.low_s, found.gain_s, found.high_s)


@pytest.mark.parametrize(
    ("parts", "seconds"),
    [
        (ON_DEMAND, 5.0 + 10 * 0.01 + 4),  # not what was asked for in vain
        (but(ON_DEMAND, wal_waited_s=3.0), 3 + 4),
        (but(ON_DEMAND, wal_got=0, wal_get_s=0.0), 4),
        (but(AHEAD, wal_waited_s=6.0), 5 + 4),  # not the first
        (but(AHEAD, wal_waited_s=0.5), 4),
    ],
)
def test_a_fresher_backup_leaves_two_files_and_what_is_waited_for_anyhow(parts: PostgresParts, seconds: float):
    assert fresher(parts) == pytest.approx((0.6 * seconds, 0.8 * seconds, 0.9 * seconds))


def test_of_a_few_files_a_fresher_backup_may_save_nothing_and_of_none_it_is_not_asked():
    assert fresher(but(ON_DEMAND, wal_files=3)) == pytest.approx((0, 9.1 / 3, 9.1 * 2 / 3))
    assert fresher(but(ON_DEMAND, wal_files=1)) == (0, 0, 0)
    assert fresher(but(ON_DEMAND, wal_files=0)) is None


def test_no_gain_is_larger_than_the_room_for_it():
    assert Prediction(3, 1, 5).capped(2) == Prediction(2, 1, 2)
    assert Prediction(3, 1, 5).capped(0.5) == Prediction(0.5, 0.5, 0.5)
    assert gain(ON_DEMAND, wal="prefetch", room_s=3.0) == pytest.approx((6 - 7.75, 3, 3))
    assert gain(ON_DEMAND, wal="prefetch", room_s=0.0) == pytest.approx((6 - 7.75, 0, 0))
    assert fresher(ON_DEMAND, room_s=6.0) == pytest.approx((0.6 * 9.1, 6, 6))


def test_each_byte_of_wal_adds_its_share_of_waiting_and_replaying():
    assert seconds_per_wal_byte(ON_DEMAND) == pytest.approx(0.01)
    assert seconds_per_wal_byte(but(ON_DEMAND, wal_bytes=0)) is None
    assert seconds_per_wal_byte(but(ON_DEMAND, wal_waited_s=0.0, redo_s=None)) is None


def test_two_changes_add_up():
    assert Prediction(3, 1, 5).plus(Prediction(0.5, -2, 1)) == Prediction(3.5, -1, 6)
    assert Prediction(3, 1, 5).plus(NOTHING) == Prediction(3, 1, 5)
