"""The document of `drill run --json` (stormproof.drill-result/v1). docs/schemas/drill-result.v1.json is generated from it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from stormproof.core.figures import Figure
from stormproof.core.finding import Finding
from stormproof.core.instant import Instant
from stormproof.core.recovery_parts import PostgresParts
from stormproof.core.verdict import CheckResult, Verdict

SCHEMA = "stormproof.drill-result/v1"


class _Part(BaseModel):
    # Finite numbers only: what is none could be compared with no target, and no JSON holds it.
    model_config = ConfigDict(extra="forbid", populate_by_name=True, defer_build=True, allow_inf_nan=False)


class Scenario(_Part):
    kind: str
    t_fail: Instant | None = None
    service: str | None = None
    injected: bool = False
    lsn: str | None = None
    target: Instant | None = None
    seed: int | None = Field(default=None, description="What a random recovery point was drawn with.")


class Targets(_Part):
    rto_s: float | None = None
    rpo_s: float | None = None
    rpo_consistent_s: float | None = None


class Figures(_Part):
    rto_service_s: Figure
    rto_job_s: Figure
    rpo_point_s: Figure
    rpo_data_s: Figure
    rpo_consistent_s: Figure
    acknowledged_writes_lost: Figure
    first_new_backup_s: Figure = Figure.unmeasured("not measured")
    window_s: Figure = Figure.unmeasured("no window was asked for")


class PhaseSpan(_Part):
    """One stretch of the critical path. Phases and `unaccounted_s` add up to `rto_service_s`."""

    name: str
    seconds: float
    start: Instant
    steps: list[str]


class StepSpan(_Part):
    """One step as it ran, for the timeline; on the critical path or beside it."""

    step: str
    title: str
    phase: str
    start: Instant
    offset_s: float = Field(description="Seconds after t_start.")
    seconds: float
    critical: bool
    attempts: int = 1


class Bottleneck(_Part):
    what: str
    seconds: float
    share: float
    remedy: str
    predicted_gain_s: float | None = Field(default=None, description="null: the measured parts do not say")
    gain_low_s: float | None = None
    gain_high_s: float | None = None
    remedy_id: str | None = Field(default=None, description="What `drill compare NAME --apply` calls it.")


class StructureFact(_Part):
    """One fact about the isolated environment's build: routes, firewall, listeners, credentials …"""

    name: str
    host: str
    result: CheckResult
    saw: str


class Witness(_Part):
    model_config = ConfigDict(extra="forbid", populate_by_name=True, defer_build=True)
    from_: str = Field(alias="from")
    saw: str


class Probe(_Part):
    from_: str = Field(alias="from")
    to: str
    protocol: Literal["tcp", "udp"] = "tcp"
    family: Literal["ipv4", "ipv6"] = "ipv4"
    via: str | None = None
    expected: Literal["blocked", "connected"]
    saw: Literal["blocked", "connected", "unknown"]
    how: str
    ms: float | None = None
    witness: Witness | None = None
    counts: bool = False
    moot: bool = False


class IsolationProof(_Part):
    result: Literal["proved", "broken", "unknown", "not-run"] = "not-run"
    at: Instant | None = None
    seconds: float | None = None
    structure: list[StructureFact] = []
    probes: list[Probe] = []
    findings: list[Finding] = []


class Isolation(_Part):
    before: IsolationProof = IsolationProof()
    after: IsolationProof = IsolationProof()


class CheckReport(_Part):
    name: str
    kind: str
    result: CheckResult
    seconds: float
    findings: list[Finding] = []
    facts: dict[str, Any] = Field(default={}, description="Counts, digests and verdicts; never a row.")


class WouldSeeLine(_Part):
    """The check that would see a fault, as a line of the drill's YAML; `beyond`: what is needed besides, or instead."""

    check: str
    yaml: str
    beyond: str = ""


class NegativeControl(_Part):
    """One fault that was seeded into a snapshot of the copy, and what became of it."""

    name: str
    title: str = ""
    status: Literal["", "caught", "missed", "blind-spot", "not-applicable", "unknown"] = ""
    seeded: bool
    what: str = Field(default="", description="What was done to the snapshot.")
    object: str = Field(default="", description="What the finding had to name.")
    caught_by: list[str]
    named: str = Field(default="", description="The finding that named it.")
    would_see: WouldSeeLine | None = None
    why: str = ""
    seconds: float = Field(description="From the seeded fault to the answer that names it.")
    seeding_seconds: float | None = None

    @property
    def end(self) -> str:
        """The status; of a record that holds none, what its other fields say."""
        if self.status:
            return self.status
        return "unknown" if not self.seeded else "caught" if self.caught_by else "missed"


class RecoveryPointReached(_Part):
    store: str
    label: str
    instant: Instant | None = None
    reached: Instant | None = None
    reached_lsn: str | None = None
    expected_lsn: str | None = None
    timeline: int | None = None


class Disarmed(_Part):
    kind: str
    name: str
    where: str
    how: str


class Cleanup(_Part):
    left: list[str] = []
    kept: list[str] = []
    destroyed_bytes: int = 0


class EvidencePlace(_Part):
    path: str | None = None
    sha256: str | None = None


class DrillResult(_Part):
    """One drill, whole. Fields may be added; none is renamed or dropped without an ADR."""

    schema_: str = Field(default=SCHEMA, alias="schema")
    drill: str
    title: str = ""
    owner: str = ""
    service: str = ""
    runbook: str = ""
    run: str
    mode: Literal["drill", "outage"] = "drill"
    verdict: Verdict
    exit_code: int
    started: Instant | None = None
    ended: Instant | None = None
    scenario: Scenario
    isolation_level: str
    targets: Targets
    figures: Figures
    phases: list[PhaseSpan] = []
    unaccounted_s: float | None = None
    steps: list[StepSpan] = []
    bottlenecks: list[Bottleneck] = []
    environment: str = Field(default="", description="Where it was restored: forecasts take runs of one place only.")
    parts: PostgresParts | None = Field(default=None, description="The database's recovery below the level of steps.")
    choices: dict[str, Any] = Field(default={}, description="What this run changed of the service's own procedure.")
    not_included: list[str] = Field(default=[], description="What a drill cannot include: detect, decide, cut-over.")
    isolation: Isolation = Isolation()
    checks: list[CheckReport] = []
    negative_controls: list[NegativeControl] = []
    counts_for_coverage: bool = Field(
        default=True, description="False for a run with negative controls: its figures are mixed into no others."
    )
    findings: list[Finding] = []
    disarmed: list[Disarmed] = []
    discarded_writes: int | None = None
    checks_seconds: float | None = None
    tear_down_seconds: float | None = None
    recovery_points: list[RecoveryPointReached] = []
    clock_offsets: dict[str, Figure] = {}
    secrets: dict[str, Any] = Field(default={}, description="Where keys came from and which names were read.")
    interrupted_s: float = 0.0
    cleanup: Cleanup = Cleanup()
    evidence: EvidencePlace = EvidencePlace()
    versions: dict[str, str] = {}

    def as_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)
