"""Undoing a restore's first step: what runs from the run's folder ends with it, or the undo has failed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from drill_memory import TableHost

from stormproof.core.errors import RunFailed
from stormproof.core.ports import Completed

RUNBOOKS = Path(__file__).parents[3] / "runbooks"
RUN = "20261123T041500Z-7f3a"


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(RUNBOOKS))
    before = set(sys.modules)
    yield importlib.import_module("restore_postgres")
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(RUNBOOKS)):
            sys.modules.pop(name)


class Recovery(TableHost):
    """Has jobs, too."""

    ended: list[str]

    def kill_jobs(self, run_id: str) -> list[str]:
        self.ended = [run_id]
        return []


def undo(book: Any, said: str) -> Recovery:
    host = Recovery("recovery-1", answers=[("kill -QUIT", Completed(0, said, "", 0.1))])
    context = SimpleNamespace(
        run_id=RUN,
        target=lambda role: host,
        inventory=SimpleNamespace(hosts={"recovery-1": SimpleNamespace(work="/w")}),
    )
    book.prepare_undo(context)
    return host


def test_jobs_and_processes_of_the_run_end_and_its_folder_goes(book: Any) -> None:
    host = undo(book, "destroyed 100\n")
    assert host.ended == [RUN]
    assert [env for _, env in host.calls] == [{"WORK": "/w", "RUN_ID": RUN, "ACT": "destroy"}]


def test_what_stays_makes_the_undo_fail_with_its_name(book: Any) -> None:
    with pytest.raises(RunFailed) as raised:
        undo(book, "destroyed 100\nleft process 4711 postgres: startup\n")
    assert raised.value.code == "SP204"
    assert "process 4711 postgres: startup" in raised.value.what
