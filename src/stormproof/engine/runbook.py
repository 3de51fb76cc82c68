"""A runbook: the recovery procedure as typed steps, known whole before anything is touched.

A module under runbooks/ holds one: a `Runbook` object and functions decorated as its steps.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stormproof.core.errors import SpecInvalid, SpecProblem
from stormproof.core.phase import Phase
from stormproof.engine.context import Context, RunView
from stormproof.engine.declared import kind_problems
from stormproof.engine.retry import NO_RETRY, Retry
from stormproof.engine.step import NOT_BEGUN, Act, NotBegun, Outputs, Step, Touches
from stormproof.engine.wiring import digest_of, in_order, needs_problems, wiring_of

__all__ = ["NOT_BEGUN", "BoundStep", "Context", "NotBegun", "Outputs", "Phase", "Retry", "RunView", "Runbook", "Step"]

TIMEOUT_SECONDS_DEFAULT = 300.0

Parameters = Mapping[str, Any]
ParametersOf = Callable[[RunView], Parameters]
Layer = tuple[str, ParametersOf]  # scope of the including book, and how it makes the included one's parameters


@dataclass(frozen=True, eq=False, slots=True)
class BoundStep:
    """A step in its place in one book: under its full name, with its book's own view of parameters and outputs."""

    name: str
    step: Step
    needs: tuple[str, ...]
    scope: str  # "" or the prefix with its dot, such as "postgres."
    layers: tuple[Layer, ...] = ()  # from the outermost book inwards

    @property
    def where(self) -> str:
        return self.step.where

    def parameters(self, run: Parameters, outputs: Callable[[str], dict[str, Any] | None]) -> Parameters:
        """What this step sees as parameters. `outputs` takes full names; each layer sees its own book's names."""
        for scope, function in self.layers:
            run = function(RunView(run, lambda name, scope=scope: outputs(f"{scope}{name}")))  # type: ignore[misc]
        return run


class Runbook:
    """One procedure. `book.step(...)` declares its steps; `include` takes another book's steps in under a prefix."""

    def __init__(
        self,
        name: str,
        *,
        title: str,
        service_kind: str,
        description: str = "",
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        """
        Args:
            service_kind: kind of service in the inventory that this procedure recovers: postgres, files, application.
            description: when to run it, who decides, when to stop; stands on top of the operator's page.
            parameters: name -> what it means, for the operator's page.
        """
        caller = sys._getframe(1)  # where a person must look; inspect.stack() reads every source file on the way
        self.name, self.title, self.service_kind = name, title, service_kind
        # Only of text: CPython 3.11 dies of a class that has str's methods, such as Phase.
        self.description = inspect.cleandoc(description) if isinstance(description, str) else description
        self.parameters = dict(parameters or {})
        self.file, self.where = caller.f_code.co_filename, f"{caller.f_code.co_filename}:{caller.f_lineno}"
        self._steps: list[BoundStep] = []

    def step(
        self,
        *,
        title: str,
        phase: Phase,
        needs: Sequence[str | Step] = (),
        expected_seconds: float = 1.0,
        repeatable: bool = False,
        touches: Touches | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS_DEFAULT,
        retry: Retry = NO_RETRY,
        in_drill: str = "",
        skip_in_drill: bool = False,
        approvals: int = 0,
    ) -> Callable[[Act], Step]:
        """Declare a step. Its function's name is its name, its docstring what the operator reads.

        Args:
            expected_seconds: an honest guess; the plan's critical path is made of these.
            timeout_seconds: the bound on the step as a whole, every attempt and wait of it together.
            repeatable: whether doing it twice is the same as doing it once. If not, it must have a verify.
            touches: what it will change, in words, from the plan alone; called without any connection.
            in_drill: what is different in a drill, in words.
            skip_in_drill: True for what a drill cannot include; it then counts as done there, without outputs.
        """

        def declare(function: Act) -> Step:
            code = getattr(function, "__code__", None)
            line = code.co_firstlineno if code else 0
            step = Step(
                name=function.__name__,
                act=function,
                title=title,
                phase=phase,
                needs=tuple(need.name if isinstance(need, Step) else need for need in needs),
                doc=inspect.getdoc(function) or "",
                where=f"{code.co_filename if code else self.file}:{line}",
                expected_seconds=expected_seconds,
                timeout_seconds=timeout_seconds,
                repeatable=repeatable,
                retry=retry,
                approvals=approvals,
                touches=touches,
                in_drill=in_drill,
                skip_in_drill=skip_in_drill,
            )
            self._add([BoundStep(step.name, step, step.needs, "")])
            return step

        return declare

    def include(
        self,
        book: Runbook,
        *,
        prefix: str,
        parameters: Parameters | ParametersOf | None = None,
        needs: Sequence[str | Step] = (),
        also_needs: Mapping[str, Sequence[str | Step]] | None = None,
    ) -> None:
        """Take all steps of another book in, as PREFIX.STEP.

        Args:
            parameters: what those steps see as the run's parameters: a mapping, or a function of this run's view,
                called anew for each step, so that it may read outputs of steps that are done. None: the same.
            needs: what the included book's first steps wait for.
            also_needs: further needs of single included steps, by their own name.
        """
        book.check()
        outer = tuple(_name(need) for need in needs)
        further = {key: tuple(_name(n) for n in value) for key, value in (also_needs or {}).items()}
        caller = sys._getframe(1)
        where = f"{caller.f_code.co_filename}:{caller.f_lineno}"
        if unknown := sorted(further.keys() - {bound.name for bound in book.steps}):
            raise SpecInvalid(
                [
                    SpecProblem(
                        f"also_needs names '{unknown[0]}', which is no step of runbook '{book.name}'",
                        where=where,
                        fix=f"use one of: {', '.join(bound.name for bound in book.steps)}",
                    )
                ]
            )
        layer = _as_function(parameters)
        self._add(
            [
                BoundStep(
                    f"{prefix}.{bound.name}",
                    bound.step,
                    (
                        *(f"{prefix}.{need}" for need in bound.needs),
                        *(outer if not bound.needs else ()),
                        *further.get(bound.name, ()),
                    ),
                    f"{prefix}.{bound.scope}",
                    (*layer, *((f"{prefix}.{scope}", function) for scope, function in bound.layers)),
                )
                for bound in book.steps
            ],
            where,
        )

    @property
    def steps(self) -> tuple[BoundStep, ...]:
        """Every step, after all that it needs. Raises SpecInvalid for a book with mistakes."""
        self.check()
        return tuple(in_order(self._steps))

    def named(self, name: str) -> BoundStep:
        """The step of that full name."""
        return next(bound for bound in self._steps if bound.name == name)

    def problems(self) -> list[SpecProblem]:
        """Every mistake that can be seen without running anything."""
        if wrong := kind_problems(self, self._steps):
            return wrong
        found = [problem for bound in self._steps for problem in bound.step.problems()]
        found += needs_problems(self._steps)
        if not self._steps:
            found.append(
                SpecProblem(f"runbook '{self.name}' has no steps", where=self.where, fix="add @book.step(...)")
            )
        return found

    def check(self) -> None:
        """Raises SpecInvalid with every mistake. The loader calls it right after import."""
        if problems := self.problems():
            raise SpecInvalid(problems)

    @property
    def wiring(self) -> dict[str, Any]:
        return wiring_of(self.steps)

    @property
    def digest(self) -> str:
        """Of names, wiring and policy: a run is tied to it."""
        return digest_of(self.wiring)

    def _add(self, bound: list[BoundStep], where: str | None = None) -> None:
        for new in bound:
            if old := next((step for step in self._steps if step.name == new.name), None):
                raise SpecInvalid(
                    [
                        SpecProblem(
                            f"runbook '{self.name}' has two steps named '{new.name}' (the other: {old.where})",
                            where=where or new.where,
                            fix="rename one of them" if where is None else "use another prefix",
                        )
                    ]
                )
            self._steps.append(new)


def _name(need: str | Step) -> str:
    return need.name if isinstance(need, Step) else need


def _as_function(parameters: Parameters | ParametersOf | None) -> tuple[Layer, ...]:
    if parameters is None:
        return ()
    if callable(parameters):
        return (("", parameters),)
    fixed = dict(parameters)
    return (("", lambda view: fixed),)
