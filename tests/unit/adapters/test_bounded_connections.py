"""Every ssh and sftp that a job starts is given bounds, whatever the host's own configuration says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stormproof.adapters.host_scripts import SSH_BOUNDS, bounded_connections


@pytest.mark.parametrize("tool", ["ssh", "sftp"])
def test_a_tool_called_by_name_gets_the_bounds_before_its_own_options(tmp_path: Path, tool: str) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in ("ssh", "sftp"):
        (own / name).write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
        (own / name).chmod(0o755)
    script = bounded_connections(f"{tmp_path}/a run") * 2 + f"{tool} -o 'Port=2 2' vault"
    done = subprocess.run(
        ["bash", "-c", script], env={"PATH": f"{own}:/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    options = [word for bound in SSH_BOUNDS for word in ("-o", bound)]
    assert done.stdout.splitlines() == [*options, "-o", "Port=2 2", "vault"]
    assert sorted(path.name for path in (tmp_path / "a run/bin").iterdir()) == ["sftp", "ssh"]
