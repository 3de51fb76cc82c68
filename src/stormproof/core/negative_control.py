"""Negative controls: a fault is seeded into an isolated copy, and the right check must name it. Nouns and decisions, pure.

A check that says "passed" proves little until it was seen to say "failed". So a control has a plan (which object, what is done to it,
how a finding must name it), watchers (which of the drill's enabled checks could see it), and one of five ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from stormproof.core.check_context import WalFacts
from stormproof.core.check_spec import AnyCheck
from stormproof.core.checks import SequenceUse
from stormproof.core.drill_result import CheckReport
from stormproof.core.finding import Finding, Severity
from stormproof.core.reference import DatabaseReference, PostgresReference, Reference
from stormproof.core.settings_parity import ServerSetting
from stormproof.core.verdict import CheckResult


class Status(StrEnum):
    CAUGHT = "caught"  # a check failed for it, and named it
    MISSED = "missed"  # a check that must see it looked, and did not name it
    BLIND_SPOT = "blind-spot"  # no enabled check can see it
    NOT_APPLICABLE = "not-applicable"  # there is no such object in this copy
    UNKNOWN = "unknown"  # could not be seeded, or not be looked at: never a pass


@dataclass(frozen=True, slots=True)
class Seed:
    """One fault as it is going to be made.

    Args:
        what: for people, in the past: "all 450,000 rows of public.orders were deleted".
        object: what a finding must name, for people: "table public.orders".
        named_by: a finding names the object when its texts hold one of these as a whole word.
        codes: and when it has one of these codes.
        sql: run in the service's database as the superuser, with triggers off.
        sql_each: run before it in every database that admits connections.
        script: bash on the host, before the server starts. Environment: PGDATA, and FOLDER (the control's own).
    """

    what: str
    object: str
    named_by: tuple[str, ...]
    codes: frozenset[str]
    sql: str = ""
    sql_each: str = ""
    script: str = ""


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """There is nothing in this copy that the fault could be made to."""

    why: str


@dataclass(frozen=True, slots=True)
class WouldSee:
    """The check that would see a fault, as a line of the drill's YAML. `beyond`: what is needed besides, or instead of it."""

    check: str
    yaml: str
    beyond: str = ""


@dataclass(frozen=True, slots=True)
class Watcher:
    """An enabled check that could see a fault; `name` is its title in the drill's own reports.

    Args:
        check: what is asked, narrowed to the part that could see it; None for what is asked of every restore (`reached`).
        sure: it must see it, so that its silence is a miss. Otherwise it may: a user's query asks what it asks.
        named_by: further words by which this check names the object, such as a foreign key that points to the table.
        codes: further codes that this check tells it by.
    """

    name: str
    kind: str
    check: AnyCheck | None = None
    sure: bool = True
    named_by: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Watch:
    """Who could see a fault, and which line of the spec would, were nobody able to."""

    watchers: tuple[Watcher, ...]
    would_see: WouldSee

    @property
    def checks(self) -> tuple[AnyCheck, ...]:
        return tuple(watcher.check for watcher in self.watchers if watcher.check is not None)


@dataclass(frozen=True, slots=True)
class Heap:
    """The heap file of one table: its path below the data directory, and its pages of 8 KiB."""

    table: str
    path: str
    pages: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What the faults are chosen from: the enabled checks, and the judged copy's shape. Names and counts, never a row.

    Args:
        shape: of the copy; None when the drill restored no database. `database` is the service's.
        instant: the failure, or the target instant.
        files: a folder of files was restored. `rows`: rows name them.
        snapshot_at: the start of the files' snapshot.
        backup: the label of the backup that was restored; "" when no database was.
        wal: what its recovery was held against.
    """

    checks: tuple[AnyCheck, ...]
    instant: datetime
    database: str = ""
    role: str = ""
    shape: PostgresReference | None = None
    settings: Mapping[str, ServerSetting] = field(default_factory=dict)
    sequences: tuple[SequenceUse, ...] = ()
    heaps: tuple[Heap, ...] = ()
    reference: Reference | None = None
    heartbeat: str = ""
    files: bool = False
    rows: bool = False
    snapshot_at: datetime | None = None
    backup: str = ""
    wal: WalFacts | None = None

    @property
    def copy(self) -> DatabaseReference | None:
        """The service's database in the copy."""
        return self.shape.databases.get(self.database) if self.shape is not None else None

    @property
    def before(self) -> DatabaseReference | None:
        """The same database in the reference."""
        held = self.reference.postgres if self.reference is not None else None
        return held.databases.get(self.database) if held is not None else None


@dataclass(frozen=True, slots=True)
class Answers:
    """What the watchers answered. `named`: None leaves it to the findings' words; else a list on the host was looked into."""

    reports: Sequence[CheckReport]
    named: bool | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    status: Status
    caught_by: tuple[str, ...] = ()
    finding: Finding | None = None  # the one that names the object
    why: str = ""  # for missed and unknown


def judge(seed: Seed, watch: Watch, answers: Answers, baseline: Sequence[CheckReport]) -> Judged:
    """Was the fault caught and named? A check that failed before the seeding proves nothing, and is left out.

    Args:
        baseline: reports of the same checks on copies without the fault; several of one name count together.
    """
    before: dict[str, list[CheckReport]] = {}
    for report in baseline:
        before.setdefault(report.name, []).append(report)
    known = {finding for report in baseline for finding in report.findings}
    healthy = [w for w in watch.watchers if not any(_bad(report) for report in before.get(w.name, []))]
    caught: list[str] = []
    found: Finding | None = None
    for watcher in healthy:
        for report in answers.reports:
            if report.name != watcher.name or report.result is not CheckResult.FAILED or watcher.name in caught:
                continue
            naming = [f for f in report.findings if f not in known and _tells(f, seed, watcher, answers.named)]
            if naming:
                caught.append(watcher.name)
                found = found or naming[0]
    if caught:
        return Judged(Status.CAUGHT, tuple(caught), found)
    sure = [watcher for watcher in healthy if watcher.sure]
    if not sure:
        spoilt = [w.name for w in watch.watchers if w.sure and w not in healthy]
        if spoilt:
            return Judged(
                Status.UNKNOWN, why=f"{_list(spoilt)} had not passed before the fault was seeded, and proves nothing"
            )
        return Judged(Status.BLIND_SPOT)
    asked = {report.name: report for report in answers.reports}
    blind = [w.name for w in sure if w.name not in asked or asked[w.name].result is CheckResult.UNKNOWN]
    if len(blind) == len(sure):
        said = next((f.what for name in blind if name in asked for f in asked[name].findings), "it was not asked")
        return Judged(Status.UNKNOWN, why=f"{_list(blind)} could not look: {said}")
    silent = [w.name for w in sure if w.name not in blind]
    failed = [name for name in silent if asked[name].result is CheckResult.FAILED]
    if failed:
        told = [f for name in failed for f in asked[name].findings if f.severity is not Severity.INFO]
        said = f": {told[0].code} {told[0].what}" if told else ""
        return Judged(Status.MISSED, why=f"{_list(failed)} failed, and did not name {seed.object}{said}")
    return Judged(Status.MISSED, why=f"{_list(silent)} looked, and said that all is well")


def names(text: str, name: str) -> bool:
    """Whether a text holds a name as a whole: `public.orders` is not in `public.orders_2026`, nor in `public.orders.id`."""
    return re.search(rf'(?<![\w."]){re.escape(name)}(?!\.?[\w"])', text) is not None


def all_caught(statuses: Iterable[Status]) -> bool:
    """At least one fault was caught, and each that applies was. Nothing seeded proves nothing."""
    seen = list(statuses)
    return Status.CAUGHT in seen and set(seen) <= {Status.CAUGHT, Status.NOT_APPLICABLE}


def _tells(finding: Finding, seed: Seed, watcher: Watcher, named: bool | None) -> bool:
    if finding.severity is Severity.INFO or finding.code not in seed.codes | watcher.codes:
        return False
    if named is not None:
        return named
    text = f"{finding.what}\n{finding.where}"
    return any(names(text, name) for name in (*seed.named_by, *watcher.named_by))


def _bad(report: CheckReport) -> bool:
    return report.result is not CheckResult.PASSED


def _list(names_: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names_))
