"""For a dropped table: the row written just before the target is there, the one written after it is not."""

from __future__ import annotations

from stormproof.adapters.postgres_questions import ask
from stormproof.core.check_context import PostgresPlace
from stormproof.core.drill_result import CheckReport
from stormproof.core.errors import StormproofError
from stormproof.core.finding import Finding, Severity
from stormproof.core.ports import Clock, Host
from stormproof.core.verdict import CheckResult
from stormproof.drill.ports import Disaster

NAME = "the row before is there, the row after is not"


def marker_check(host: Host, place: PostgresPlace, disaster: Disaster, clock: Clock) -> CheckReport:
    """Ask the lab's two questions: `kept` must count one or more, `gone` none."""
    began = clock.now().monotonic
    findings: list[Finding] = []
    result = CheckResult.PASSED
    try:
        kept = int(ask(host, place, f"{disaster.kept};").strip()) if disaster.kept else 1
        gone = int(ask(host, place, f"{disaster.gone};").strip()) if disaster.gone else 0
    except (StormproofError, ValueError) as error:
        what = error.what if isinstance(error, StormproofError) else str(error)
        result = CheckResult.UNKNOWN
        findings.append(_finding("SP465", f"the markers could not be read: {what}", host.name))
    else:
        if kept < 1:
            findings.append(_finding("SP466", "a row written before the target instant did not come back", host.name))
        if gone > 0:
            findings.append(_finding("SP467", f"{gone} rows written after the target instant came back", host.name))
        if findings:
            result = CheckResult.FAILED
    seconds = round(clock.now().monotonic - began, 3)
    return CheckReport(name=NAME, kind="marker", result=result, seconds=seconds, findings=findings)


def _finding(code: str, what: str, where: str) -> Finding:
    fix = "compare the target instant with the server's log: where did recovery stop?"
    return Finding(code=code, severity=Severity.CRITICAL, what=what, where=where, fix=fix)
