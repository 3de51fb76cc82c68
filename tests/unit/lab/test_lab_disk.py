"""Writing on a host's disk from outside, where the host may have laid traps."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stormproof.core.errors import Refused
from stormproof.lab.disk import make_directory, prepare_disk, write_file
from stormproof.lab.host_root import Owner
from stormproof.lab.topology import PERSISTENT

ME = Owner(os.geteuid(), os.getegid())


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    prepare_disk(tmp_path / "disk", ME)
    return tmp_path / "disk"


def test_a_disk_has_every_persistent_directory(disk: Path):
    assert all((disk / path[1:]).is_dir() for path in PERSISTENT)


def test_a_file_replaces_the_one_before_and_has_its_mode(disk: Path):
    write_file(disk, "/srv/a/b", "one", owner=ME)
    write_file(disk, "/srv/a/b", "two", owner=ME, mode=0o600)
    written = disk / "srv/a/b"
    assert (written.read_text(), written.stat().st_mode & 0o777) == ("two", 0o600)
    assert [entry.name for entry in written.parent.iterdir()] == ["b"]


def test_a_link_in_the_way_is_refused_and_not_followed(disk: Path, tmp_path: Path):
    (tmp_path / "machine").mkdir()
    (disk / "srv/out").symlink_to(tmp_path / "machine")
    with pytest.raises(Refused) as caught:
        write_file(disk, "/srv/out/passwd", "mine", owner=ME)
    assert str(caught.value) == (
        "error SP610: 'out' in /srv/out is a link or no directory\n"
        f"  where: {disk}\n"
        "  fix:   look what the host put there; `stormproof lab destroy` makes a new disk"
    )
    with pytest.raises(Refused):
        make_directory(disk, "/srv/out/deeper", owner=ME)
    assert list((tmp_path / "machine").iterdir()) == []


def test_a_link_in_the_files_place_is_replaced_and_not_followed(disk: Path, tmp_path: Path):
    (tmp_path / "victim").write_text("untouched")
    (disk / "srv/file").symlink_to(tmp_path / "victim")
    (disk / "srv/.file.new").symlink_to(tmp_path / "victim")
    write_file(disk, "/srv/file", "mine", owner=ME)
    assert (tmp_path / "victim").read_text() == "untouched"
    assert not (disk / "srv/file").is_symlink()


def test_a_directory_in_the_files_place_is_refused(disk: Path):
    (disk / "srv/file").mkdir()
    with pytest.raises(Refused) as caught:
        write_file(disk, "/srv/file", "mine", owner=ME)
    assert caught.value.what == "/srv/file cannot be written: Is a directory"


@pytest.mark.parametrize("path", ["/etc/passwd", "/srv", "/srv/../etc/passwd", "srv/x", "/usr/x"])
def test_what_is_not_on_the_disk_cannot_be_written(disk: Path, path: str):
    with pytest.raises(Refused) as caught:
        write_file(disk, path, "mine", owner=ME)
    assert caught.value.what == f"{path} is not on the host's disk"


def test_a_directorys_mode_is_left_alone_unless_asked_for(disk: Path):
    make_directory(disk, "/srv/a", owner=ME, mode=0o700)
    make_directory(disk, "/srv/a", owner=ME)
    assert (disk / "srv/a").stat().st_mode & 0o777 == 0o700
