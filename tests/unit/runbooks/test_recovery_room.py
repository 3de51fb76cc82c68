"""Room on the host that recovers: bytes and inodes, looked at before anything is copied."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from stormproof.core.errors import RunFailed
from stormproof.core.ports import Completed

RUNBOOKS = Path(__file__).parents[3] / "runbooks"


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(RUNBOOKS))
    yield importlib.import_module("recovery_room")
    for name in ("recovery_room", "recovery_place"):
        sys.modules.pop(name, None)


class Saying:
    """A host that answers `df` as given."""

    name = "recovery-1"

    def __init__(self, stdout: str, status: int = 0, stderr: str = "") -> None:
        self.answer = Completed(status, stdout, stderr, 0.0)

    def run(self, script: str, **more: Any) -> Completed:
        return self.answer


def make(room: Any, stdout: str, *, needed: int = 1000, status: int = 0, stderr: str = "") -> int:
    from recovery_place import Place

    free: int = room.make_folder_with_room(Place(Saying(stdout, status, stderr), "/w/RUN"), needed_bytes=needed)  # type: ignore[arg-type]
    return free


@pytest.mark.parametrize(("free", "fits"), [(999, False), (1000, True), (1001, True)])
def test_the_bytes_that_are_needed_suffice(room: Any, free: int, fits: bool) -> None:
    if fits:
        assert make(room, f"{free} 50000 100000\n") == free
    else:
        with pytest.raises(RunFailed) as raised:
            make(room, f"{free} 50000 100000\n")
        assert raised.value.code == "SP202"


@pytest.mark.parametrize(("inodes", "fits"), [(0, False), (1499, False), (1500, True)])
def test_a_restore_needs_at_least_the_inodes_of_a_cluster(room: Any, inodes: int, fits: bool) -> None:
    if fits:
        assert make(room, f"5000 {inodes} 100000\n") == 5000
    else:
        with pytest.raises(RunFailed) as raised:
            make(room, f"5000 {inodes} 100000\n", status=1 if inodes == 0 else 0)
        assert raised.value.code == "SP285"


@pytest.mark.parametrize("words", ["5000 0 0", "5000 - -"])
def test_a_file_system_that_counts_no_inodes_has_enough(room: Any, words: str) -> None:
    assert make(room, f"{words}\n") == 5000


def test_a_folder_that_cannot_be_made_is_told_in_its_own_words(room: Any) -> None:
    with pytest.raises(RunFailed, match="Permission denied") as raised:
        make(
            room, "5000 50000 100000\n", status=1, stderr="mkdir: cannot create directory '/w/RUN': Permission denied\n"
        )
    assert raised.value.code == "SP292"


def test_an_answer_of_df_that_cannot_be_read_is_not_room(room: Any) -> None:
    with pytest.raises(RunFailed):
        make(room, "")
