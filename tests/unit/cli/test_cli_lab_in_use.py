"""One drill at a time in one lab."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from stormproof.cli.lab_in_use import lab_in_use
from stormproof.core.errors import Refused, SetupFailed


def test_who_does_not_wait_is_told_who_has_the_lab(tmp_path: Path) -> None:
    said: list[str] = []
    with (
        lab_in_use(tmp_path, said.append),
        pytest.raises(Refused) as caught,
        lab_in_use(tmp_path, said.append, wait_seconds=0),
    ):
        raise AssertionError("two at once")
    assert str(caught.value) == (
        f"error SP133: the lab is in use by process {os.getpid()}\n"
        f"  where: {tmp_path}/lab-in-use\n"
        "  fix:   wait for that drill to end, or end it; then try again"
    )
    assert said == []


def test_who_waits_gets_it_when_it_is_free(tmp_path: Path) -> None:
    said: list[str] = []
    told = threading.Event()
    order: list[str] = []

    def second() -> None:
        with lab_in_use(tmp_path, lambda line: (said.append(line), told.set())):  # type: ignore[arg-type,func-returns-value]
            order.append("second")

    with lab_in_use(tmp_path, said.append):
        waiting = threading.Thread(target=second)
        waiting.start()
        assert told.wait(60)
        order.append("first")
    waiting.join(60)
    assert order == ["first", "second"]
    assert said == [f"the lab is in use by process {os.getpid()}; waiting for it"]


def test_a_lab_that_is_given_back_can_be_had_again(tmp_path: Path) -> None:
    for _ in range(2):
        with lab_in_use(tmp_path, print, wait_seconds=0):
            assert (tmp_path / "lab-in-use").stat().st_mode & 0o777 == 0o600
        assert list(tmp_path.iterdir()) == []


def test_a_state_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="the state folder cannot be written"), lab_in_use(tmp_path / "none", print):
        raise AssertionError("without a folder")
