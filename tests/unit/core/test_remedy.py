"""Remedies are named, combined and held against what they brought."""

from __future__ import annotations

import pytest
from test_bottleneck import DEFAULTS, STEPS
from test_bottleneck_edges import beside_files
from test_forecast import run

from stormproof.core.bottleneck import Prediction, procedure_of
from stormproof.core.errors import Refused
from stormproof.core.procedure import TOOLS_DEFAULTS, Procedure, chosen_procedure
from stormproof.core.remedy import RemedyComparison, comparison, parse_remedy, prediction_for
from stormproof.report.remedy_text import remedy_lines


def compared(before: list[float], after: list[float], gain: float | None = None) -> RemedyComparison:
    predicted = Prediction(gain, gain - 1, gain + 1) if gain is not None else None
    return RemedyComparison("tls", "TLS", tuple(before), tuple(after), predicted)


def test_remedies_combine():
    found = parse_remedy(["tls", "processes=4,prefetch"])
    assert found.changes == {"transport": "tls", "processes": 4, "wal": "prefetch"}
    assert found.name == "tls,processes=4,prefetch"


def test_the_tools_defaults_are_one_of_them():
    assert parse_remedy(["defaults"]).changes == TOOLS_DEFAULTS.model_dump()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "tsl",
        "processes=0",
        "processes=x",
        "connections",
        "compression",
        "compression=rar",
        "fresher-backup,compression=lz4",
    ],
)
def test_another_word_is_refused_with_those_that_there_are(name: str):
    with pytest.raises(Refused) as refused:
        parse_remedy([name])
    assert refused.value.code == "SP813"
    assert "tls" in refused.value.fix


def test_a_run_changes_only_what_it_names():
    own = Procedure(transport="tls", processes=3)
    assert chosen_procedure(own, {"wal": "on-demand"}, has_tls=True).model_dump() == {
        "transport": "tls", "wal": "on-demand", "connections": 2, "processes": 3,
    }  # fmt: skip
    assert chosen_procedure(own, None, has_tls=True) == own


@pytest.mark.parametrize(
    ("wanted", "has_tls", "code"),
    [
        ("fast", True, "SP811"),
        ({"speed": 1}, True, "SP811"),
        ({"transport": "tls"}, False, "SP812"),
        (7, True, "SP811"),
    ],
)
def test_a_procedure_that_there_is_not_is_refused(wanted: object, has_tls: bool, code: str):
    with pytest.raises(Refused) as refused:
        chosen_procedure(Procedure(), wanted, has_tls=has_tls)
    assert refused.value.code == code


def test_the_gain_is_between_the_medians():
    found = compared([10.0, 14.0, 10.0], [4.0, 4.0, 4.0], gain=6.0)
    assert found.drift_s == 0
    assert found.gain_s == pytest.approx(6.0)
    assert found.noise_s == pytest.approx(4.0)


def test_what_each_run_is_slower_than_the_one_before_is_taken_out():
    # By turns: without, with, with, without, without, with; 0.3 s slower each time; the remedy gains 2 s.
    found = compared([10.0, 10.9, 11.2], [8.3, 8.6, 9.5], gain=2.0)
    assert found.drift_s == pytest.approx(0.3)
    assert found.gain_s == pytest.approx(2.0)
    assert found.noise_s == pytest.approx(0.0, abs=1e-9)
    assert found.agrees
    assert found.as_json()["drift_s"] == pytest.approx(0.3)
    assert any("slower than the one before" in line for line in remedy_lines(found, drill="x", ended_well=True))


def test_one_odd_run_does_not_move_the_gain_by_more_than_the_others_differ():
    found = compared([10.0, 10.9, 19.0], [8.3, 8.6, 9.5], gain=2.0)
    assert found.gain_s == pytest.approx(2.0, abs=0.3)


def test_two_rounds_tell_no_drift():
    found = compared([10.0, 11.0], [8.0, 9.0], gain=2.0)
    assert (found.drift_s, found.gain_s) == (0, pytest.approx(2.0))


def test_a_gain_below_the_spread_of_the_rounds_is_called_noise():
    found = compared([10.0, 12.0], [10.5, 10.6], gain=0.5)
    assert found.beyond_noise is False
    assert found.agrees is None
    assert any("Below the noise" in line for line in remedy_lines(found, drill="x", ended_well=True))


def test_one_round_says_nothing_about_noise():
    found = compared([10.0], [5.0], gain=5.0)
    assert (found.noise_s, found.beyond_noise, found.agrees) == (None, None, None)
    assert any("One round" in line for line in remedy_lines(found, drill="x", ended_well=True))


@pytest.mark.parametrize(("gain", "agrees"), [(5.0, True), (4.0, True), (3.5, False), (7.0, False)])
def test_a_prediction_agrees_within_a_quarter(gain: float, agrees: bool):
    assert compared([10.0, 10.2], [5.0, 5.2], gain=gain).agrees is agrees


def test_the_rounds_say_how_sure_the_measured_gain_is():
    found = compared([10.0, 12.0, 11.0], [7.0, 8.0, 9.0], gain=3.0)
    assert found.gain_range_s == (2.0, 4.0)
    assert (found.as_json()["measured_low_s"], found.as_json()["measured_high_s"]) == (2.0, 4.0)
    assert any("round by round +2" in line for line in remedy_lines(found, drill="x", ended_well=True))


def test_bounds_with_zero_between_them_are_no_prediction():
    found = compared([10.0, 10.2], [5.0, 5.2], gain=0.5)
    assert found.predicted is not None
    assert (found.predicted_s, found.error_share, found.agrees) == (None, None, None)
    said = found.as_json()
    assert (said["predicted_gain_s"], said["predicted_low_s"], said["predicted_high_s"]) == (None, -0.5, 1.5)
    assert any("not predicted" in line for line in remedy_lines(found, drill="x", ended_well=True))


@pytest.mark.parametrize(
    ("name", "said"),
    [("compression=lz4", "waits for"), ("connections=4", "the way to it"), ("processes=1", "cores"), ("tls", "gain")],
)
def test_what_is_not_predicted_says_why(name: str, said: str):
    found = comparison(parse_remedy([name]), [], [], lambda run: None)
    assert found.as_json()["predicted_gain_s"] is None
    assert said in str(found.as_json()["predicted_why"])


def test_drills_that_did_not_end_are_not_compared():
    lines = remedy_lines(compared([10.0], []), drill="x", ended_well=False)
    assert "nothing to compare" in lines[-1]


def test_remedies_together_are_told_no_more_than_the_files_beside_them_leave_room_for():
    whole = run(0, 35.0, 1.0, parts=DEFAULTS, steps=beside_files(30.0))
    own = procedure_of(DEFAULTS)
    found = {
        name: prediction_for(whole, parse_remedy([name]), own, has_tls=True)
        for name in ("prefetch", "fresher-backup", "prefetch,fresher-backup")
    }
    assert all(one is not None and one.high_s == one.gain_s == 2.5 for one in found.values()), found
    alone = whole.model_copy(update={"steps": STEPS})
    both = prediction_for(alone, parse_remedy(["prefetch,fresher-backup"]), own, has_tls=True)
    assert both is not None
    assert both.gain_s > 2.5
