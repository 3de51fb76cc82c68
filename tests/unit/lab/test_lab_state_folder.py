"""The lab's folder remembers what must be remembered and refuses what is not its own."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from stormproof.core.errors import Refused, SetupFailed
from stormproof.lab import state as state_module
from stormproof.lab.lab_state import LabState, boot_id
from stormproof.lab.level import Level
from stormproof.lab.network import Network
from stormproof.lab.processes import Process
from stormproof.lab.state import StateFolder
from stormproof.lab.topology import HostSpec

STATE = LabState(
    Level.USER, Network("10.77", "fd01:2:3"), True, {"vault": 3}, {"router": Process(5, 50), "vault": Process(6, 60)}
)


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    (tmp_path / "lab").mkdir()
    return StateFolder(tmp_path / "lab")


def test_what_is_written_is_read_back(folder: StateFolder):
    folder.write(STATE)
    assert folder.read() == STATE
    assert folder.state_json.stat().st_mode & 0o777 == 0o600


def test_no_state_is_no_lab(folder: StateFolder):
    assert folder.read() is None
    folder.write(STATE)
    folder.forget()
    assert folder.read() is None


def test_a_state_that_cannot_be_read_is_said_and_never_taken_for_none(folder: StateFolder):
    folder.state_json.write_text("{")
    with pytest.raises(SetupFailed) as caught:
        folder.read()
    assert caught.value.where == str(folder.state_json)
    assert caught.value.fix == "end the lab's processes by hand if any are left, then delete this file"


def test_hosts_are_described_again_as_they_were(folder: StateFolder):
    specs = [
        HostSpec("vault", 3, {"x/y": "text"}, (Path("/opt"),), ("/srv/m",), {"/srv/v": "/srv/w"}),
        HostSpec("recovery-1", 4),
    ]
    folder.write_specs(specs)
    assert folder.read_specs() == specs


def test_a_labs_level_stays_the_same(folder: StateFolder):
    folder.settle(Level.ROOT)
    folder.settle(Level.ROOT)
    with pytest.raises(SetupFailed) as caught:
        folder.settle(Level.USER)
    assert str(caught.value) == (
        "error SP603: this lab was made with root-namespaces; now it would use user-namespaces, which cannot own its disks\n"
        f"  where: {folder.path}\n"
        "  fix:   run `stormproof lab destroy`, then bring it up again"
    )


def test_a_folder_with_other_things_is_neither_settled_in_nor_removed(folder: StateFolder):
    (folder.path / "thesis.txt").write_text("")
    with pytest.raises(SetupFailed):
        folder.settle(Level.ROOT)
    with pytest.raises(Refused) as caught:
        folder.remove()
    assert caught.value.what == "this folder is not a lab's, so it is not deleted"


def test_a_lab_is_removed_with_directories_that_a_host_closed(folder: StateFolder):
    folder.settle(Level.ROOT)
    closed = folder.disk("vault") / "srv" / "closed"
    (closed / "deep").mkdir(parents=True)
    (closed / "deep" / "file").write_text("")
    (closed / "deep").chmod(0)
    closed.chmod(0o500)
    folder.remove()
    assert not folder.path.exists()


def test_one_process_at_a_time_changes_a_lab(folder: StateFolder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(state_module, "LOCK_SECONDS_MAX", 0.05)
    seen: list[SetupFailed] = []

    def second() -> None:
        try:
            with StateFolder(folder.path).locked():
                pass
        except SetupFailed as error:
            seen.append(error)

    with folder.locked():
        other = threading.Thread(target=second)
        other.start()
        other.join()
    assert [error.what for error in seen] == ["another process is changing this lab"]
    second()
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"pid": 6', '"pid": 7'),  # another process; `down` would leave the host running
        (f'"boot_id": "{boot_id()}"', '"boot_id": "another"'),  # a lab that stands would be none
        ('"number": 3', '"number": 4'),
        ('"ipv4_prefix": "10.77"', '"ipv4_prefix": "10.78"'),
    ],
)
def test_a_state_that_was_changed_is_never_taken_for_another(folder: StateFolder, before: str, after: str):
    folder.write(STATE)
    text = folder.state_json.read_text()
    assert text.count(before) == 1
    folder.state_json.write_text(text.replace(before, after))
    with pytest.raises(SetupFailed) as caught:
        folder.read()
    assert caught.value.what == "the lab's state cannot be read: it was changed since it was written"


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", '{"schema": 5}', "\x00", '{"digest": 5}'])
def test_each_file_of_the_lab_that_is_damaged_is_told_as_that_file(folder: StateFolder, text: str):
    for file in (folder.state_json, folder.marker, folder.path / "hosts.json"):
        file.write_text(text)
    for read, file in (
        (folder.read, "state.json"),
        (lambda: folder.settle(Level.ROOT), "lab.json"),
        (folder.read_specs, "hosts.json"),
    ):
        if text == "[]" and file == "hosts.json":
            continue  # of an earlier version, without a host
        with pytest.raises(SetupFailed) as caught:
            read()  # type: ignore[operator]
        assert caught.value.where == str(folder.path / file)


def test_a_host_that_was_never_written_down_is_told(folder: StateFolder):
    with pytest.raises(SetupFailed, match="cannot be read: it is missing"):
        folder.spec_of("vault")
    folder.write_specs([HostSpec("recovery-1", 4)])
    with pytest.raises(SetupFailed, match="what host 'vault' is made of was never written down"):
        folder.spec_of("vault")


@pytest.mark.parametrize(
    ("state", "what"),
    [
        ({"pid": -1}, "its hosts are none"),
        ({"pid": 10**30}, "its hosts are none"),
        ({"pid": "6"}, "its hosts are none"),
        ({"started": None}, "its hosts are none"),
        ({"number": 251}, "its hosts are none"),
        ({"number": None}, "its hosts are none"),
    ],
)
def test_a_state_without_a_digest_is_held_to_its_kinds(folder: StateFolder, state: dict[str, object], what: str):
    document = STATE.as_json()
    document["hosts"]["vault"] |= state
    folder.state_json.write_text(json.dumps(document))
    with pytest.raises(SetupFailed) as caught:
        folder.read()
    assert caught.value.what == f"the lab's state cannot be read: {what}"


def test_a_state_of_an_earlier_version_is_read(folder: StateFolder):
    folder.state_json.write_text(json.dumps(STATE.as_json()))
    assert folder.read() == STATE
