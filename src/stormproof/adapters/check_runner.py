"""Ask every check of a restored copy, side by side, each with a bound, and answer with one report each.

What a check meets is its answer and never an exception: a host that does not answer, a right that is missing, a bound that
passed is `unknown`; damage that PostgreSQL itself meets while it is asked is `failed`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from stormproof.adapters.check_runner_checks import ask_check
from stormproof.adapters.check_runner_integrity import checksums
from stormproof.adapters.check_runner_looks import SHAPE_BOUND_SECONDS, Looks
from stormproof.adapters.postgres_questions import QuestionFailed
from stormproof.core import reached as wal
from stormproof.core.backup_whole import backup_whole
from stormproof.core.check_context import CheckContext
from stormproof.core.check_spec import Check, IntegrityCheck
from stormproof.core.checks import Decided, damaged, decide, joined, unknown
from stormproof.core.drill_result import CheckReport
from stormproof.core.errors import StormproofError, TimedOut
from stormproof.core.finding import Severity

SIDE_BY_SIDE = (
    3  # the restored host has other work too, and PostgreSQL reads in parallel by itself; one more looks at the backup
)
STOP_BOUND_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    kind: str
    decided: Decided
    seconds: float


def run_checks(
    checks: Sequence[Check],
    context: CheckContext,
    *,
    on_done: Callable[[CheckReport], None] | None = None,
) -> list[CheckReport]:
    """Reports in the order: backup_whole, wal_continuity and reached (asked of every database), then the spec's own order.

    Each check is bounded by its own `timeout`. `on_done` is called from this thread, as each report becomes final. The
    part that needs a stopped server comes last; the server is started again when the context says how.
    """
    # What several checks look at together is bounded by the most patient of them.
    looks = Looks(context, max((check.timeout.total_seconds() for check in checks), default=SHAPE_BOUND_SECONDS))
    waiting: list[Future[_Asked]] = []
    reports: list[tuple[int, CheckReport]] = []

    def done(place: int, asked: _Asked) -> None:
        report = _report(asked)
        reports.append((place, report))
        if on_done is not None:
            on_done(report)

    if context.postgres is not None:
        done(-2, _timed("wal_continuity", "wal_continuity", lambda: wal.wal_continuity(context.wal)))
        done(-1, _timed("reached", "reached", lambda: wal.reached(context.wal, context.target)))
    with ThreadPoolExecutor(max_workers=SIDE_BY_SIDE + 1, thread_name_prefix="check") as pool:
        whole = (
            pool.submit(_timed, "backup_whole", "backup_whole", _backup(context)) if context.look_at_backup else None
        )
        waiting = [pool.submit(_timed, check.title, check.tag, _asking(check, looks)) for check in checks]
        last: list[tuple[int, IntegrityCheck, _Asked]] = []
        for place, (check, future) in enumerate(zip(checks, waiting, strict=True)):
            asked = future.result()
            if isinstance(check, IntegrityCheck) and check.checksums != "off":
                last.append((place, check, asked))
            else:
                done(place, asked)
    if whole is not None:
        done(-3, whole.result())
    for place, integrity, asked in last:
        done(place, _with_checksums(integrity, asked, context))
    return [report for _, report in sorted(reports, key=lambda pair: pair[0])]


def _backup(context: CheckContext) -> Callable[[], Decided]:
    look = context.look_at_backup
    assert look is not None, "asked of a restored backup only"
    return lambda: backup_whole(look())


def _asking(check: Check, looks: Looks) -> Callable[[], Decided]:
    return lambda: ask_check(check, looks)


def _timed(name: str, kind: str, look: Callable[[], Decided]) -> _Asked:
    began = time.monotonic()
    return _Asked(name, kind, _guarded(name, look), time.monotonic() - began)


def _guarded(name: str, look: Callable[[], Decided]) -> Decided:
    try:
        return look()
    except QuestionFailed as error:
        if error.damaged:
            return decide([damaged(error.what, error.where)])
        return unknown(error.what, where=error.where, fix=error.fix, code=error.code)
    except TimedOut as error:
        return unknown(error.what, where=error.where, fix=error.fix, code="SP491")
    except StormproofError as error:
        return unknown(error.what, where=error.where, fix=error.fix, code=error.code or "SP490")


def _with_checksums(check: IntegrityCheck, asked: _Asked, context: CheckContext) -> _Asked:
    """Join what was found while the server ran with what its pages say when it is stopped."""
    place = context.postgres

    def look() -> Decided:
        if place is None or not place.pgdata:
            return unknown("the data directory is not known", where="this drill", fix="restore a database")
        bound = min(STOP_BOUND_SECONDS, check.timeout.total_seconds())
        findings, facts = checksums(context.host, place, required=check.checksums == "required", bound_seconds=bound)
        return decide(findings, facts)

    stopped = _timed(asked.name, asked.kind, look)
    restarted = _timed(asked.name, asked.kind, lambda: _start(context))
    decided = joined([asked.decided, stopped.decided, restarted.decided])
    return replace(asked, decided=decided, seconds=asked.seconds + stopped.seconds)


def _start(context: CheckContext) -> Decided:
    if context.start_server is not None:
        context.start_server()
    return decide([])


def _report(asked: _Asked) -> CheckReport:
    order = {Severity.CRITICAL: 0, Severity.HIGH: 1, Severity.MEDIUM: 2, Severity.LOW: 3, Severity.INFO: 4}
    return CheckReport(
        name=asked.name,
        kind=asked.kind,
        result=asked.decided.result,
        seconds=round(asked.seconds, 3),
        findings=sorted(asked.decided.findings, key=lambda finding: order[finding.severity]),
        facts=dict(asked.decided.facts),
    )
