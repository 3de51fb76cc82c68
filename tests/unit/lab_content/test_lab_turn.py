"""Two processes never change one lab's content at the same time."""

from __future__ import annotations

import pytest

from stormproof.core.errors import SetupFailed
from stormproof.lab.lab_turn import turn


def test_the_second_waits_and_says_so_and_gives_up_in_the_end(tmp_path):
    said: list[str] = []
    lock = tmp_path / "lab.lock"
    with turn(lock, said.append), pytest.raises(SetupFailed) as failed, turn(lock, said.append, timeout_seconds=0.3):
        pass
    assert str(failed.value) == (
        "error SP696: another process was changing this lab for 0.3 s\n"
        f"  where: {lock}\n"
        "  fix:   wait for it to end, or end it; then try again"
    )
    assert said == ["another process is changing this lab; waiting for it"]


def test_a_turn_that_ended_is_free(tmp_path):
    said: list[str] = []
    for _ in range(2):
        with turn(tmp_path / "lab.lock", said.append, timeout_seconds=0.0):
            pass
    assert said == []
    assert list(tmp_path.iterdir()) == []
