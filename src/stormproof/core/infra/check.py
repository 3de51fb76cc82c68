"""Runs rules over a graph, sets excepted answers aside, and says how it ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from stormproof.core.infra.exceptions import RuleException
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, RuleVerdict
from stormproof.core.misread import MISREAD


@dataclass(frozen=True)
class Judged:
    """One answer with its rule, and the exception that covers it, if any."""

    rule: Rule
    answer: Answer
    excepted: RuleException | None = None

    @property
    def refuses(self) -> bool:
        """Whether this alone refuses the program."""
        return not self.rule.advisory and self.excepted is None and self.answer.verdict is not RuleVerdict.PASSED


@dataclass(frozen=True)
class Checked:
    """Everything that was asked. `silent`: rules that concerned no resource of this program."""

    judged: Sequence[Judged]
    silent: Sequence[Rule] = ()
    unused: Sequence[RuleException] = ()
    expired: Sequence[RuleException] = field(default=())

    @property
    def refused(self) -> list[Judged]:
        return [one for one in self.judged if one.refuses]

    @property
    def exit_code(self) -> int:
        """0: nothing refuses. 3: a rule failed, or an exception is over. 4: only that something could not be known."""
        verdicts = {one.answer.verdict for one in self.refused}
        if RuleVerdict.FAILED in verdicts or self.expired:
            return 3
        return 4 if verdicts else 0


def _asked(rule: Rule, graph: ResourceGraph) -> list[Answer]:
    """A rule's answers. A property of another form than the provider's (a text where blocks belong) leaves it unknown."""
    answers: list[Answer] = []
    try:
        answers.extend(rule.check(graph))  # one by one: what was said before it stumbled stands
    except MISREAD as error:
        what = f"what this rule reads has another form than the provider's ({type(error).__name__}: {error})"
        fix = "write the property as the provider documents it; if it is written so, send us the preview"
        answers.append(Answer(RuleVerdict.UNKNOWN, None, what[:300], fix))
    return answers


def check(
    rules: Iterable[Rule],
    graph: ResourceGraph,
    *,
    exceptions: Sequence[RuleException] = (),
    today: date,
    layer: str | None = None,
) -> Checked:
    """Ask every rule that concerns this program. An exception that is over covers nothing and is told of itself.

    Args:
        layer: asked for beside the one that the program declares.
    """
    graph.today = today
    valid = [one for one in exceptions if not one.expired(today)]
    judged: list[Judged] = []
    silent: list[Rule] = []
    used: set[int] = set()
    for rule in rules:
        if not rule.concerns(graph, layer):
            continue
        answers = _asked(rule, graph)
        if not answers:
            silent.append(rule)
        for answer in answers:
            cover = next((one for one in valid if one.covers(rule, answer)), None)
            if cover is not None and answer.verdict is not RuleVerdict.PASSED:
                used.add(id(cover))
                judged.append(Judged(rule, answer, cover))
            else:
                judged.append(Judged(rule, answer))
    return Checked(
        judged=judged,
        silent=silent,
        unused=[one for one in valid if id(one) not in used],
        expired=[one for one in exceptions if one.expired(today)],
    )
