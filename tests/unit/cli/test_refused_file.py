"""What the operating system keeps from us is told as the machine's matter; what may be ours stays a mistake of ours."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from stormproof.cli.main import main
from stormproof.cli.refused_file import refused_file


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC, errno.EROFS, errno.ENOTDIR, errno.EMFILE])
@pytest.mark.parametrize("name", ["/srv/state", b"/srv/state"])
def test_a_file_that_is_refused_is_named_with_what_to_do(number: int, name: str | bytes) -> None:
    error = refused_file(OSError(number, os.strerror(number), name))
    assert error is not None
    assert (error.where, error.code, error.exit_code) == ("/srv/state", "SP171", 69)
    assert os.strerror(number) in error.what


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOENT, "No such file or directory", "/srv/x"),  # we should have looked
        OSError(errno.EACCES, "Permission denied"),  # of what?
        OSError("odd"),
    ],
)
def test_what_names_no_file_or_may_be_our_own_doing_stays_a_mistake_of_ours(error: OSError) -> None:
    assert refused_file(error) is None


def test_a_state_folder_below_a_file_is_told_and_no_mistake_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "stormproof.toml").write_text("")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STORMPROOF_HOME", str(tmp_path / "file"))
    assert main(["lab", "status", "--json", "-C", str(tmp_path / "project")]) == 69
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "SP171"
    assert error["where"].startswith(str(tmp_path / "file"))
