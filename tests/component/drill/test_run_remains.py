"""Tear-down of a run whose server was killed: the kernel keeps System V memory until somebody removes it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from lab_support import LEVELS, foundation_at

from stormproof.adapters import run_remains
from stormproof.adapters.resource import resource
from stormproof.core.ports import Host
from stormproof.lab.foundation import Foundation
from stormproof.lab.lab_host import LabHost

pytestmark = pytest.mark.component
WORK = "/var/lib/stormproof"
RUN, OTHER = "20260101T000000Z-0a1b", "20260101T000000Z-0c2d"
START = r"""
set -e
D={work}/{run}/pgdata B=/usr/lib/postgresql/15/bin
mkdir -p $D {work}/{run}/socket
[ -e $D/PG_VERSION ] || $B/initdb -D $D -A trust -N >/dev/null
$B/pg_ctl -D $D -s -w -l {work}/{run}/log -o "-c listen_addresses= -c unix_socket_directories={work}/{run}/socket" start
"""
KILL = r"""
read -r pid <{work}/{run}/pgdata/postmaster.pid
kill -KILL "$pid"
for ((i = 0; i < 500; i++)); do pgrep -f '^postgres: ' >/dev/null || exit 0; sleep 0.02; done
exit 1
"""
# What of its lock file a server has on disk when it is killed: all of it, or, soon after its start, no word of its memory.
TOLD = {
    "that-told-its-memory": ":",
    "that-did-not-tell-its-memory-yet": "head -n 6 {lock} >{lock}.new; mv {lock}.new {lock}",
    "without-a-lock-file": "rm {lock}",
}


@pytest.fixture(scope="module")
def recovery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabHost]:
    foundation: Foundation = foundation_at(LEVELS[0], tmp_path_factory.mktemp("remains") / "lab")
    foundation.up()
    yield foundation.host("recovery-1")
    foundation.destroy()


def memory(host: LabHost) -> int:
    """How many segments of System V memory there are."""
    return int(host.check("ipcs -m | grep -c ^0x || true"))


def start(host: LabHost, run: str) -> None:
    host.check(START.format(work=WORK, run=run), timeout_seconds=120)


def killed(host: LabHost, run: str) -> None:
    start(host, run)
    host.check(KILL.format(work=WORK, run=run))


@pytest.mark.parametrize("end", TOLD.values(), ids=TOLD)
def test_tear_down_leaves_no_memory_of_a_killed_server(recovery: LabHost, end: str):
    killed(recovery, RUN)
    recovery.check(end.format(lock=f"{WORK}/{RUN}/pgdata/postmaster.pid"))
    assert memory(recovery) == 1
    remains = run_remains.destroy(cast("Host", recovery), WORK, RUN)
    assert (memory(recovery), remains.left) == (0, ())


def test_tear_down_touches_no_memory_of_another_folder(recovery: LabHost):
    killed(recovery, OTHER)
    killed(recovery, RUN)
    assert memory(recovery) == 2
    run_remains.destroy(cast("Host", recovery), WORK, RUN)
    assert memory(recovery) == 1
    run_remains.destroy(cast("Host", recovery), WORK, OTHER)
    assert memory(recovery) == 0


def test_tear_down_ends_a_server_that_lives_with_its_memory_and_no_other(recovery: LabHost):
    start(recovery, OTHER)
    start(recovery, RUN)
    run_remains.destroy(cast("Host", recovery), WORK, RUN)
    assert memory(recovery) == 1
    assert recovery.run(f"/usr/lib/postgresql/15/bin/pg_ctl -D {WORK}/{OTHER}/pgdata status").status == 0
    run_remains.destroy(cast("Host", recovery), WORK, OTHER)
    assert memory(recovery) == 0


def test_a_recovery_whose_server_was_killed_and_whose_folder_is_gone_is_found_and_ended(recovery: LabHost) -> None:
    """PostgreSQL's startup process outlives its postmaster for as long as its restore command runs."""
    work = f"{WORK}/{RUN}"
    start(recovery, RUN)
    recovery.check(
        f"""set -e
        B=/usr/lib/postgresql/15/bin; $B/pg_ctl -D {work}/pgdata -s -w stop; touch {work}/pgdata/recovery.signal
        echo "restore_command = 'exec sleep 6003'" >>{work}/pgdata/postgresql.conf
        $B/pg_ctl -D {work}/pgdata -s -W -l {work}/log -o "-c listen_addresses= -c unix_socket_directories={work}/socket" start
        for ((i = 0; i < 500; i++)); do pgrep -f 'sleep 6003' >/dev/null && break; sleep 0.02; done
        read -r pid <{work}/pgdata/postmaster.pid
        kill -KILL "$pid"; rm -rf {work}""",
        timeout_seconds=120,
    )
    assert recovery.run("pgrep -f 'slee[p] 6003'").status == 0
    assert run_remains.run_folders(cast("Host", recovery), WORK)[0] == [RUN]
    assert run_remains.destroy(cast("Host", recovery), WORK, RUN).left == ()
    assert recovery.run("pgrep -f 'slee[p] 6003'").status == 1
    assert run_remains.run_folders(cast("Host", recovery), WORK) == ([], [])


def test_a_restore_command_whose_run_is_gone_ends_recovery(tmp_path: Path) -> None:
    """Above 125, so that a server that still lives does not take it for the end of the archive."""
    script = tmp_path / "wal_next.sh"
    script.write_text(resource("wal_next.sh"))
    folder = tmp_path / "wal"
    (folder / "want").mkdir(parents=True)
    (folder / "list").write_text("000000010000000000000002 0 archive 16777216\n")
    waiting = subprocess.Popen(["bash", str(script), str(folder), "000000010000000000000002", str(tmp_path / "to")])
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(0.5)
    shutil.rmtree(folder)
    assert waiting.wait(60) == 200
