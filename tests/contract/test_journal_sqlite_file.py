"""The SQLite journal's own promises: its file, its mode, its faults, several processes."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from journal_support import BEGIN, a_holder, a_run, nobody_is_dead

from stormproof.adapters import journal_sqlite
from stormproof.adapters.journal_sqlite import SqliteJournal
from stormproof.core.journal import JournalUnusable, JournalUnwritable
from stormproof.core.run_state import StepState

RUN = "20260301T120000Z-0001"


def filled(path: Path) -> int:
    journal = SqliteJournal(path)
    journal.create_run(a_run())
    token = journal.acquire(RUN, a_holder(), ttl_seconds=30, is_dead=nobody_is_dead).token
    for number in range(30):
        journal.append_event(RUN, token, "filler", BEGIN, {"text": "x" * 1000, "number": number})
    journal.close()
    return token


def test_file_and_folder_are_made_for_the_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = tmp_path / "state" / "journal.sqlite"
        journal = SqliteJournal(path)
        journal.create_run(a_run())
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in [path.parent, *path.parent.iterdir()]}
        journal.close()
    finally:
        os.umask(before)
    assert modes.pop("state") == 0o700
    assert set(modes.values()) == {0o600}
    assert "journal.sqlite-wal" in modes


def test_a_journal_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    filled(path)
    path.chmod(0o640)
    with pytest.raises(JournalUnusable) as refused:
        SqliteJournal(path)
    assert str(refused.value) == (
        f"error SP265: the journal may be read by others: its mode is 0640\n  where: {path}\n  fix:   chmod 600 {path}"
    )


def test_commits_are_on_disk_when_they_return(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite")
    assert journal._connection.execute("pragma journal_mode").fetchone() == ("wal",)
    assert journal._connection.execute("pragma synchronous").fetchone() == (2,)
    journal.close()


def test_a_reopened_journal_has_everything(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    filled(path)
    journal = SqliteJournal(path)
    assert journal.run(RUN) == a_run()
    assert len(journal.events(RUN)) == 30
    journal.close()


def test_another_kind_of_file_is_named_as_damaged_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"not a database, but somebody's notes\n" * 200)
    path.chmod(0o600)
    with pytest.raises(JournalUnusable) as refused:
        SqliteJournal(path)
    assert str(refused.value) == (
        f"error SP267: the journal is damaged: file is not a database\n  where: {path}\n  fix:   keep the file for"
        " study, put a copy of it back from a backup, or move it away to begin a new journal"
    )
    assert path.read_bytes().startswith(b"not a database")


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_a_cut_file_is_named_as_damaged(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "journal.sqlite"
    filled(path)
    os.truncate(path, int(path.stat().st_size * keep) // 512 * 512)
    with pytest.raises(JournalUnusable) as refused:
        SqliteJournal(path)
    assert refused.value.code == "SP267"


def test_a_flipped_page_is_never_read_as_an_empty_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    filled(path)
    raw = bytearray(path.read_bytes())
    raw[4096:8192] = os.urandom(4096)
    path.write_bytes(raw)
    with pytest.raises(JournalUnusable) as refused:
        SqliteJournal(path)
    assert refused.value.code == "SP267"


def test_a_full_disk_stops_the_run_and_loses_nothing_written_before(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    token = filled(path)
    journal = SqliteJournal(path)
    pages = journal._connection.execute("pragma page_count").fetchone()[0]
    journal._connection.execute(f"pragma max_page_count = {pages}")

    def fill_up() -> None:
        for _ in range(200):
            journal.append_event(RUN, token, "more", BEGIN, {"text": "y" * 2000})

    with pytest.raises(JournalUnwritable) as stopped:
        fill_up()
    assert str(stopped.value) == (
        "error SP269: the journal cannot be kept: the disk is full or fails: database or disk is full; the run stopped"
        f" here, because nothing may be done that is not written down first\n  where: {path}\n"
        "  fix:   free some space on its disk, then try again; then `stormproof runbook resume RUN`"
    )
    kept = len(journal.events(RUN))
    journal._connection.execute("pragma max_page_count = 100000")
    journal.append_event(RUN, token, "more", BEGIN, {})
    assert len(journal.events(RUN)) == kept + 1
    journal.close()


def test_a_read_only_journal_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    filled(path)
    journal = SqliteJournal(path)
    journal._connection.execute("pragma query_only = on")
    with pytest.raises(JournalUnwritable) as stopped:
        journal.request_cancel(RUN, "me")
    assert str(stopped.value) == (
        "error SP269: the journal cannot be written: attempt to write a readonly database; the run stopped here,"
        f" because nothing may be done that is not written down first\n  where: {path}\n"
        "  fix:   make the file and its folder writable for yourself, on a writable disk;"
        " then `stormproof runbook resume RUN`"
    )
    journal.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(JournalUnusable) as refused:
        SqliteJournal(tmp_path / "state" / "journal.sqlite")
    assert refused.value.code == "SP264"


def test_a_journal_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    filled(path)
    with sqlite3.connect(path) as db:
        db.execute("pragma user_version = 9")
    db.close()
    with pytest.raises(JournalUnusable) as refused:
        SqliteJournal(path)
    assert refused.value.what == "the journal has version 9, this program knows 1"


def test_processes_that_open_a_new_journal_at_once_all_get_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[3])\n"
        "from journal_support import a_run\n"
        "from stormproof.adapters.journal_sqlite import SqliteJournal\n"
        "SqliteJournal(Path(sys.argv[1])).create_run(a_run(sys.argv[2]))\n"
    )
    support = str(Path(__file__).parents[1] / "support")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(path), f"run-{number}", support], stderr=subprocess.PIPE, text=True
        )
        for number in range(5)
    ]
    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert ends == [("", 0)] * 5
    journal = SqliteJournal(path)
    assert len(journal.runs()) == 5
    journal.close()


def test_a_new_journal_is_waited_for_while_another_makes_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.touch(mode=0o600)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("begin immediate")
    release = threading.Timer(0.3, other.execute, ("rollback",))
    release.start()
    journal = SqliteJournal(path)
    release.join()
    journal.create_run(a_run())
    assert len(journal.runs()) == 1
    journal.close()
    other.close()


def test_a_new_journal_that_another_never_lets_go_is_refused_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_sqlite, "BUSY_TIMEOUT_SECONDS", 0.1)
    path = tmp_path / "journal.sqlite"
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(JournalUnusable, match="locked by another process"):
            SqliteJournal(path)


def test_opening_a_journal_again_takes_no_lock_from_the_process_that_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    token = filled(path)
    journal = SqliteJournal(path)
    journal.append_event(RUN, token, "before", BEGIN, {})
    SqliteJournal(path).close()
    # Were the lock gone, the next to close the file would take itself for the last, and remove what is written ahead.
    other = (
        "import sys, sqlite3; db = sqlite3.connect(sys.argv[1]); db.execute('select * from run').fetchall(); db.close()"
    )
    subprocess.run([sys.executable, "-c", other, str(path)], check=True, timeout=60)
    journal.append_event(RUN, token, "behind", BEGIN, {})
    read_anew = "import sys, sqlite3; print(*(k for k, in sqlite3.connect(sys.argv[1]).execute('select kind from event order by 1')))"
    kinds = subprocess.run([sys.executable, "-c", read_anew, str(path)], check=True, timeout=60, stdout=subprocess.PIPE)
    assert kinds.stdout.decode().split()[:2] == ["before", "behind"]
    journal.close()


def test_documents_on_disk_are_json(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    token = filled(path)
    journal = SqliteJournal(path)
    journal.record_step(RUN, token, "a", 1, StepState.STARTED, BEGIN, detail={"ü": "\u2028"})
    (detail,) = journal._connection.execute("select detail from step").fetchone()
    assert detail.isascii()
    assert json.loads(detail) == {"ü": "\u2028"}
    journal.close()
