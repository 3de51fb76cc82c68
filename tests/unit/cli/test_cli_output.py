"""One command's voice: what goes where, and when colour may."""

from __future__ import annotations

import io
import json
import sys

import pytest

from stormproof.cli.output import Output
from stormproof.cli.table import table


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_with_json_exactly_one_document_goes_out(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output(json_wanted=True)
    out.text("for people")
    out.document({"a": 1})
    out.document({"b": 2})
    assert json.loads(capsys.readouterr().out) == {"a": 1}


def test_without_json_the_text_goes_out(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output()
    out.answer({"a": 1}, ["one", "two"])
    assert capsys.readouterr().out == "one\ntwo\n"


def test_quiet_drops_messages_and_keeps_complaints(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output(quiet=True)
    out.say("progress")
    out.complain("error")
    assert capsys.readouterr().err == "error\n"


def test_colour_needs_a_terminal_and_nobody_against_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert Output().color_on(Terminal())
    assert not Output().color_on(io.StringIO())
    assert not Output(color=False).color_on(Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Output().color_on(Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not Output().color_on(Terminal())


def test_a_closed_output_is_silence_and_a_full_one_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Output()
    monkeypatch.setattr(sys, "stdout", None)
    out.text("x")
    assert out.lost is None

    class Full(io.StringIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())
    monkeypatch.setattr("stormproof.cli.output.hush", lambda: None)
    out.text("x")
    assert out.lost == "[Errno 28] No space left on device"


def test_a_tables_last_column_gives_way_and_nothing_moves_the_cursor() -> None:
    lines = table(["a", "b"], [["x\x1b[2J", "one two three four five six seven eight"]], width=30)
    assert lines == ["a      b", "x�[2J  one two three four five", "       six seven eight"]
    assert all(len(line) <= 30 for line in lines)


def test_a_table_without_rows_is_its_head() -> None:
    assert table(["a", "b"], [], width=30) == ["a  b"]


def test_a_last_column_without_room_stands_below() -> None:
    lines = table(["a long first column", "b"], [["x" * 25, "one two three four five six seven"]], width=36)
    assert lines == ["a long first column", "x" * 25, "    one two three four five six", "    seven"]
