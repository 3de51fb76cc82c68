"""What a person names on the command line and cannot mean is refused (2) before anything is written, and says what to name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stormproof.cli.main import main
from stormproof.cli.named_path import named_path, named_verifier, output_file, refuse_files_in
from stormproof.cli.report import write
from stormproof.cli.settings import find_folder, home, read_text
from stormproof.core.errors import Refused

NOBODY = "~no-such-user-here"


def test_a_home_folder_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert named_path("~/key.pub") == Path("/home/ada/key.pub")
    assert named_path("key.pub") == Path("key.pub")


def test_a_home_folder_that_there_is_not_is_a_mistake_of_who_named_it() -> None:
    with pytest.raises(Refused) as caught:
        named_path(f"{NOBODY}/key.pub")
    assert str(caught.value) == (
        f"error SP122: there is no home folder behind '{NOBODY}'\n"
        f"  where: {NOBODY}/key.pub\n"
        "  fix:   write the path in full, or ./~… for a file of that name"
    )
    with pytest.raises(Refused) as caught:
        home({"STORMPROOF_HOME": f"{NOBODY}/state"})
    assert caught.value.where == f"environment variable STORMPROOF_HOME={NOBODY}/state"


def test_a_state_folder_behind_nobody_ends_with_2_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stormproof.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORMPROOF_HOME", f"{NOBODY}/state")
    monkeypatch.setattr("stormproof.cli.main._listen_for_ends", lambda: None)
    assert main(["evidence", "list"]) == 2
    assert capsys.readouterr().err.startswith("error SP122: ")


@pytest.mark.parametrize("below", ["", "sub", "sub/sub"])
@pytest.mark.parametrize(("by", "shown"), [("flag", "-C"), ("variable", "STORMPROOF_PROJECT")])
def test_a_file_where_a_project_is_meant_names_the_folder(tmp_path: Path, below: str, by: str, shown: str) -> None:
    file = tmp_path / "stormproof.toml"
    file.write_text("")
    named = str(file / below)
    with pytest.raises(Refused) as caught:
        find_folder(named, {}) if by == "flag" else find_folder(None, {"STORMPROOF_PROJECT": named})
    assert str(caught.value) == (
        f"error SP120: {file} is no folder\n  where: {shown} {named}\n  fix:   name the project's folder: {tmp_path}"
    )


def test_an_empty_folder_is_refused_and_not_taken_for_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stormproof.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused, match="-C names no folder"):
        find_folder("", {})


def test_a_folder_cannot_be_made_below_a_file(tmp_path: Path) -> None:
    refuse_files_in(tmp_path / "new" / "newer")
    (tmp_path / "file").write_text("")
    for named in (tmp_path / "file", tmp_path / "file" / "new"):
        with pytest.raises(Refused) as caught:
            refuse_files_in(named)
        assert (caught.value.what, caught.value.where) == ("this is no folder", str(tmp_path / "file"))


def test_an_output_that_names_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert output_file(str(tmp_path / "new" / "report.html")) == tmp_path / "new" / "report.html"
    for named, fix in (
        (str(tmp_path), f"name a file: -o {tmp_path}/NAME"),
        ("-", "leave -o out: it then goes to standard output"),
        (str(tmp_path / "file" / "report.html"), "name a folder, or a new one"),
    ):
        with pytest.raises(Refused) as caught:
            output_file(named)
        assert caught.value.fix == fix


def test_a_link_is_written_through_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old and much longer\n")
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new\n"


def test_what_is_no_file_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"  # as /dev/stdout and /dev/null: a file must not stand there afterwards
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(pipe, "told")
        assert os.read(reader, 100) == b"told\n"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_file_that_is_read_says_what_is_wrong_with_its_name(tmp_path: Path) -> None:
    for named, what in ((tmp_path / "none", "there is no such file"), (tmp_path, "this is a folder")):
        with pytest.raises(Refused) as caught:
            read_text(named)
        assert (caught.value.what, caught.value.where) == (what, str(named))


def test_a_key_that_is_missing_or_none_is_a_mistake_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "none.pub").write_text("no key")
    for name, what in (
        ("missing.pub", "the key cannot be read: No such file or directory"),
        ("none.pub", "the file holds no public Ed25519 key in PEM form"),
    ):
        with pytest.raises(Refused) as caught:
            named_verifier([str(tmp_path / name)])
        assert (caught.value.exit_code, caught.value.what) == (2, what)
        assert caught.value.where == f"--key: {tmp_path / name}"
