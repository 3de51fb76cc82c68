"""What a step is given: its run's facts, hosts it may reach, secrets, and the outputs of steps before it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stormproof.core.errors import TimedOut
from stormproof.core.ports import Host
from stormproof.core.redact import Redactor
from stormproof.engine.places import Places, refuse_protected, service_name, target_name
from stormproof.engine.step import StepMistake
from stormproof.engine.stopping import Guard, GuardedHost

if TYPE_CHECKING:
    from stormproof.core.inventory import Inventory

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as the function sees that gives an included book its parameters."""

    parameters: Mapping[str, Any]
    outputs: Callable[[str], JsonObject | None]

    def output(self, step: str) -> JsonObject | None:
        """Outputs of a step by its full name; None while it is not done."""
        return self.outputs(step)


class MissingOutput(StepMistake):
    """A step read the outputs of one that it does not need."""


class Context:
    """One step's view of its run, for one attempt."""

    def __init__(
        self,
        *,
        run_id: str,
        mode: str,
        environment: str,
        run_service: str,
        step: str,
        scope: str,
        attempt: int,
        token: int,
        parameters: Mapping[str, Any],
        outputs: Callable[[str], JsonObject | None],
        places: Places,
        guard: Guard,
        redactor: Redactor,
        clock: Any,
        say: Callable[[str], None],
        record: Callable[[str, Mapping[str, Any]], None],
    ) -> None:
        self.run_id, self.mode, self.environment = run_id, mode, environment
        self.step, self.attempt, self.token = step, attempt, token
        self.parameters: Mapping[str, Any] = MappingProxyType(dict(parameters))
        self._run_service, self._scope, self._outputs = run_service, scope, outputs
        self._places, self._guard, self._redactor, self._clock = places, guard, redactor, clock
        self._say, self._record = say, record

    @property
    def is_drill(self) -> bool:
        return self.mode == "drill"

    @property
    def inventory(self) -> Inventory:
        """The inventory that this run began with."""
        return self._places.inventory

    @property
    def remaining_seconds(self) -> float:
        """What is left of this step's bound."""
        return self._guard.remaining_seconds

    def target(self, role: str) -> Host:
        """The host that plays `role` in the run's environment; `primary` is where the run's service lives, or comes to.

        Raises Refused for none, several, and in a drill for a protected one.
        """
        return self._guarded(
            target_name(
                self.inventory, role=role, environment=self.environment, mode=self.mode, service=self._run_service
            )
        )

    def host(self, name: str) -> Host:
        """A host by its inventory name, such as the vault. Raises Refused for a protected one in a drill."""
        refuse_protected(self.inventory, name, mode=self.mode)
        return self._guarded(name)

    def service_name(self, kind: str) -> str:
        """Name of the service of that kind that this run recovers: the run's own, or the one part of it."""
        return service_name(self.inventory, service=self._run_service, kind=kind)

    def service(self, kind: str) -> Any:
        """The inventory's entry of `service_name(kind)`."""
        return self.inventory.services[self.service_name(kind)]

    def secret(self, name: str) -> str:
        """A secret from the third place. From now on it is taken out of whatever is written."""
        value = self._places.secrets.get(name)
        self._redactor.add(name, value)
        return value

    def output(self, step: str) -> JsonObject:
        """Outputs of a step of the same book that is done; {} for one that a drill skips.

        Raises MissingOutput: add the step to `needs`.
        """
        found = self._outputs(f"{self._scope}{step}")
        if found is None:
            raise MissingOutput(f"step '{self.step}' reads outputs of '{step}', which is not done: add it to needs")
        return copy.deepcopy(found)

    def output_if_done(self, step: str) -> JsonObject | None:
        """Like `output`, with None for a step that is not done: for undo, which must cope with that."""
        return copy.deepcopy(self._outputs(f"{self._scope}{step}"))

    def say(self, text: str) -> None:
        """Tell whoever watches, and the journal."""
        self._say(text)

    def record(self, kind: str, document: Mapping[str, Any]) -> None:
        """Write an event into the journal, committed when this returns: before creating what must not be forgotten."""
        self._record(kind, document)

    def check(self) -> None:
        """Raises when this step must stop: cancelled, over its bound, or the run taken over."""
        self._guard.check()

    def sleep(self, seconds: float) -> None:
        """Wait, unless told to stop."""
        self._guard.sleep(seconds)

    def wait_until(
        self, what: str, look: Callable[[], bool], *, timeout_seconds: float, poll_seconds: float = 0.1
    ) -> None:
        """Look again and again until it is so. Raises TimedOut, naming `what`."""
        until = self._clock.now().monotonic + timeout_seconds
        while not look():
            if self._clock.now().monotonic >= until:
                raise TimedOut(
                    f"waited {timeout_seconds:g} s in vain for {what}",
                    where=f"step {self.step}",
                    fix="see the step's own log above; raise the bound if this is rightly slow",
                    code="SP232",
                )
            self._guard.sleep(poll_seconds)

    def _guarded(self, name: str) -> Host:
        self._guard.check()
        return GuardedHost(self._places.hosts.host(name), self._guard, self._clock)
