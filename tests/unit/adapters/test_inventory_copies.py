"""Several that pull at the same instant: every copy is kept, and the link means the newest of them."""

from __future__ import annotations

import itertools
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stormproof.adapters.infra_inventory import NEWEST, InventoryCopies
from stormproof.core.infra.recovery_inventory import InventoryCopy

AT = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def copy(minutes: int) -> InventoryCopy:
    return InventoryCopy("recovery", AT + timedelta(minutes=minutes), "test", {"minutes": minutes})


@pytest.mark.parametrize("instant", ["link", "symlink"])
def test_the_link_means_the_newest_copy_whoever_comes_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instant: str
) -> None:
    others, real, numbers = [copy(2), copy(1)], getattr(os, instant), itertools.count(1)

    def and_then_others_pull(*arguments: Any, **more: Any) -> None:
        real(*arguments, **more)
        if others:
            InventoryCopies(tmp_path).keep(others.pop())

    monkeypatch.setattr(os, "getpid", lambda: next(numbers))  # of a process each
    monkeypatch.setattr(os, instant, and_then_others_pull)
    InventoryCopies(tmp_path).keep(copy(0))
    files = InventoryCopies(tmp_path).files("recovery")
    assert len(files) == 3
    assert (tmp_path / "recovery" / NEWEST).resolve() == files[0]
    assert sorted(path.name for path in (tmp_path / "recovery").iterdir()) == sorted(
        [NEWEST, *(path.name for path in files)]
    )


def test_a_link_that_a_killed_process_of_the_same_number_left_is_in_nobodys_way(tmp_path: Path) -> None:
    copies = InventoryCopies(tmp_path)
    first = copies.keep(copy(0))
    (tmp_path / "recovery" / f".{NEWEST}.{os.getpid()}").symlink_to(first.name)
    newest = copies.keep(copy(1))
    assert (tmp_path / "recovery" / NEWEST).resolve() == newest
