"""Whatever instant a lab's folder was left at by `kill -9`, the next command goes on with it or takes it away."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stormproof.lab.lab import Lab
from stormproof.lab.lab_record import LabRecord, RecordFile
from stormproof.lab.level import Level
from stormproof.lab.state import StateFolder

EVENTS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir"}
BESIDE = ("inventory.yaml", "state.json", *(f"beside-{number}" for number in range(12)))


def cut_off(tmp_path: Path, prepare: Callable[[Path], None], act: Callable[[Path], None]) -> Iterator[Path]:
    """A folder for each instant, in which `act` was killed before the first thing that it does, before the second, and so on."""
    for instant in range(1, 200):
        home = tmp_path / str(instant)
        home.mkdir()
        prepare(home)
        child = os.fork()
        if child == 0:
            try:
                _kill_before(instant)
                act(home)
                os._exit(0)
            finally:
                traceback.print_exc()
                os._exit(1)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        yield home
        if ended == 0:
            assert instant > 3, "nothing was cut off"
            return
        assert ended == -signal.SIGKILL, ended
    pytest.fail("it does more than 200 things")


def _kill_before(instant: int) -> None:
    done = 0

    def audit(event: str, _: tuple[object, ...]) -> None:
        nonlocal done
        if event in EVENTS:
            done += 1
            if done == instant:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(audit)


def settle(home: Path) -> None:
    folder = StateFolder(home / "lab")
    with folder.locked():
        folder.settle(Level.ROOT)


def a_lab(home: Path) -> None:
    settle(home)
    data = home / "lab/hosts/app-primary/disk/data"
    data.mkdir(parents=True)
    (data / "1").touch()
    for name in BESIDE:
        (home / "lab" / name).touch()
    (home / "lab/state.json").unlink()  # it is down
    record(home).write(LabRecord("stream", 300, 20.0, synchronous=False, ready=True))


def record(home: Path) -> RecordFile:
    return RecordFile(home / "lab/lab-content.json")


def everything_in(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.suffix != ".new"}


def destroy(home: Path) -> None:
    Lab(home, home).destroy()


def test_a_folder_that_was_just_being_made_a_labs_is_made_one_by_the_next_or_taken_away(tmp_path: Path) -> None:
    for home in cut_off(tmp_path, lambda home: None, settle):
        settle(home)
        assert StateFolder(home / "lab").marker.exists()
        destroy(home)
        assert list(home.iterdir()) == []


def test_a_first_mark_that_was_not_finished_is_in_nobodys_way(tmp_path: Path) -> None:
    for home in cut_off(tmp_path, lambda home: None, settle):
        destroy(home)
        assert list(home.iterdir()) == []


def test_a_lab_whose_removal_was_cut_off_is_taken_away_by_the_next_and_never_taken_for_a_kept_one(
    tmp_path: Path,
) -> None:
    a_lab(whole := tmp_path)
    everything = everything_in(whole)
    destroy(whole)
    for home in cut_off(tmp_path, a_lab, destroy):
        known = record(home).read()
        if known is not None and known.ready:
            assert everything_in(home) == everything
        if known is None:
            assert not (home / "lab/hosts").exists()
        destroy(home)
        assert list(home.iterdir()) == []
