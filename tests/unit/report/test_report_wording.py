"""How numbers and foreign texts look."""

from __future__ import annotations

import pytest
import samples

from stormproof.core.drill_result import Bottleneck, Cleanup
from stormproof.core.verdict import Verdict
from stormproof.report.wording import count, duration, meaning, plain, saving, seconds, size


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 s"),
        (0.0003, "0.3 ms"),
        (0.005, "0.01 s"),
        (0.4, "0.40 s"),
        (9.994, "9.99 s"),
        (9.996, "10.0 s"),
        (11.2, "11.2 s"),
        (119.94, "119.9 s"),
        (120, "2 min"),
        (342, "5 min 42 s"),
        (7500, "2 h 5 min"),
        (1_468_800, "17 d"),
        (-3.31, "-3.31 s"),
    ],
)
def test_seconds_are_precise_where_small_and_short_where_large(value, text):
    assert seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 s"), (1.5, "1.5 s"), (59.6, "59.6 s"), (300, "5 min"), (90, "1 min 30 s")]
)
def test_targets_are_shown_as_they_were_agreed(value, text):
    assert duration(value) == text


@pytest.mark.parametrize(("code", "calls"), [(6, True), (129, False), (130, False), (143, False)])
def test_a_person_is_called_for_what_stands_half_way_and_not_for_what_a_signal_undid(code: int, calls: bool):
    stopped = samples.met().model_copy(update={"verdict": Verdict.STOPPED, "exit_code": code})
    assert ("a person is needed" in meaning(stopped)) is calls
    assert ("was undone" in meaning(stopped)) is not calls


def test_what_a_signal_could_not_undo_is_not_called_undone_alone():
    left = Cleanup(left=["recovery-1: files /w/x"])
    stopped = samples.met().model_copy(update={"verdict": Verdict.STOPPED, "exit_code": 130, "cleanup": left})
    assert "Not all of it could be removed" in meaning(stopped)


def test_counts_and_sizes():
    assert (count(974), count(1234567.0)) == ("974", "1,234,567")
    assert (size(999), size(334_217_728), size(1.5e12)) == ("999 B", "334.2 MB", "1.5 TB")


def test_nothing_in_a_foreign_text_moves_a_cursor_or_turns_a_word():
    assert plain("a\x1b[2Jb\x00c\u202edc\u2028e\nf\tg") == "a\ufffd[2Jb\ufffdc\ufffddc\ufffde f g"


def test_what_xml_forbids_does_not_get_through():
    assert plain("\ufffe\uffff\U0001fffe\ud800") == "\ufffd" * 4


def test_letters_of_any_script_stay():
    assert plain("Bücher 本 🚒 é") == "Bücher 本 🚒 é"


def test_a_long_text_is_cut():
    assert plain("x" * 5000) == "x" * 2000 + "…"


@pytest.mark.parametrize(
    ("gain", "low", "high", "text"),
    [
        (2.0, 1.0, 3.0, "about 2.00 s (1.00 s to 3.00 s)"),
        (2.0, None, None, "about 2.00 s"),
        (-1.0, -2.0, -0.5, ""),
        (None, 0.0, 1.7, "at most 1.70 s"),
        (None, -2.0, 0.0, ""),
        (None, None, None, ""),
    ],
)
def test_a_saving_is_told_as_surely_as_it_is_known(
    gain: float | None, low: float | None, high: float | None, text: str
):
    found = Bottleneck(
        what="base",
        seconds=4.0,
        share=0.5,
        remedy="2 processes",
        predicted_gain_s=gain,
        gain_low_s=low,
        gain_high_s=high,
    )
    assert saving(found) == text
