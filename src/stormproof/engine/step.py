"""A step: one function of a runbook, with all that must be known about it before it ever runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from stormproof.core.errors import SpecInvalid, SpecProblem
from stormproof.core.phase import Phase
from stormproof.engine.retry import NO_RETRY, Retry

if TYPE_CHECKING:
    from stormproof.engine.context import Context
    from stormproof.engine.plan import PlanView

Outputs = dict[str, Any]  # a JSON object: journaled when the step is done, readable later, redacted


class StepMistake(AssertionError):
    """A step did what no runbook may do; the message says what. Its author's mistake, wherever it is noticed."""


class NotBegun:
    """What a verify answers when it is certain that the act did not even begin (False: it is not whole)."""

    def __repr__(self) -> str:
        return "NOT_BEGUN"


NOT_BEGUN = NotBegun()

Act = Callable[["Context"], Outputs | None]
Verify = Callable[["Context"], "bool | NotBegun | Outputs"]
Undo = Callable[["Context"], None]
OutputsOf = Callable[["Context"], Outputs]
Touches = Callable[["PlanView"], Sequence[str]]

V = TypeVar("V", bound=Verify)
U = TypeVar("U", bound=Undo)
O = TypeVar("O", bound=OutputsOf)  # noqa: E741 - one letter for a type, like its neighbours


@dataclass(eq=False)
class Step:
    """One step as it was declared. Stands in the module under the name of its function.

    `verify` answers True, or the step's outputs, when the act happened and is whole; False when it is not; NOT_BEGUN
    when it certainly never began. `undo` copes with nothing to undo. `outputs_of` finds the outputs of an act that
    happened before a crash.
    """

    name: str
    act: Act
    title: str
    phase: Phase
    needs: tuple[str, ...]
    doc: str
    where: str  # file:line
    expected_seconds: float
    timeout_seconds: float
    repeatable: bool
    retry: Retry = NO_RETRY
    approvals: int = 0
    touches: Touches | None = None
    in_drill: str = ""
    skip_in_drill: bool = False
    verify_act: Verify | None = field(default=None)
    undo_act: Undo | None = field(default=None)
    outputs_of_act: OutputsOf | None = field(default=None)

    def __call__(self, context: Context) -> Outputs | None:
        return self.act(context)

    def verify(self, function: V) -> V:
        """Decorator: how to see whether the act happened."""
        self._once("verify", self.verify_act)
        self.verify_act = function
        return function

    def undo(self, function: U) -> U:
        """Decorator: how to take the act back. Must cope with an act that never happened, or only half."""
        self._once("undo", self.undo_act)
        self.undo_act = function
        return function

    def outputs_of(self, function: O) -> O:
        """Decorator: how to find the outputs of an act that happened before a crash."""
        self._once("outputs_of", self.outputs_of_act)
        self.outputs_of_act = function
        return function

    @property
    def gives_outputs(self) -> bool:
        """Whether the act says that it returns outputs (no annotation counts as yes)."""
        return _returns(self.act) not in ("None", None)

    def problems(self) -> list[SpecProblem]:
        """Everything about this step alone that makes it unfit to run."""
        found: list[SpecProblem] = []

        def say(what: str, fix: str) -> None:
            found.append(SpecProblem(f"step '{self.name}' {what}", where=self.where, fix=fix))

        if not self.doc:
            say("has no docstring", "write what the operator should read at 3 a.m. under its `def` line")
        if not self.title.strip():
            say("has no title", 'give it one: title="..."')
        if self.expected_seconds < 0:
            say(f"expects {self.expected_seconds:g} s", "give expected_seconds of 0 or more")
        if self.timeout_seconds <= 0:
            say(f"may take {self.timeout_seconds:g} s", "give timeout_seconds above 0: every wait has a bound")
        if self.expected_seconds > self.timeout_seconds > 0:
            say(
                f"is expected to take {self.expected_seconds:g} s but is stopped after {self.timeout_seconds:g} s",
                "raise timeout_seconds well above expected_seconds",
            )
        if self.approvals < 0:
            say(f"needs {self.approvals} approvals", "give approvals of 0 or more")
        if wrong := self.retry.problem():
            say(f"has an unsound retry: {wrong}", "name transient faults only, such as HostUnreachable, with bounds")
        if self.repeatable:
            return found
        if self.retry.attempts > 1 and self.retry.on:
            say("may not be repeated but has a retry", "drop retry, or make the act safe to repeat: repeatable=True")
        if self.verify_act is None:
            say(
                "may not be repeated and has no verify, so after a crash nobody could know whether it happened",
                f"add a function under @{self.name}.verify, or make the act safe to repeat: repeatable=True",
            )
        elif self.gives_outputs and self.outputs_of_act is None and _returns(self.verify_act) in ("bool", bool):
            say(
                "may not be repeated, and after a crash its outputs would be lost",
                f"let its verify return them, or add a function under @{self.name}.outputs_of",
            )
        return found

    def _once(self, what: str, present: object) -> None:
        if present is not None:
            raise SpecInvalid(
                [SpecProblem(f"step '{self.name}' has two {what} functions", where=self.where, fix="keep one of them")]
            )


def _returns(function: Callable[..., Any]) -> Any:
    return inspect.get_annotations(function).get("return", "unsaid")
