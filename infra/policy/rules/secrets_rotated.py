"""A secret is rotated within ninety days."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

SECRET, ROTATION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretRotation:SecretRotation"
DAYS_MAX = 90  # POLICY.md, 7-d
CRON_FIELDS_MIN = 5  # minutes, hours, day, month, day of the week; a year may follow
_STEP = re.compile(r"(?:\*|1)/(\d+)")
_RATE = re.compile(r"rate\((\d+) (hour|day)s?\)")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for secret in graph.of(SECRET):
        rotations = graph.pointing_at(secret, "secretId", ROTATION)
        if not rotations:
            yield failed(secret, "it is never rotated", "declare a SecretRotation with a function that rotates it")
        else:
            yield _answer(secret, rotations[0])


def _answer(secret: Resource, rotation: Resource) -> Answer:
    days, schedule = (
        rotation.get("rotationRules.automaticallyAfterDays"),
        rotation.get("rotationRules.scheduleExpression"),
    )
    if days is UNKNOWN or schedule is UNKNOWN:
        return unknown(rotation, "how often it rotates", "write its rotation rules out")
    if days is not None:
        every = int(days) if str(days).isdecimal() else DAYS_MAX + 1
    else:
        rate = _RATE.fullmatch(str(schedule or ""))
        every = _days(rate) if rate else _by_cron(str(schedule or ""))
    if every <= DAYS_MAX:
        return passed(secret)
    return failed(secret, f"it is rotated every {every} days or less often", f"rotate it within {DAYS_MAX} days")


def _by_cron(schedule: str) -> int:
    """The days between, at most: a day is named in each month that is (`cron(0 4 1 * ? *)`)."""
    fields = schedule.removeprefix("cron(").removesuffix(")").split()
    if not schedule.startswith("cron(") or len(fields) < CRON_FIELDS_MIN:
        return DAYS_MAX + 1
    step = _STEP.fullmatch(fields[3])
    months = 1 if fields[3] in ("*", "?") else int(step[1]) if step else 12
    return 31 * max(months, 1) if months > 1 else 31


def _days(rate: re.Match[str]) -> int:
    return int(rate[1]) if rate[2] == "day" else -(-int(rate[1]) // 24)


RULE = Rule(
    id="secrets-rotated",
    title="Secrets are rotated",
    statements=("7-d",),
    severity=Severity.MEDIUM,
    risk="A secret that leaked years ago still opens the door.",
    remedy=f"Give each secret a SecretRotation of {DAYS_MAX} days or fewer; what cannot be rotated needs an exception.",
    check=_check,
    soc2=("CC6.1",),
    iso27001=("A.5.17",),
)
