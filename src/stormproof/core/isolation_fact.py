"""One fact about an isolated host's build: what was asked, what was seen, and whether not knowing it decides."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from stormproof.core.finding import Finding, Severity
from stormproof.core.isolation_looks import HostLooks, Records
from stormproof.core.isolation_scope import Isolated, Scope
from stormproof.core.verdict import CheckResult


@dataclass(frozen=True, slots=True)
class Fact:
    """`decides`: an unknown result leaves the whole proof unknown."""

    name: str
    host: str
    result: CheckResult
    saw: str
    decides: bool
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a rule says: result, what was seen, and (for a finding) what to do. No `fix`: nothing to report."""

    result: CheckResult
    saw: str
    decides: bool = True
    fix: str = ""
    severity: Severity = Severity.HIGH

    def fact(self, name: str, host: str, code: str) -> Fact:
        finding = None
        if self.fix:
            verb = "could not be judged" if self.result is CheckResult.UNKNOWN else "on"
            what = f"{name} {verb} {host}: {self.saw}" if verb == "on" else f"{name} on {host} {verb}: {self.saw}"
            finding = Finding(code=code, severity=self.severity, what=what, where=f"{host}: {name}", fix=self.fix)
        return Fact(name, host, self.result, self.saw, self.decides, finding)


def passed(saw: str) -> Told:
    return Told(CheckResult.PASSED, saw)


def noted(saw: str, *, fix: str) -> Told:
    """Nothing speaks against isolation, yet a person should know."""
    return Told(CheckResult.PASSED, saw, fix=fix, severity=Severity.LOW)


def failed(saw: str, *, fix: str) -> Told:
    return Told(CheckResult.FAILED, saw, fix=fix)


def unknown(saw: str, *, decides: bool, fix: str = "") -> Told:
    """Not looked at. Without a `fix` it is shown among the facts and not reported as a finding."""
    return Told(CheckResult.UNKNOWN, saw, decides, fix, Severity.HIGH if decides else Severity.MEDIUM)


@dataclass(frozen=True, slots=True)
class Rule:
    """`section` is the part of the look that must have come to its end for `judge` to be asked at all."""

    name: str
    section: str
    code: str
    decides: bool
    judge: Callable[[Scope, Isolated, HostLooks], Told]


def ones(records: Records, kind: str) -> list[str]:
    """The records of a kind that carries one line each."""
    return [record[0] for record in records.get(kind, ()) if record]


def rows(records: Records, kind: str, width: int) -> list[tuple[str, ...]]:
    """The records of a kind that have exactly `width` fields; a shorter one was cut off and is left out."""
    return [record for record in records.get(kind, ()) if len(record) == width]


def is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback
