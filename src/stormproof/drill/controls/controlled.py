"""What came of the negative controls that a run was asked for: its answers, and what a person has to do about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from stormproof.core.drill_result import NegativeControl
from stormproof.core.errors import StormproofError
from stormproof.core.finding import Finding, Severity
from stormproof.core.negative_control import Status, all_caught


@dataclass(slots=True)
class Controlled:
    """One answer for each control. `stopped`: the run was told to stop meanwhile, and by whom."""

    controls: list[NegativeControl] = field(default_factory=list)
    stopped: StormproofError | None = None

    @property
    def all_caught(self) -> bool:
        return all_caught(Status(control.end) for control in self.controls)

    @property
    def findings(self) -> list[Finding]:
        return [finding for control in self.controls if (finding := _finding(control)) is not None]


def not_reached(names: Sequence[str], why: str) -> Controlled:
    """The drill never came to the controls that it was asked for: nothing is proved."""
    return Controlled([unknown(name, "", why) for name in names])


def unknown(name: str, title: str, why: str) -> NegativeControl:
    return NegativeControl(name=name, title=title, status="unknown", seeded=False, caught_by=[], seconds=0.0, why=why)


def _finding(control: NegativeControl) -> Finding | None:
    what = control.what or control.title or control.name
    where = f"negative control {control.name}" + (f": {control.object}" if control.object else "")
    match control.end:
        case "missed":
            return Finding(
                code="SP510",
                severity=Severity.CRITICAL,
                what=f"a seeded fault was missed: {what}; {control.why}",
                where=where,
                fix="do not rely on that check until it names this fault: it is the check that must be mended",
            )
        case "blind-spot":
            return Finding(
                code="SP511",
                severity=Severity.HIGH,
                what=f"blind spot: no enabled check can see this: {what}",
                where=where,
                fix=_line(control),
            )
        case "unknown":
            return Finding(
                code="SP512",
                severity=Severity.HIGH,
                what=f"it is not proved that this would be noticed: {what}; {control.why}",
                where=where,
                fix="mend what kept it from being tried, and run the controls again",
            )
        case "not-applicable":
            return Finding(
                code="SP513",
                severity=Severity.INFO,
                what=f"not tried: {what}; {control.why}",
                where=where,
                fix="nothing, if the service has no such thing",
            )
    return None


def _line(control: NegativeControl) -> str:
    line = control.would_see
    if line is None:
        return "enable a check that looks at it"
    return f"add to the drill's checks: {line.yaml}" + (f"; {line.beyond}" if line.beyond else "")
