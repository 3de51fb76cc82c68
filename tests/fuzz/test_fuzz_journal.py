"""A journal's file cut at any byte, or with any byte changed: read truly, or refused in words. Never a traceback."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal_support import a_holder, a_run, at, nobody_is_dead
from mutating import outcome

from stormproof.adapters.journal_sqlite import SqliteJournal
from stormproof.core.journal import UnknownRun
from stormproof.core.run_state import RunState, StepState

STEPS = ("choose_point", "prepare", "restore_base", "replay")


@dataclass
class Kept:
    """A journal's files as they lie on the disk, and what they say."""

    folder: Path
    files: dict[str, bytes] = field(repr=False)
    runs: dict[str, RunState]
    done: set[tuple[str, str]]


def make(folder: Path, *, checkpointed: bool) -> Kept:
    """Three runs: one done, one that stands in the middle, one failed."""
    folder.mkdir()
    journal = SqliteJournal(folder / "journal.sqlite")
    runs, done = {}, set()
    for number, state in enumerate((RunState.DONE, RunState.RUNNING, RunState.FAILED), 1):
        run = f"2026030{number}T120000Z-000{number}"
        journal.create_run(a_run(run, parameters={"spec": {"drill": "x"}, "holdings": "y" * 600}))
        token = journal.acquire(run, a_holder(), ttl_seconds=60, is_dead=nobody_is_dead).token
        journal.record_run_state(run, token, RunState.RUNNING, at(0), {})
        for index, step in enumerate(STEPS):
            journal.record_step(run, token, step, 1, StepState.STARTED, at(index))
            if state is not RunState.DONE and step == "replay":
                if state is RunState.FAILED:
                    journal.record_step(run, token, step, 1, StepState.FAILED, at(index), detail={"what": "no"})
                break
            journal.record_step(
                run, token, step, 1, StepState.DONE, at(index), outputs={"seconds": index, "x": "z" * 99}
            )
            done.add((run, step))
        if state is not RunState.RUNNING:
            journal.record_run_state(run, token, state, at(9), {})
        journal.append_event(run, token, "drill-instant", at(9), {"event": "t_start", "at": at(0).isoformat()})
        runs[run] = state
    if not checkpointed:
        # As a killed runner leaves it: the newest commits only in the file beside it.
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        journal.close()
        return Kept(folder, files, runs, done)
    journal.close()
    with sqlite3.connect(folder / "journal.sqlite") as db:
        db.execute("pragma wal_checkpoint(truncate)")
    return Kept(folder, {"journal.sqlite": (folder / "journal.sqlite").read_bytes()}, runs, done)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return make(tmp_path_factory.mktemp("journal") / "whole", checkpointed=True)


@pytest.fixture(scope="module")
def open_still(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return make(tmp_path_factory.mktemp("journal") / "open", checkpointed=False)


@pytest.fixture(scope="module")
def lay(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Lays a journal's files into one folder, anew each time."""
    folder = tmp_path_factory.mktemp("laid") / "j"

    def laid(files: dict[str, bytes]) -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
            (folder / name).chmod(0o600)
        return folder / "journal.sqlite"

    return laid


def said_by(path: Path) -> Any:
    """Everything that a reader of the journal asks for, in one."""

    def read() -> tuple[dict[str, RunState], set[tuple[str, str]]]:
        journal = SqliteJournal(path)
        try:
            runs = journal.runs()
            done = set()
            for run in runs:
                journal.run(run.run_id)
                journal.lease(run.run_id)
                journal.events(run.run_id)
                newest = {record.step: record for record in journal.steps(run.run_id)}
                done |= {(run.run_id, step) for step, record in newest.items() if record.state is StepState.DONE}
            return {run.run_id: run.state for run in runs}, done
        finally:
            journal.close()

    return outcome(read)


def hold(found: Any, kept: Kept) -> None:
    """What was read says of no run that it ended well, and of no step that it was done, when the whole file does not."""
    if isinstance(found, tuple):
        runs, done = found
        ended = {run for run, state in kept.runs.items() if state is RunState.DONE}
        assert {run for run, state in runs.items() if state is RunState.DONE and run in kept.runs} <= ended
        assert {(run, step) for run, step in done if run in kept.runs and step in STEPS} <= kept.done


def test_the_whole_file_says_what_was_written(kept: Kept, open_still: Kept, lay: Any) -> None:
    for one in (kept, open_still):
        assert said_by(lay(one.files)) == (one.runs, one.done)


@given(data=st.data())
def test_a_file_cut_at_any_byte_is_refused_or_says_no_more_than_the_whole(
    kept: Kept, lay: Any, data: st.DataObject
) -> None:
    whole = kept.files["journal.sqlite"]
    hold(said_by(lay({"journal.sqlite": whole[: data.draw(st.integers(0, len(whole)))]})), kept)


@given(data=st.data())
def test_a_changed_byte_anywhere_is_refused_or_says_no_more_than_the_whole(
    kept: Kept, lay: Any, data: st.DataObject
) -> None:
    whole = kept.files["journal.sqlite"]
    at_byte, to = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(1, 255))
    changed = whole[:at_byte] + bytes([whole[at_byte] ^ to]) + whole[at_byte + 1 :]
    hold(said_by(lay({"journal.sqlite": changed})), kept)


@given(data=st.data())
def test_the_newest_commits_cut_or_changed_are_missing_and_never_invented(
    open_still: Kept, lay: Any, data: st.DataObject
) -> None:
    files = dict(open_still.files)
    wal = files["journal.sqlite-wal"]
    at_byte = data.draw(st.integers(0, len(wal) - 1))
    if data.draw(st.booleans()):
        files["journal.sqlite-wal"] = wal[:at_byte]
    else:
        files["journal.sqlite-wal"] = wal[:at_byte] + bytes([wal[at_byte] ^ 0x21]) + wal[at_byte + 1 :]
    hold(said_by(lay(files)), open_still)


@pytest.mark.parametrize("missing", ["journal.sqlite-wal", "journal.sqlite-shm", "journal.sqlite"])
def test_a_file_beside_it_that_is_gone_leaves_less_and_never_a_crash(open_still: Kept, lay: Any, missing: str) -> None:
    files = {name: data for name, data in open_still.files.items() if name != missing}
    hold(said_by(lay(files)), open_still)


@given(garbage=st.binary(max_size=300))
def test_what_is_no_journal_is_refused_in_words(lay: Any, garbage: bytes) -> None:
    found = said_by(lay({"journal.sqlite": garbage}))
    assert garbage == b"" or not isinstance(found, tuple)


def test_every_text_of_every_row_changed_is_refused_in_words(kept: Kept, lay: Any) -> None:
    """What a flipped bit in a state, an instant or a document would leave: each column, one at a time."""
    with sqlite3.connect(kept.folder / "journal.sqlite") as db:
        columns = [
            (table, row[1])
            for table in ("run", "step", "event", "lease")
            for row in db.execute(f"pragma table_info({table})")
        ]
    for table, column in columns:
        for value in ("x", "{", '{"a"', 2**62, -1, None):
            path = lay(kept.files)
            with sqlite3.connect(path) as db:
                try:
                    db.execute(f"update {table} set {column} = ?", (value,))
                except sqlite3.Error:
                    continue  # the schema itself holds it off
                db.commit()
            hold(said_by(path), kept)


def test_an_unknown_run_is_told_and_not_taken_for_an_empty_one(kept: Kept, lay: Any) -> None:
    journal = SqliteJournal(lay(kept.files))
    with pytest.raises(UnknownRun):
        journal.steps("20990101T000000Z-ffff")
    journal.close()
