"""The rules as policies of a Pulumi pack: each mandatory, with its severity, references and remedy.

The pack reads the stack once a run and asks every rule; each policy then tells what its own rule found. What a rule could
not know is a violation like any other, with what to write so that it can be known.

The first policy reads the stack for all, and those that then have nothing to tell are not asked (infra/policy/asking.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from infra.policy.asking import Quietable
from infra.policy.stack_config import stack_config
from infra.policy.stack_graph import graph_of_stack, readable
from stormproof.core.errors import SpecInvalid
from stormproof.core.finding import Severity as OurSeverity
from stormproof.core.infra.check import Checked, Judged, check
from stormproof.core.infra.exceptions import RuleException, read_exceptions
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Rule, RuleVerdict

NAME = "stormproof"
RECORDER, EXPIRED, UNUSED = "what-the-program-writes", "exceptions-in-force", "exceptions-used"
LAYER_KNOWN = "layer-known"
OURS = "stormproof:infra:"  # the types of our program's components
_SEVERITIES = {
    OurSeverity.CRITICAL: Severity.CRITICAL,
    OurSeverity.HIGH: Severity.HIGH,
    OurSeverity.MEDIUM: Severity.MEDIUM,
    OurSeverity.LOW: Severity.LOW,
    OurSeverity.INFO: Severity.LOW,
}


def today() -> date:
    return datetime.now(UTC).date()


class Pack:
    """One run's answers, shared by the policies.

    Args:
        exceptions: the text of exceptions.yaml, None where there is none.
        config, day: asked when the stack is read; tests give their own.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        exceptions: str | None = None,
        exceptions_file: str = "infra/policy/exceptions.yaml",
        config: Callable[[], Mapping[str, Any]] = stack_config,
        day: Callable[[], date] = today,
    ) -> None:
        self.rules = rules
        self._text, self._file = exceptions, exceptions_file
        self._config, self._day = config, day
        self._inputs: dict[str, dict[str, Any]] = {}
        self._checked: Checked | None = None
        self._graph = ResourceGraph(())
        self._mistakes: str | None = None
        self._told: set[str] = set()
        self._speaking: set[str] | None = None

    def policies(self) -> list[Policy]:
        """One that records what the program writes, one for each rule, three about what they are told."""
        recorder = ResourceValidationPolicy(
            name=RECORDER,
            description="Notes what the program writes, so that `up` asks what preview asked. It refuses nothing.",
            validate=self._record,
            enforcement_level=EnforcementLevel.ADVISORY,
        )
        expired = Quietable(
            lambda: self.is_silent(EXPIRED),
            name=EXPIRED,
            description="Exceptions can be read, and none is over",
            validate=self._tell_expired,
            enforcement_level=EnforcementLevel.MANDATORY,
        )
        layer = StackValidationPolicy(
            name=LAYER_KNOWN,
            description="What a stack of ours declares is known",
            validate=self._open,
            enforcement_level=EnforcementLevel.MANDATORY,
        )
        unused = Quietable(
            lambda: self.is_silent(UNUSED),
            name=UNUSED,
            description="Every exception is needed",
            validate=self._tell_unused,
            enforcement_level=EnforcementLevel.ADVISORY,
        )
        return [recorder, layer, *(self._policy(rule) for rule in self.rules), expired, unused]

    def is_silent(self, name: str) -> bool:
        """Whether a policy has nothing to tell of the stack that was looked at. Before any was, none is silent."""
        return self._speaking is not None and name not in self._speaking

    def _open(self, args: StackValidationArgs, report: ReportViolation) -> None:
        """The first policy: reads the stack for all."""
        self._speaking = None
        self._tell_layer(args, report)
        checked = self._answers(LAYER_KNOWN, args)
        self._speaking = {one.rule.id for one in checked.judged if _is_told(one)}
        if checked.expired or self._mistakes is not None:
            self._speaking.add(EXPIRED)
        if checked.unused:
            self._speaking.add(UNUSED)

    def _policy(self, rule: Rule) -> StackValidationPolicy:
        def validate(args: StackValidationArgs, report: ReportViolation) -> None:
            for one in self._answers(rule.id, args).judged:
                if one.rule is rule and _is_told(one):
                    report(message(one), one.answer.resource.urn if one.answer.resource else None)

        return Quietable(
            lambda: self.is_silent(rule.id),
            name=rule.id,
            description=rule.title,
            display_name=rule.title,
            validate=validate,
            enforcement_level=EnforcementLevel.ADVISORY if rule.advisory else EnforcementLevel.MANDATORY,
            severity=_SEVERITIES[rule.severity],
            framework=framework(rule),
            tags=[*rule.statements],
            remediation_steps=rule.remedy,
        )

    def _record(self, args: ResourceValidationArgs, report: ReportViolation) -> None:
        self._speaking = None  # of a stack that was looked at before
        self._inputs[args.urn] = readable(args.props)

    def _answers(self, asker: str, args: StackValidationArgs) -> Checked:
        """This run's answers. Whoever asks a second time asks about the stack anew, were the first policy switched off."""
        if self._checked is None or asker in self._told:
            self._read(args)
        self._told.add(asker)
        assert self._checked is not None, "a stack that was read has answers"
        return self._checked

    def _read(self, args: StackValidationArgs) -> None:
        self._told.clear()
        self._mistakes = None
        self._graph = graph_of_stack(args, self._config(), self._inputs)
        self._checked = check(self.rules, self._graph, exceptions=self._exceptions(), today=self._day())

    def _exceptions(self) -> list[RuleException]:
        if self._text is None:
            return []
        try:
            return read_exceptions(self._text, file=self._file, today=self._day())
        except SpecInvalid as error:
            self._mistakes = str(error)
            return []

    def _tell_layer(self, args: StackValidationArgs, report: ReportViolation) -> None:
        """Without its layer half of the rules would not be asked, and nobody would notice."""
        self._read(args)
        if self._graph.layer is None and any(one.type.startswith(OURS) for one in self._graph):
            report(
                "The program is stormproof's, and its configuration did not reach the policy pack: the rules of its layer "
                "would be skipped.\nFix: set `stormproof:layer`; if it is set, update pulumi-policy and the CLI.",
                None,
            )

    def _tell_expired(self, args: StackValidationArgs, report: ReportViolation) -> None:
        checked = self._answers(EXPIRED, args)
        if self._mistakes is not None:
            report(f"{self._file} cannot be read, so no exception holds:\n{self._mistakes}", None)
        for one in checked.expired:
            report(
                f"The exception from {one.rule} for {one.resource} ended on {one.expires}.\n"
                f"Fix: mend it, or let {one.owner} decide anew.",
                None,
            )

    def _tell_unused(self, args: StackValidationArgs, report: ReportViolation) -> None:
        for one in self._answers(UNUSED, args).unused:
            report(f"The exception from {one.rule} for {one.resource} covers nothing here: remove it.", None)


def _is_told(one: Judged) -> bool:
    return one.excepted is None and one.answer.verdict is not RuleVerdict.PASSED


def message(one: Judged) -> str:
    """What a person reads below the rule's title: what is wrong with what, why it matters, what to write."""
    where = one.answer.resource.shown if one.answer.resource else "The stack"
    return f"{where}: {one.answer.said}.\nWhy: {one.rule.risk}\nFix: {one.answer.fix}."


def framework(rule: Rule) -> PolicyComplianceFramework | None:
    """A policy carries one framework: SOC 2 where the rule has a criterion, the others beside it."""
    named = [("SOC 2", rule.soc2), ("ISO/IEC 27001:2022", rule.iso27001), ("CIS AWS Foundations v5", rule.cis)]
    given = [(name, refs) for name, refs in named if refs]
    if not given:
        return None
    (name, refs), *others = given
    beside = "; ".join(f"{other} {', '.join(found)}" for other, found in others)
    return PolicyComplianceFramework(name=name, reference=", ".join(refs), specification=beside or None)


def exceptions_text(folder: Path) -> str | None:
    """The exceptions beside the pack. Raises OSError where the file is there and cannot be read."""
    path = folder / "exceptions.yaml"
    return path.read_text(encoding="utf-8") if path.is_file() else None
