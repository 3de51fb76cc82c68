"""Whatever became of the lab's own files: they are read as they were written, or said to be damaged, and never as another lab.

No process is ended here: what a damaged number would mean is only looked at.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from mutating import VALUES, as_text, broken_bytes, broken_documents, broken_texts, outcome

from stormproof.adapters.namespace_dial import find_process
from stormproof.cli.lab import _lines
from stormproof.core.errors import HostUnreachable, Refused, SetupFailed
from stormproof.lab.certificates import Certificates
from stormproof.lab.certificates import read_or_make as certificates_of
from stormproof.lab.foundation import Foundation
from stormproof.lab.identities import KeyStore
from stormproof.lab.lab import Lab
from stormproof.lab.lab_record import LabRecord, RecordFile
from stormproof.lab.lab_secrets import NAMES, LabSecrets, read_or_make
from stormproof.lab.lab_state import LabState
from stormproof.lab.level import Level
from stormproof.lab.network import Network
from stormproof.lab.processes import Process
from stormproof.lab.state import StateFolder
from stormproof.lab.topology import HOSTS, ROUTER, HostSpec

LIVING = Process.of(os.getpid())
STATE = LabState(
    Level.ROOT,
    Network("10.77", "fd01:2:3"),
    True,
    {spec.name: spec.number for spec in HOSTS},
    dict.fromkeys((ROUTER, *(spec.name for spec in HOSTS)), LIVING),
)
SPECS = [
    HostSpec("vault", 3, {"x/y": "text\n"}, (Path("/opt"),), ("/srv/m",), {"/srv/v": "/srv/w"}),
    HostSpec("recovery-1", 4),
]
RECORD = LabRecord(
    "stream", 300, 20.0, False, 1200, True, "20261123-060330F", {"kind": "loss", "t_fail": "2026-11-23T06:00:00Z"}
)


@contextmanager
def a_lab() -> Iterator[Path]:
    """A lab's folder as a bring-up leaves it, without hosts and keys."""
    home = Path(tempfile.mkdtemp(prefix="fuzz-lab-"))
    try:
        (home / "lab").mkdir()
        folder = StateFolder(home / "lab")
        folder.settle(Level.ROOT)
        folder.write(STATE)
        folder.write_specs(SPECS)
        RecordFile(folder.path / "lab-content.json").write(RECORD)
        yield home
    finally:
        shutil.rmtree(home)


def written(name: str) -> bytes:
    with a_lab() as home:
        return (home / "lab" / name).read_bytes()


def the_record(folder: Path) -> LabRecord | None:
    return RecordFile(folder / "lab-content.json").read()


READERS: dict[str, tuple[Callable[[Path], Any], Any]] = {
    "state.json": (lambda folder: StateFolder(folder).read(), STATE),
    "hosts.json": (lambda folder: StateFolder(folder).read_specs(), SPECS),
    "lab.json": (lambda folder: StateFolder(folder).settle(Level.ROOT), None),
    "lab-content.json": (the_record, RECORD),
}
CONTENTS = {name: written(name) for name in READERS}
FILES = st.sampled_from(sorted(READERS))


def read(name: str, content: bytes) -> Any:
    """What the lab makes of its file with this content; each view of the whole lab answers, too."""
    with a_lab() as home:
        (home / "lab" / name).write_bytes(content)
        found = outcome(lambda: READERS[name][0](home / "lab"))
        assert not isinstance(found, Exception) or isinstance(found, SetupFailed), found
        status = outcome(lambda: Lab(home, home).status())
        if isinstance(status, dict):
            "\n".join(_lines({**status, "exit_code": 0}, 80)).encode()
            json.dumps(status).encode()
        else:
            assert isinstance(status, SetupFailed), status
        for host in ("vault", ROUTER, "nobody"):
            near = outcome(lambda host=host: Foundation(home / "lab", home).process(host))  # type: ignore[misc]
            assert isinstance(near, Process | SetupFailed | HostUnreachable)
        return found


@pytest.mark.parametrize("name", sorted(READERS))
def test_what_was_written_is_read(name: str) -> None:
    assert read(name, CONTENTS[name]) == READERS[name][1]


@given(FILES, st.data())
def test_one_damage_is_never_read_as_something_else(name: str, data: st.DataObject) -> None:
    found = read(name, data.draw(broken_bytes(CONTENTS[name], most=1)))
    assert isinstance(found, SetupFailed) or found == READERS[name][1]


@given(FILES, st.data())
@example("state.json", None)
def test_any_text_is_a_lab_or_is_said_to_be_damaged(name: str, data: st.DataObject | None) -> None:
    text = "[" * 100_000 if data is None else data.draw(broken_texts(CONTENTS[name].decode()))
    found = read(name, text.encode("utf-8", "surrogatepass"))
    assert found is None or isinstance(found, SetupFailed | type(READERS[name][1]))


@given(FILES, st.data())
@example("lab-content.json", None)
def test_any_document_of_an_earlier_version_is_a_lab_or_is_said_to_be_damaged(
    name: str, data: st.DataObject | None
) -> None:
    """Without a digest each value is held to its kind."""
    document = json.loads(CONTENTS[name])
    del document["digest"]
    broken = document | {"last_backup": "\ud800"} if data is None else data.draw(broken_documents(document, most=3))
    found = read(name, as_text(broken).encode())
    if name == "state.json" and isinstance(found, LabState):
        assert set(found.processes) == set(broken["hosts"])
        assert all(process.pid > 0 for process in found.processes.values())
        assert [found.addresses(host).ipv4 for host in found.numbers]
    if name == "lab-content.json" and isinstance(found, LabRecord):
        assert asdict(found) == RECORD_DEFAULTS | broken


RECORD_DEFAULTS = {"customers": 0, "ready": False, "last_backup": None, "disaster": None}


@pytest.mark.parametrize("name", sorted(READERS))
def test_what_is_no_file_is_said_at_once(name: str) -> None:
    for make in (
        os.mkfifo,
        Path.mkdir,
        lambda place: place.symlink_to("/dev/zero"),
        lambda place: place.symlink_to(place),
    ):
        with a_lab() as home:
            place = home / "lab" / name
            place.unlink()
            make(place)
            assert isinstance(outcome(lambda: READERS[name][0](home / "lab")), SetupFailed)


def test_a_file_that_is_endless_is_not_read_to_its_end(tmp_path: Path) -> None:
    with a_lab() as home:
        with (home / "lab" / "lab-content.json").open("r+b") as file:
            file.truncate(2**40)  # sparse
        assert isinstance(outcome(lambda: the_record(home / "lab")), SetupFailed)


@given(broken_bytes(CONTENTS["state.json"], most=3))
@example(CONTENTS["state.json"].replace(str(LIVING.pid).encode(), b"1e400"))
@example(b"[" * 100_000)
@example(b'{"schema": "stormproof.lab-state/v1", "boot_id": 5, "hosts": []}')
def test_who_dials_finds_the_process_or_says_why_not(content: bytes) -> None:
    with a_lab() as home:
        file = home / "lab" / "state.json"
        file.write_bytes(content)
        found = outcome(lambda: find_process(file, "vault"))
        assert isinstance(found, tuple | Refused | HostUnreachable)


SECRETS = st.sampled_from(NAMES)


@given(SECRETS, st.one_of(st.binary(max_size=60), broken_bytes(b"x7_-" * 10 + b"\n")))
@example("restic-password", b"a\nb\n")
@example("restic-password", b"a\0b\n")
@example("restic-password", b"\xff\n")
def test_a_secret_is_one_word_or_is_said_to_be_damaged(name: str, content: bytes) -> None:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-secrets-"))
    try:
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
        found = outcome(lambda: read_or_make(folder))
    finally:
        shutil.rmtree(folder)
    if isinstance(found, LabSecrets):
        value = getattr(found, name.replace("-", "_"))
        assert value == content.decode().strip()
        assert not any(char.isspace() or ord(char) < 33 for char in value)
    else:
        assert isinstance(found, SetupFailed)
        assert content.decode(errors="replace").strip() == "" or content.decode(errors="replace").strip() not in str(
            found
        )


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    KeyStore(folder).ensure(["host-vault"])
    certificates_of(folder, server="vault", client="recovery-1")
    return folder


@given(content=st.data())
def test_a_key_is_one_line_of_its_kind_or_is_said_to_be_damaged(keys: Path, content: st.DataObject) -> None:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-keys-"))
    try:
        for name in ("host-vault", "host-vault.pub"):
            (folder / name).write_bytes(content.draw(broken_bytes((keys / name).read_bytes())))
        public = outcome(lambda: KeyStore(folder).public("host-vault"))
        private = outcome(lambda: KeyStore(folder).private("host-vault"))
    finally:
        shutil.rmtree(folder)
    assert isinstance(public, SetupFailed) or (public.split()[0] == "ssh-ed25519" and len(public.splitlines()) == 1)
    assert isinstance(private, SetupFailed) or private.isascii()


@given(content=st.data())
def test_certificates_are_pem_or_are_said_to_be_damaged(keys: Path, content: st.DataObject) -> None:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-certificates-"))
    try:
        shutil.copytree(keys, folder, dirs_exist_ok=True)
        name = content.draw(st.sampled_from(sorted(path.name for path in keys.glob("tls-*"))))
        broken = content.draw(broken_bytes((keys / name).read_bytes()))
        assume(broken)  # an empty one is made anew
        (folder / name).write_bytes(broken)
        found = outcome(lambda: certificates_of(folder, server="vault", client="recovery-1"))
    finally:
        shutil.rmtree(folder)
    assert isinstance(found, Certificates | SetupFailed)


def test_the_kinds_of_values_are_all_tried() -> None:
    assert len(VALUES) > 30
