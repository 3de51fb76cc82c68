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

    def told(code: str, severity: Severity, what: str, fix: str) -> Finding:
        where = f"negative control {control.name}" + (f": {control.object}" if control.object else "")
        return Finding(code=code, severity=severity, what=what, where=where, fix=fix)

    match control.end:
        case "missed":
            return told(
                "SP510", Severity.CRITICAL, f"a seeded fault was missed: {what}; {control.why}",
                "do not rely on that check until it names this fault: it is the check that must be mended",
            )  # fmt: skip
        case "blind-spot":
            return told("SP511", Severity.HIGH, f"blind spot: no enabled check can see this: {what}", _line(control))
        case "unknown":
            return told(
                "SP512", Severity.HIGH, f"it is not proved that this would be noticed: {what}; {control.why}",
                "mend what kept it from being tried, and run the controls again",
            )  # fmt: skip
        case "not-applicable":
            return told(
                "SP513", Severity.INFO, f"not tried: {what}; {control.why}",
                "nothing, if the service has no such thing",
            )  # fmt: skip
    return None


def _line(control: NegativeControl) -> str:
    line = control.would_see
    if line is None:
        return "enable a check that looks at it"
    return f"add to the drill's checks: {line.yaml}" + (f"; {line.beyond}" if line.beyond else "")
