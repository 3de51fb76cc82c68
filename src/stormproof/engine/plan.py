"""What a run would do, from the book and the inventory alone: nothing is connected to, nothing is touched."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from stormproof.core.errors import SpecInvalid, SpecProblem, StormproofError
from stormproof.core.redact import Redactor
from stormproof.engine.book_mistake import book_mistake
from stormproof.engine.declared import is_words
from stormproof.engine.places import refuse_environment, refuse_protected, service_name, target_name
from stormproof.engine.raised import is_signal, lines_of, words_of
from stormproof.engine.runbook import BoundStep, Runbook
from stormproof.engine.step import StepMistake

if TYPE_CHECKING:
    from stormproof.core.inventory import Inventory


_PACKAGE = Path(__file__).resolve().parents[1]
_LAYERS = str(Path(__file__).with_name("runbook.py"))  # calls the functions that make parameters


class PlanView:
    """What a step's `touches` sees: names, never connections; no outputs, for nothing has run."""

    def __init__(
        self, *, inventory: Inventory, mode: str, environment: str, service: str, parameters: Mapping[str, Any]
    ) -> None:
        self.inventory, self.mode, self.environment, self.run_service = inventory, mode, environment, service
        self.parameters: Mapping[str, Any] = MappingProxyType(dict(parameters))

    @property
    def is_drill(self) -> bool:
        return self.mode == "drill"

    def target_name(self, role: str) -> str:
        """Name of the host that plays `role` in the run's environment. Raises Refused as the run itself would."""
        return target_name(
            self.inventory, role=role, environment=self.environment, mode=self.mode, service=self.run_service
        )

    def host_name(self, name: str) -> str:
        """The name again, once the run may reach that host. Raises Refused as the run itself would."""
        refuse_protected(self.inventory, name, mode=self.mode)
        return name

    def service_name(self, kind: str) -> str:
        return service_name(self.inventory, service=self.run_service, kind=kind)

    def service(self, kind: str) -> Any:
        """The inventory's entry of `service_name(kind)`."""
        return self.inventory.services[self.service_name(kind)]


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step as it would run. `touches` is in words; `critical`: on the expected critical path."""

    name: str
    title: str
    phase: str
    needs: tuple[str, ...]
    expected_seconds: float
    timeout_seconds: float
    repeatable: bool
    verify: bool
    undo: bool
    approvals: int
    skipped: bool
    in_drill: str
    touches: tuple[str, ...]
    critical: bool
    doc: str
    where: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole of it. `problems` are what would stop the run, in words; a plan with problems still shows the rest."""

    runbook: str
    title: str
    mode: str
    environment: str
    service: str
    digest: str
    steps: tuple[PlannedStep, ...]
    critical_path: tuple[str, ...]
    expected_seconds: float
    rto_seconds: float | None
    problems: tuple[str, ...]

    @property
    def fits(self) -> bool | None:
        """Whether the expected critical path is within the RTO; None without one."""
        return None if self.rto_seconds is None else self.expected_seconds <= self.rto_seconds

    def as_json(self) -> dict[str, Any]:
        return {"schema": "stormproof.plan/v1", **asdict(self), "fits": self.fits}


def plan(
    book: Runbook,
    *,
    inventory: Inventory,
    mode: str,
    environment: str,
    service: str,
    parameters: Mapping[str, Any],
    rto_seconds: float | None = None,
) -> Plan:
    """What a run with these facts would do; touches nothing.

    Raises SpecInvalid for a book with mistakes, also where only asking its functions shows them.
    """
    steps = book.steps
    problems = _refusals(inventory, mode, environment, service, book.service_kind)
    path = expected_critical_path(steps, mode=mode)
    planned = []
    for bound in steps:
        touches: tuple[str, ...] = ()
        try:
            view = PlanView(
                inventory=inventory,
                mode=mode,
                environment=environment,
                service=service,
                parameters=_parameters(bound, parameters),
            )
            touches = _touches(bound, view)
        except SpecInvalid:
            raise
        except StormproofError as error:
            problems.append(f"{bound.name}: {error.what} (fix: {error.fix})")
        planned.append(_planned(bound, touches, critical=bound.name in path, mode=mode))
    return Plan(
        runbook=book.name,
        title=book.title,
        mode=mode,
        environment=environment,
        service=service,
        digest=book.digest,
        steps=tuple(planned),
        critical_path=tuple(path),
        expected_seconds=round(sum(_expected(bound, mode) for bound in steps if bound.name in path), 3),
        rto_seconds=rto_seconds,
        problems=tuple(dict.fromkeys(problems)),
    )


def _parameters(bound: BoundStep, given: Mapping[str, Any]) -> Mapping[str, Any]:
    with _asking(bound):
        seen: object = bound.parameters(given, lambda name: None)
        if not isinstance(seen, Mapping):
            raise StepMistake(f"its parameters are no mapping but a {type(seen).__name__}")
        return seen


def _touches(bound: BoundStep, view: PlanView) -> tuple[str, ...]:
    if bound.step.touches is None:
        return ()
    with _asking(bound):
        said = bound.step.touches(view)
        lines = tuple(said) if isinstance(said, Iterable) and not isinstance(said, str) else (None,)
        if not all(is_words(line) for line in lines):
            raise StepMistake("its touches answers no list of texts")
        return cast("tuple[str, ...]", lines)


@contextlib.contextmanager
def _asking(bound: BoundStep) -> Iterator[None]:
    """A question to the book's own function. Raises SpecInvalid for its mistakes, and whatever is said in our own words."""
    try:
        yield
    except StormproofError:
        raise
    except BaseException as error:  # of any class: a SystemExit(0) would end us as if all were well
        if is_signal(error):
            raise
        told = book_mistake(error, bound, Redactor())
        if told is not None:
            raise SpecInvalid([SpecProblem(told.what, where=told.where, fix=told.fix)]) from error
        if _is_ours(error):
            raise
        what = f"step '{bound.name}' has a mistake: {words_of(error)}"
        raise SpecInvalid([SpecProblem(what, where=bound.where, fix="give it a function of the plan")]) from error


def _is_ours(error: BaseException) -> bool:
    """Whether code of ours was at work behind the question itself; a class of Python's own, say, has no line of the book."""
    ours = [file for file, _ in lines_of(error.__traceback__) if Path(file).is_relative_to(_PACKAGE)]
    return ours[-1] not in (__file__, _LAYERS)


def _refusals(inventory: Inventory, mode: str, environment: str, service: str, kind: str) -> list[str]:
    """What the run would be refused for before its first step, in words."""
    found = []
    for look in (
        lambda: refuse_environment(inventory, environment, mode=mode),
        lambda: service_name(inventory, service=service, kind=kind),
    ):
        try:
            look()
        except StormproofError as error:
            found.append(f"{error.what} (fix: {error.fix})")
    return found


def expected_critical_path(steps: tuple[BoundStep, ...], *, mode: str) -> list[str]:
    """Names of the steps on the longest chain of expected seconds, in order; as if no bound were on their number."""
    ends: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for bound in steps:
        latest = max(bound.needs, key=lambda need: ends[need], default=None)
        before[bound.name] = latest
        ends[bound.name] = (ends[latest] if latest else 0.0) + _expected(bound, mode)
    path: list[str] = []
    # Of several that end last, the one declared last: it is the one that waits for the others.
    name = max(reversed(ends), key=lambda step: ends[step], default=None) if ends else None
    while name is not None:
        path.append(name)
        name = before[name]
    return path[::-1]


def _expected(bound: BoundStep, mode: str) -> float:
    return 0.0 if _skipped(bound, mode) else bound.step.expected_seconds


def _skipped(bound: BoundStep, mode: str) -> bool:
    return mode == "drill" and bound.step.skip_in_drill


def _planned(bound: BoundStep, touches: tuple[str, ...], *, critical: bool, mode: str) -> PlannedStep:
    step = bound.step
    return PlannedStep(
        name=bound.name,
        title=step.title,
        phase=step.phase.value,
        needs=bound.needs,
        expected_seconds=step.expected_seconds,
        timeout_seconds=step.timeout_seconds,
        repeatable=step.repeatable,
        verify=step.verify_act is not None,
        undo=step.undo_act is not None,
        approvals=step.approvals,
        skipped=_skipped(bound, mode),
        in_drill=step.in_drill,
        touches=touches,
        critical=critical,
        doc=step.doc,
        where=bound.where,
    )
