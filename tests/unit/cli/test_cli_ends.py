"""Signals: a run is asked to stop, anything else ends at once."""

from __future__ import annotations

import os
import signal

import pytest

from stormproof.cli.ends import Ends
from stormproof.core.errors import Interrupted, Terminated
from stormproof.core.progress import Event, silent
from stormproof.engine.kept_errors import as_detail, from_detail
from stormproof.engine.stopping import StopRequest


def heard(*events: Event) -> tuple[Ends, StopRequest, list[str]]:
    stop, said = StopRequest(), list[str]()
    ends = Ends(stop, said.append)
    watch = ends.watching(silent)
    for event in events:
        watch(event)
    return ends, stop, said


def test_before_a_run_a_signal_ends_the_command() -> None:
    ends, stop, _ = heard({"kind": "message", "text": "bringing the lab up"})
    with ends.listening(), pytest.raises(Terminated):
        os.kill(os.getpid(), signal.SIGTERM)
    assert stop.reason is None


def test_during_a_run_the_first_signal_asks_and_the_third_ends_the_command() -> None:
    ends, stop, said = heard({"kind": "stopwatch-started"})
    with ends.listening():
        os.kill(os.getpid(), signal.SIGINT)
        assert isinstance(stop.reason, Interrupted)
        assert ends.exit_code == 130
        os.kill(os.getpid(), signal.SIGTERM)
        assert isinstance(stop.reason, Interrupted)
        with pytest.raises(Terminated):
            os.kill(os.getpid(), signal.SIGTERM)
    assert said == [
        "stopping: the step in flight ends first, then what was done is undone",
        "still at it; once more leaves at once, and `stormproof drill sweep` removes what is left",
    ]


def test_once_the_procedure_is_through_the_message_says_so() -> None:
    ends, _, said = heard({"kind": "stopwatch-started"}, {"kind": "stopwatch-stopped"})
    with ends.listening():
        os.kill(os.getpid(), signal.SIGINT)
    assert said == ["the procedure is through already: its checks end first, then all of it is torn down"]


def test_after_the_run_signals_mean_what_they_meant_before() -> None:
    ends, _, _ = heard({"kind": "stopwatch-started"}, {"kind": "run-done"})
    before = signal.getsignal(signal.SIGTERM)
    with ends.listening():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_wish_to_ignore_hangups_stands() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        ends, stop, _ = heard({"kind": "stopwatch-started"})
        with ends.listening():
            os.kill(os.getpid(), signal.SIGHUP)
        assert stop.reason is None
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_has_the_exit_code_that_a_shell_gives_it(number: signal.Signals, code: int) -> None:
    ends, stop, _ = heard({"kind": "stopwatch-started"})
    with ends.listening():
        os.kill(os.getpid(), number)
    assert ends.exit_code == code == 128 + number
    assert stop.reason is not None
    assert from_detail(as_detail(stop.reason)).__class__ is stop.reason.__class__


def test_from_the_runs_first_event_on_a_signal_asks_since_its_start_is_signed() -> None:
    ends, stop, _ = heard({"kind": "run-started"})
    with ends.listening():
        os.kill(os.getpid(), signal.SIGTERM)
    assert isinstance(stop.reason, Terminated)
