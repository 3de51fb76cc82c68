"""A lock that leaves no file, and lets nobody in beside its holder."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from stormproof.lab.lock_file import try_lock, unlock


def test_only_one_has_it_and_nothing_stays(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    held = try_lock(path)
    assert held is not None
    assert try_lock(path) is None
    unlock(path, held)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_a_killed_holder_left_is_taken_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    held = try_lock(path)
    assert held is not None
    unlock(path, held)
    assert not path.exists()


def test_a_lock_on_a_file_that_was_removed_is_none(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    held = try_lock(path)
    assert held is not None
    path.unlink()  # as its holder does right before it lets go
    again = try_lock(path)
    assert again is not None, "the name stands for another file now"
    assert not os.path.samestat(os.fstat(held), os.fstat(again))
    os.close(held)
    unlock(path, again)


def test_many_who_take_it_in_turn_are_never_two_at_once(tmp_path: Path) -> None:
    path, inside, most, turns = tmp_path / "lock", [0], [0], [0]

    def work() -> None:
        for _ in range(50):
            while (held := try_lock(path)) is None:
                time.sleep(0)
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            turns[0] += 1
            inside[0] -= 1
            unlock(path, held)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most[0], turns[0]) == (1, 200)
