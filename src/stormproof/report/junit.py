"""JUnit XML for CI systems: one case per check, target, isolation proof and negative control.

What failed is a failure. What could not be looked at is an error: it is never a pass, and a skip would hide it.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from stormproof.core.drill_result import DrillResult
from stormproof.core.finding import Finding
from stormproof.core.verdict import CheckResult, Verdict
from stormproof.report.trust import NOT_LOOKED_AT, Trust
from stormproof.report.wording import control_note, figure_rows, meaning, plain, probe_summary

_GOOD, _FAILURE, _ERROR, _SKIPPED = "", "failure", "error", "skipped"
_OF_CHECK = {CheckResult.PASSED: _GOOD, CheckResult.FAILED: _FAILURE, CheckResult.UNKNOWN: _ERROR}
_OF_PROOF = {"proved": _GOOD, "broken": _FAILURE, "unknown": _ERROR, "not-run": _ERROR}
_OF_CONTROL = {
    "caught": _GOOD,
    "missed": _FAILURE,
    "blind-spot": _FAILURE,
    "unknown": _ERROR,
    "not-applicable": _SKIPPED,  # there is nothing in the service that the fault could be made to
}
_OF_VERDICT = {Verdict.MET: _GOOD, Verdict.MISSED: _FAILURE, Verdict.FAILED: _FAILURE}


def junit_xml(results: Sequence[DrillResult], *, trust: Trust = NOT_LOOKED_AT) -> str:
    """The document, one suite per drill. Evidence that does not verify is a failure in every suite."""
    root = ElementTree.Element("testsuites", name="stormproof")
    for result in results:
        root.append(_suite(result, trust))
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(result: DrillResult, trust: Trust) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=plain(result.drill))
    if result.started is not None:
        suite.set("timestamp", result.started.strftime("%Y-%m-%dT%H:%M:%S"))
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (("run", result.run), ("scenario", result.scenario.kind), ("verdict", result.verdict.value)):
        ElementTree.SubElement(properties, "property", name=name, value=plain(value))

    def case(group: str, name: str, outcome: str, *, message: str = "", seconds: float = 0.0, text: str = "") -> None:
        element = ElementTree.SubElement(
            suite, "testcase", classname=f"{plain(result.drill)}.{group}", name=plain(name), time=f"{seconds:.3f}"
        )
        if outcome:
            ElementTree.SubElement(element, outcome, message=plain(message), type=group).text = _lines(text.split("\n"))

    if trust.ok is not None:
        case(
            "evidence",
            "evidence verifies",
            _GOOD if trust.ok else _FAILURE,
            message=trust.headline,
            text=_lines(trust.lines),
        )
    outcome = _OF_VERDICT.get(result.verdict, _ERROR)
    case(
        "verdict",
        "verdict",
        outcome,
        message=f"{result.verdict}: {meaning(result)}",
        text=_findings(result.findings),
    )
    for row in figure_rows(result):
        if row.target_value is not None:
            outcome = _ERROR if row.met is None else _GOOD if row.met else _FAILURE
            message = f"{row.name}: {row.value} {row.uncertainty}".rstrip() + f", target {row.target} ({row.note})"
            spent = row.figure.value if row.key == "rto_service_s" and row.figure.value else 0.0
            case("target", f"{row.name} within {row.target}", outcome, message=message, seconds=spent)
    for when, proof in (("before", result.isolation.before), ("after", result.isolation.after)):
        message = f"isolation {when}: {proof.result}; {probe_summary(proof)}"
        text = _findings(proof.findings)
        case(
            "isolation",
            f"isolated {when}",
            _OF_PROOF[proof.result],
            message=message,
            seconds=proof.seconds or 0.0,
            text=text,
        )
    for check in result.checks:
        message = f"{check.result}: {check.findings[0].what}" if check.findings else check.result.value
        case(
            "check",
            check.name,
            _OF_CHECK[check.result],
            message=message,
            seconds=check.seconds,
            text=_findings(check.findings),
        )
    for control in result.negative_controls:
        case(
            "negative-control",
            control.name,
            _OF_CONTROL[control.end],
            message=f"{control.end}: {control_note(control)}",
            seconds=control.seconds,
            text=control.what,
        )
    if result.cleanup.left:
        case("cleanup", "nothing is left", _FAILURE, message="leftovers remain", text=_lines(result.cleanup.left))
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(c.find("failure") is not None for c in cases)))
    suite.set("errors", str(sum(c.find("error") is not None for c in cases)))
    suite.set("time", f"{sum(float(c.get('time', '0')) for c in cases):.3f}")
    return suite


def _findings(findings: Sequence[Finding]) -> str:
    return "\n".join(
        f"{finding.code} {finding.severity}: {plain(finding.what)}\n  where: {plain(finding.where)}\n  fix:   {plain(finding.fix)}"
        for finding in findings
    )


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(plain(line) for line in lines)
