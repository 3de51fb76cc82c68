"""`init` on a disk that fills up in the middle: what was written is removed again, and nothing else."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from stormproof.cli.main import main


@pytest.mark.parametrize("files", [0, 1, 7])
@pytest.mark.parametrize("there", [True, False])
def test_nothing_is_left_of_a_project_that_could_not_be_written(
    files: int, there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "project"
    if there:
        (folder / "drills").mkdir(parents=True)
        (folder / "notes").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    really_open, left = Path.open, [files]

    def open_while_there_is_room(path: Path, mode: str = "r", **options: Any) -> Any:
        if mode == "x":
            if not left[0]:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            left[0] -= 1
        return really_open(path, mode, **options)

    monkeypatch.setattr(Path, "open", open_while_there_is_room)
    assert main(["init", str(folder)]) == 69
    assert "SP129" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
