"""Views of a check of declared infrastructure: lines for a terminal, JSON, JUnit and SARIF."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from stormproof import __version__
from stormproof.core.finding import Severity
from stormproof.core.infra.check import Checked, Judged
from stormproof.core.infra.rule import Rule, RuleVerdict
from stormproof.report.wording import plain

SCHEMA = "stormproof.infra-check/v1"
_SARIF_LEVEL = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_WORST_FIRST = [Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO]


def as_json(checked: Checked) -> dict[str, Any]:
    """Everything, for machines. `answers` holds one entry for each rule and resource that it looked at."""
    return {
        "schema": SCHEMA,
        "exit_code": checked.exit_code,
        "summary": summary(checked),
        "answers": [_answer(one) for one in _sorted(checked)],
        "silent_rules": [rule.id for rule in checked.silent],
        "exceptions": {
            "expired": [one.model_dump(mode="json") for one in checked.expired],
            "unused": [one.model_dump(mode="json") for one in checked.unused],
        },
    }


def summary(checked: Checked) -> dict[str, int]:
    counts = {"passed": 0, "failed": 0, "unknown": 0, "excepted": 0, "advice": 0}
    for one in checked.judged:
        if one.answer.verdict is RuleVerdict.PASSED:
            counts["passed"] += 1
        elif one.excepted is not None:
            counts["excepted"] += 1
        elif one.rule.advisory:
            counts["advice"] += 1
        else:
            counts[one.answer.verdict.value] += 1
    return counts


def lines(checked: Checked) -> list[str]:
    """What a person reads: what refuses first, then exceptions and advice, then one line of counts."""
    told: list[str] = []
    for one in _sorted(checked):
        if one.answer.verdict is RuleVerdict.PASSED:
            continue
        word = "excepted" if one.excepted else "advice" if one.rule.advisory else one.answer.verdict.value
        told += [
            f"{word.upper():<9} {one.rule.severity.value:<8} {one.rule.id}",
            f"  {_shown(one)}: {one.answer.said}",
        ]
        if one.excepted is not None:
            told.append(f"  excepted until {one.excepted.expires} by {one.excepted.owner}: {one.excepted.reason}")
        else:
            told += [f"  risk: {one.rule.risk}", f"  fix:  {one.answer.fix}"]
        told.append("")
    for exception in checked.expired:
        told += [f"EXPIRED   the exception from {exception.rule} for {exception.resource} ended on {exception.expires}",
                 f"  fix:  mend it, or let {exception.owner} decide anew", ""]  # fmt: skip
    for exception in checked.unused:
        told += [
            f"UNUSED    the exception from {exception.rule} for {exception.resource} covers nothing: remove it",
            "",
        ]
    counts = summary(checked)
    told.append(", ".join(f"{number} {word}" for word, number in counts.items() if number) or "nothing was looked at")
    return told


def junit_xml(checked: Checked) -> str:
    """One case for each rule and resource. Not known is an error: it is never a pass, and a skip would hide it."""
    suite = ElementTree.Element("testsuite", name="stormproof infra check")
    for one in _sorted(checked):
        case = ElementTree.SubElement(suite, "testcase", classname=one.rule.id, name=plain(_shown(one)), time="0")
        if one.refuses:
            kind = "failure" if one.answer.verdict is RuleVerdict.FAILED else "error"
            told = ElementTree.SubElement(case, kind, message=plain(one.answer.said), type=one.rule.severity.value)
            told.text = plain(f"{one.rule.risk} Fix: {one.answer.fix}")
        elif one.excepted is not None:
            told = ElementTree.SubElement(case, "skipped", message=plain(f"excepted until {one.excepted.expires}"))
    for exception in checked.expired:
        case = ElementTree.SubElement(
            suite, "testcase", classname="exceptions", name=plain(exception.resource), time="0"
        )
        ElementTree.SubElement(case, "failure", message=plain(f"expired on {exception.expires}"), type=exception.rule)
    suite.set("tests", str(len(suite)))
    for tag in ("failure", "error"):
        suite.set(f"{tag}s", str(len(suite.findall(f"testcase/{tag}"))))
    ElementTree.indent(suite)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(suite, encoding="unicode")}\n'


def sarif(checked: Checked, *, program: str) -> str:
    """SARIF 2.1.0, for code hosts that show findings beside the code. `program`: the file that was checked."""
    rules = {one.rule.id: one.rule for one in checked.judged}
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "stormproof",
                        "version": __version__,
                        "rules": [_sarif_rule(rule) for rule in rules.values()],
                    }
                },
                "results": [
                    _sarif_result(one, program)
                    for one in _sorted(checked)
                    if one.answer.verdict is not RuleVerdict.PASSED
                ],
            }
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.risk},
        "help": {"text": rule.remedy},
        "properties": {"tags": [*rule.statements, *rule.soc2, *rule.iso27001, *(f"CIS {one}" for one in rule.cis)]},
    }


def _sarif_result(one: Judged, program: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": one.rule.id,
        "level": "note" if one.rule.advisory else _SARIF_LEVEL[one.rule.severity],
        "message": {"text": f"{_shown(one)}: {one.answer.said}. {one.answer.fix}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": program}},
                "logicalLocations": [
                    {"fullyQualifiedName": one.answer.resource.urn if one.answer.resource else "stack"}
                ],
            }
        ],
    }
    if one.excepted is not None:
        found["suppressions"] = [{"kind": "external", "justification": one.excepted.reason}]
    return found


def _answer(one: Judged) -> dict[str, Any]:
    resource = one.answer.resource
    return {
        "rule": one.rule.id,
        "title": one.rule.title,
        "verdict": one.answer.verdict.value,
        "severity": one.rule.severity.value,
        "refuses": one.refuses,
        "advisory": one.rule.advisory,
        "resource": resource.urn if resource else None,
        "name": resource.name if resource else None,
        "said": one.answer.said,
        "fix": one.answer.fix,
        "risk": one.rule.risk,
        "statements": list(one.rule.statements),
        "soc2": list(one.rule.soc2),
        "iso27001": list(one.rule.iso27001),
        "cis": list(one.rule.cis),
        "excepted": one.excepted.model_dump(mode="json") if one.excepted else None,
    }


def _shown(one: Judged) -> str:
    return one.answer.resource.shown if one.answer.resource else "the stack"


def _sorted(checked: Checked) -> list[Judged]:
    return sorted(
        checked.judged,
        key=lambda one: (not one.refuses, _WORST_FIRST.index(one.rule.severity), one.rule.id, _shown(one)),
    )
