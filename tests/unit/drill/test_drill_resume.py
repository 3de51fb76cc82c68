"""Which runs can be resumed as drills."""

from __future__ import annotations

from typing import Any

import pytest
from drill_memory import T0, ports

from stormproof.core.errors import Refused
from stormproof.core.journal import Run, UnknownRun
from stormproof.drill.aftermath import DESTROYED_EVENT
from stormproof.drill.finishing import SIGNED_EVENT
from stormproof.drill.resume import resume_drill
from stormproof.engine.session import Session

RUN = "20261123T041500Z-7f3a"


def begun(parameters: dict[str, Any], mode: str = "drill", event: str | None = None) -> Any:
    made = ports()
    made.journal.create_run(Run(RUN, "restore_postgres", mode, "recovery", "orders-db", "d", {}, parameters, True, T0))
    if event:
        with Session(made.journal, RUN, made.clock) as session:
            session.event(event, {})
    return made


def test_an_unknown_run_is_told() -> None:
    with pytest.raises(UnknownRun):
        resume_drill(RUN, ports())


@pytest.mark.parametrize(
    ("mode", "parameters", "event", "what"),
    [
        ("outage", {"spec": {}}, None, "is no drill but a run of restore_postgres in mode outage"),
        ("drill", {}, None, "is no drill but a run of restore_postgres in mode drill"),
        ("drill", {"spec": {}}, SIGNED_EVENT, "has ended, and its evidence is signed"),
        ("drill", {"spec": {}}, DESTROYED_EVENT, "had restored was destroyed, so it cannot go on"),
    ],
)
def test_what_cannot_go_on_is_refused(mode: str, parameters: dict[str, Any], event: str | None, what: str) -> None:
    with pytest.raises(Refused, match=what):
        resume_drill(RUN, begun(parameters, mode, event))
