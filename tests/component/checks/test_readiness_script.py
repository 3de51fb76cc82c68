"""The service is back when the read finds what was written; an answer of none, or the write's own words, is not that."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stormproof.adapters.resource import resource

pytestmark = pytest.mark.component


def tried(folder: Path, written: str, read: str) -> subprocess.CompletedProcess[str]:
    """The script with a psql that answers like this, and no time to wait for another answer."""
    for name in ("bin", "run/etc", "run/log"):
        (folder / name).mkdir(parents=True)
    psql = folder / "bin" / "psql"
    psql.write_text(
        "#!/bin/bash\n"
        'while read -r line; do case $line in "\\echo "*) echo "${line#* }" ;; write*) printf %b "$WRITTEN" ;; read*) printf %b "$READ" ;; esac; done\n'
    )
    psql.chmod(0o755)
    return subprocess.run(
        ["bash", "-s"],
        input=resource("pg_readiness.sh"),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={
            "PATH": "/usr/bin:/bin", "RUN_DIR": str(folder / "run"), "PG_BIN": str(folder / "bin"), "ADDRESS": "a", "PORT": "1",
            "DATABASE": "d", "ROLE": "r", "APPLICATION_PASSWORD": "p", "WRITE_SQL": "write", "READ_SQL": "read", "RUN_ID": "x",
            "WAIT_SECONDS": "0", "WRITTEN": written, "READ": read,
        },
    )  # fmt: skip


@pytest.mark.parametrize(("written", "read"), [("", "1\\n"), ("", "10\\n"), ("7\\n", "x|0\\n"), ("", "0\\n0\\n")])
def test_a_read_that_finds_something_is_acknowledged(tmp_path: Path, written: str, read: str) -> None:
    done = tried(tmp_path, written, read)
    assert (done.returncode, done.stdout.split()[0]) == (0, "acknowledged")


@pytest.mark.parametrize(("written", "read"), [("", ""), ("", "0\\n"), ("", "f\\n"), ("7\\n", ""), ("7\\n", "0\\n")])
def test_a_read_that_finds_none_is_not_whatever_the_write_answered(tmp_path: Path, written: str, read: str) -> None:
    done = tried(tmp_path, written, read)
    assert (done.returncode, done.stdout, done.stderr) == (68, "", "the read found nothing\n")
