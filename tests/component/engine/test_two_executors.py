"""Two processes and one run: one wins, the other says who has it; a dead one gives way at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from journal_support import a_run

from stormproof.adapters.journal_sqlite import SqliteJournal
from stormproof.adapters.system_clock import SystemClock
from stormproof.core.journal import LeaseHeld, LeaseLost
from stormproof.engine.holder import is_dead, this_process
from stormproof.engine.session import Session

pytestmark = pytest.mark.component

RUN = "20260301T120000Z-0001"

HOLD = """
import sys
from pathlib import Path
from stormproof.adapters.journal_sqlite import SqliteJournal
from stormproof.adapters.system_clock import SystemClock
from stormproof.engine.session import Session
session = Session(SqliteJournal(Path(sys.argv[1])), sys.argv[2], SystemClock(), ttl_seconds=float(sys.argv[3]))
print("held", flush=True)
sys.stdin.readline()
try:
    session.check_still_ours()
    session.event("after", {})
except Exception as error:
    print(type(error).__name__, flush=True)
"""


@pytest.fixture
def journal(tmp_path: Path) -> SqliteJournal:
    made = SqliteJournal(tmp_path / "journal.sqlite")
    made.create_run(a_run())
    return made


def another(tmp_path: Path, ttl_seconds: float = 60) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "journal.sqlite"), RUN, str(ttl_seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_runner_is_told_host_pid_and_since(tmp_path: Path, journal: SqliteJournal) -> None:
    process = another(tmp_path)
    with pytest.raises(LeaseHeld) as refused:
        Session(journal, RUN, SystemClock())
    assert (refused.value.holder.host, refused.value.holder.pid) == (os.uname().nodename, process.pid)
    assert f"is being executed by process {process.pid} on {os.uname().nodename} since 20" in refused.value.what
    assert refused.value.exit_code == 2
    process.communicate("\n", timeout=30)


def test_a_killed_runner_gives_way_at_once(tmp_path: Path, journal: SqliteJournal) -> None:
    process = another(tmp_path, ttl_seconds=3600)
    process.kill()
    process.wait(timeout=30)
    with Session(journal, RUN, SystemClock()) as session:
        assert session.token == 2


def test_a_stopped_runner_gives_way_after_its_time_and_is_fenced_when_it_wakes(
    tmp_path: Path, journal: SqliteJournal
) -> None:
    process = another(tmp_path, ttl_seconds=0.3)
    process.send_signal(signal.SIGSTOP)
    deadline = SystemClock().now().monotonic + 20
    while True:
        try:
            session = Session(journal, RUN, SystemClock())
            break
        except LeaseHeld:
            assert SystemClock().now().monotonic < deadline, "the lease never ran out"
            SystemClock().sleep(0.02)
    with session:
        process.send_signal(signal.SIGCONT)
        said, _ = process.communicate("\n", timeout=30)
        assert said == "LeaseLost\n"
        assert [event.kind for event in journal.events(RUN)] == ["executor-began", "executor-began"]


def test_this_process_is_alive_and_a_reused_pid_is_not_it() -> None:
    me = this_process()
    assert not is_dead(me)
    assert is_dead(replace(me, started="1"))
    assert is_dead(replace(me, boot="before the last reboot"))
    assert not is_dead(replace(me, machine="another", started="1"))
    assert not is_dead(replace(me, namespace="pid:[another]", started="1"))


def test_a_lost_lease_is_lost_for_every_write(journal: SqliteJournal) -> None:
    with (
        Session(journal, RUN, SystemClock()) as stale,
        Session(journal, RUN, SystemClock(), dead=lambda holder: True),
        pytest.raises(LeaseLost),
    ):
        stale.event("x", {})
