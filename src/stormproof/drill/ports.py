"""What a drill is handed by whoever starts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from stormproof.core.drill_result import DrillResult, EvidencePlace
from stormproof.core.journal import Journal
from stormproof.core.ports import Clock, Hosts, Secrets
from stormproof.core.progress import Progress
from stormproof.core.redact import Redactor

if TYPE_CHECKING:
    from stormproof.core.drill_spec import Scenario
    from stormproof.core.inventory import Inventory
    from stormproof.engine.runbook import Runbook
    from stormproof.engine.stopping import StopRequest


@dataclass(frozen=True, slots=True)
class Disaster:
    """What was done to the source, and when, by the clock of whoever did it.

    `target` is the instant to go back to, for a dropped table: just before the drop.
    """

    t_fail: datetime
    lsn: str | None = None
    target: datetime | None = None
    kept: str | None = None  # a marker that was written before the target and must be there
    gone: str | None = None  # a marker that was written after it and must not


class DisasterMaker(Protocol):
    """Harms a source and heals it: the lab alone has one."""

    def inject(self, scenario: Scenario) -> Disaster: ...

    def heal(self) -> None: ...


class Evidence(Protocol):
    """Where a run's start and its result are signed."""

    def check_writable(self) -> None: ...

    def sign_start(self, run: str, body: dict[str, Any]) -> EvidencePlace: ...

    def sign_result(self, result: DrillResult, timeline: list[dict[str, Any]]) -> EvidencePlace: ...

    def find(self, run: str, kind: Literal["start", "result"] = "result") -> EvidencePlace | None: ...


@dataclass(frozen=True, slots=True)
class DrillPorts:
    """Everything outside that one drill needs."""

    inventory: Inventory
    hosts: Hosts
    secrets: Secrets
    journal: Journal
    evidence: Evidence
    clock: Clock
    redactor: Redactor
    progress: Progress
    stop: StopRequest
    books: Callable[[str], Runbook]
    isolation_level: str
    unfinished: Callable[[], list[tuple[str, dict[str, Any]]]] = list  # runs with a signed start and no end
    disaster: DisasterMaker | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
