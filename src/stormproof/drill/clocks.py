"""Clocks that disagree, or that were set while a drill ran: said, taken out where they can be, and never trusted beyond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stormproof.adapters.clock_offset import ClockOffset, measure_clock_offset
from stormproof.core.errors import StormproofError
from stormproof.core.finding import Finding, Severity
from stormproof.core.heartbeat import STAMPS_AHEAD_SECONDS, Acknowledged
from stormproof.core.ports import Clock, Hosts

TOLD_SECONDS = 1.0  # hosts that NTP keeps agree within some milliseconds
SET_IT = "let NTP keep it (`timedatectl`, chrony)"


@dataclass(frozen=True, slots=True)
class Clocks:
    """Offsets to the runner's clock as they were before the drill, and what is wrong with them."""

    before: Mapping[str, ClockOffset]
    findings: tuple[Finding, ...] = ()
    stepped: Mapping[str, str] = field(default_factory=dict)  # host -> what happened, in words

    @classmethod
    def look_again(cls, hosts: Hosts, before: Mapping[str, ClockOffset], clock: Clock) -> Clocks:
        """Ask each host for its time once more. One that does not answer is left to whoever needs it."""
        now: dict[str, ClockOffset] = {}
        for name in before:
            try:
                now[name] = measure_clock_offset(hosts.host(name), clock)
            except StormproofError:
                continue
        return cls.compare(before, now)

    @classmethod
    def compare(cls, before: Mapping[str, ClockOffset], now: Mapping[str, ClockOffset]) -> Clocks:
        """What two looks at the same clocks say."""
        findings: list[Finding] = []
        stepped: dict[str, str] = {}
        for name, first in before.items():
            if abs(first.seconds) > TOLD_SECONDS + first.uncertainty_seconds:
                findings.append(_finding("SP140", Severity.MEDIUM, f"the clock of {name} is {_way(first.seconds)} ours", name,
                                         f"{SET_IT}; RPO data is corrected by it, the ages of recovery points are not"))  # fmt: skip
            second = now.get(name)
            if second is None:
                continue
            moved = second.seconds - first.seconds
            if abs(moved) > TOLD_SECONDS + first.uncertainty_seconds + second.uncertainty_seconds:
                stepped[name] = (
                    f"the clock of {name} was set {'forward' if moved > 0 else 'back'} by {abs(moved):.1f} s while the drill ran"
                )
                findings.append(_finding("SP141", Severity.HIGH, stepped[name], name,
                                         f"{SET_IT}, which moves a clock by slewing it; then run the drill again"))  # fmt: skip
        return cls(before, tuple(findings), stepped)

    def of_stamps(self, writer: str, acknowledged: Acknowledged, findings: list[Finding]) -> ClockOffset:
        """How far the instants in the heartbeat's rows are ahead of the runner's clock.

        The database stamps them, and a drill asks nothing of production: its clock is seen against the writer's, by when
        the last line was written there. Adds what is to be said of it to `findings`.
        """
        own = self.before[writer]
        ahead = acknowledged.stamps_ahead_s
        if abs(ahead) <= STAMPS_AHEAD_SECONDS:
            unsure = abs(ahead) if abs(ahead) > TOLD_SECONDS else 0.0
            return ClockOffset(own.seconds, own.uncertainty_seconds + unsure)
        what = f"the heartbeat's instants are {_way(ahead)} the clock of {writer}, which keeps the acknowledgements"
        fix = f"the clock of the database's host is wrong, or {writer}'s: {SET_IT}; the RPO is corrected by it"
        findings.append(_finding("SP139", Severity.MEDIUM, what, "the writer's file of acknowledged writes", fix))
        return ClockOffset(own.seconds + ahead, own.uncertainty_seconds + TOLD_SECONDS)


def _way(seconds: float) -> str:
    return f"{abs(seconds):.1f} s {'ahead of' if seconds > 0 else 'behind'}"


def _finding(code: str, severity: Severity, what: str, where: str, fix: str) -> Finding:
    return Finding(code=code, severity=severity, what=what, where=where, fix=fix)
