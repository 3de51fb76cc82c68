"""The terminal: 80 columns, no colour, no terminal, and no escape that is not ours."""

from __future__ import annotations

import io
import threading

import pytest
import samples

from stormproof.core.drill_result import IsolationProof
from stormproof.core.finding import Severity
from stormproof.core.history import compare, history
from stormproof.report.history_text import comparison_lines, history_lines
from stormproof.report.terminal import LiveDrill, live_or_plain
from stormproof.report.terminal_result import result_text
from stormproof.report.wording import probe_summary


@pytest.mark.parametrize("result", samples.everything(), ids=lambda r: r.verdict.value)
@pytest.mark.parametrize("width", [40, 60, 80])
def test_nothing_is_wider_than_the_terminal(result, width):
    assert max(len(line) for line in result_text(result, width=width).splitlines()) <= width


@pytest.mark.parametrize("result", samples.everything(), ids=lambda r: r.verdict.value)
def test_without_colour_there_is_no_escape(result):
    assert "\x1b" not in result_text(result)


def test_a_hostile_text_cannot_write_an_escape_even_with_colour():
    text = result_text(samples.hostile(), color=True)
    assert "\x1b[31m \u202e" not in text
    assert "\u202e" not in text


def test_figures_stand_beside_their_targets_and_sources():
    lines = result_text(samples.met(), width=120).splitlines()
    [line] = [line for line in lines if line.startswith("  RTO service ")]
    assert line.split() == [
        "RTO",
        "service",
        "11.2",
        "s",
        "±",
        "0.02",
        "s",
        "5",
        "min",
        "met",
        "first",
        "verified",
        "write",
        "and",
        "read",
    ]


def test_a_figure_that_was_not_measured_is_unknown_and_says_why():
    lines = result_text(samples.failed(), width=120).splitlines()
    [line] = [line for line in lines if line.startswith("  RPO consistent ")]
    assert line.split() == [
        "RPO",
        "consistent",
        "not",
        "measured",
        "2",
        "min",
        "unknown",
        "rows",
        "before",
        "the",
        "snapshot",
        "have",
        "no",
        "file",
    ]


def test_every_finding_says_what_to_do_and_the_worst_stands_first():
    text = result_text(samples.failed(), width=200)
    assert text.index("SP304 critical  recovery ended at 0/5000000") < text.index(
        "SP331 high  48 attachments have no file"
    )
    assert "do:    take the snapshot of uploads more often than the database's backup" in text


def test_remarks_on_a_good_drill_ask_for_nothing():
    remark = samples.failed().findings[0].model_copy(update={"severity": Severity.INFO})
    text = result_text(samples.met().model_copy(update={"findings": [remark]}))
    assert "Worth knowing" in text
    assert "What to do" not in text


def test_the_isolation_proof_is_one_sentence():
    assert probe_summary(samples.proof()) == (
        "none of 8 probes got through (7 beside a witness that connected, 1 moot), "
        "1 of 1 that must connect did, 6 of 6 facts of structure hold"
    )
    assert probe_summary(samples.proof("broken")).startswith("1 of 8 probes got through (6 beside")
    assert probe_summary(IsolationProof()) == "not run"


def test_what_failed_stands_above_what_passed():
    text = result_text(samples.failed())
    assert text.index("failed  cross-store") < text.index("passed  backup whole")


def test_a_refused_drill_shows_no_phase_and_no_zero():
    text = result_text(samples.refused())
    assert text.startswith("REFUSED  shop-latest")
    assert "Phases" not in text
    assert "0.00 s" not in text


def events(live: LiveDrill) -> None:
    live({"kind": "run-started", "run": "r-1", "drill": "shop-latest", "title": "A title", "rto_s": 300.0})
    live({"kind": "isolation", "when": "before", "result": "proved"})
    live({"kind": "stopwatch-started"})
    live({"kind": "step-started", "step": "a", "title": "Restore\x1b[2J the cluster", "phase": "restore"})
    live({"kind": "step-done", "step": "a", "seconds": 4.8, "attempts": 2})
    live({"kind": "step-started", "step": "b", "title": "Promote", "phase": "start"})
    live({"kind": "step-failed", "step": "b", "what": "it did not"})
    live({"kind": "stopwatch-stopped", "seconds": 11.2})
    live({"kind": "check-done", "name": "structure", "result": "passed", "seconds": 0.6})
    live({"kind": "message", "text": "tearing down"})
    live({"kind": "run-done", "verdict": "met"})


def test_without_a_terminal_every_event_is_one_plain_line():
    stream = io.StringIO()
    with live_or_plain(stream, color=True) as live:
        events(live)
    assert [line[11:] if line[:1] in " +" else line for line in stream.getvalue().splitlines()] == [
        "shop-latest – A title (run r-1)",
        " isolation  before proved",
        " stopwatch  started",
        " restore    Restore\ufffd[2J the cluster  …",
        " restore    Restore\ufffd[2J the cluster  4.80 s (attempt 2)",
        " start      Promote  …",
        " start      Promote  FAILED: it did not",
        " stopwatch  first write and read after 11.2 s",
        " check      structure  passed 0.60 s",
        "            tearing down",
        " run        met",
    ]


def test_quiet_leaves_failures_alone():
    stream = io.StringIO()
    with LiveDrill(stream, color=False, live=False, quiet=True) as live:
        events(live)
    assert len(stream.getvalue().splitlines()) == 1
    assert "FAILED: it did not" in stream.getvalue()


def test_a_live_screen_copes_with_events_from_several_threads():
    stream = io.StringIO()

    def work(name: str) -> None:
        for number in range(20):
            live({"kind": "step-started", "step": f"{name}{number}", "title": name, "phase": "restore"})
            live({"kind": "step-done", "step": f"{name}{number}", "seconds": 0.01})

    with LiveDrill(stream, color=False, live=True) as live:
        live({"kind": "run-started", "run": "r", "drill": "d", "rto_s": 300.0})
        live({"kind": "stopwatch-started"})
        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert stream.getvalue().count("restore    ") >= 80


def test_history_fits_80_columns_and_says_what_changed():
    lines = history_lines(history([*samples.past(30), samples.met(), samples.failed()]))
    assert max(len(line) for line in lines) <= 80
    assert lines[0] == "shop-latest, scenario loss: 32 runs"
    assert lines[3].split() == [
        "20260214T041500Z-a0b1",
        "2026-02-14",
        "04:14:59",
        "UTC",
        "failed",
        "11.2",
        "s",
        "97.4",
        "s",
    ]
    assert "  … and 12 older (--json lists all)" in lines
    assert "    RPO data: 3.31 s → 97.4 s (+94.1 s)" in lines
    assert "    check reached: passed → failed" in lines


def test_no_history_says_how_to_begin():
    assert history_lines([]) == ["No drill has left a result yet. Run one: stormproof drill run NAME"]


def test_a_comparison_marks_what_differs():
    lines = comparison_lines(compare(samples.met(), samples.failed()))
    assert max(len(line) for line in lines) <= 80
    assert "* RPO data                               3.31 s       97.4 s       +94.1 s" in lines
    assert "  RTO job                                5.10 s       5.10 s" in lines


def test_a_comparison_of_different_scenarios_says_so():
    a = samples.met()
    b = a.model_copy(update={"drill": "shop-pitr"})
    assert comparison_lines(compare(a, b))[2:4] == [
        "These are different drills or scenarios, or faults were seeded: their times do",
        "not measure the same thing.",
    ]
