"""One stack carried through its life on the emulator: preview, up, an empty preview, refresh, destroy, nothing left."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stormproof.core.errors import RunFailed
from stormproof.lab.aws.engine import REGION, REPORT_VARIABLE, Done, Engine, last_words
from stormproof.lab.aws.engine_events import Refusal, Told
from stormproof.lab.aws.left import Held, Places, Seen, held, places_of

SHOWN_MAX = 40
ALL = ("preview", "up", "second preview", "refresh", "destroy", "left")
GOALS = {
    "all": ALL,
    "preview": ("preview",),
    "up": ("preview", "up", "second preview"),
    "destroy": ("preview", "up", "destroy", "left"),
}


@dataclass(frozen=True, slots=True)
class Phase:
    """`said` is for a table's last column; `details` go into the JSON document."""

    name: str
    seconds: float
    said: str
    details: dict[str, Any] = field(default_factory=dict)


class PhaseFailed(RunFailed):
    """A phase did not do what it has to. `said` and `details` as of a phase that went well."""

    def __init__(self, what: str, *, where: str, fix: str, code: str, said: str, details: dict[str, Any]) -> None:
        super().__init__(what, where=where, fix=fix, code=code)
        self.said, self.details = said, details


@dataclass
class Rehearsal:
    """Phases of one stack; `done` holds those that went well, in order, and the failed one last."""

    engine: Engine
    endpoint: str
    account: str
    tell: Callable[[str], None]
    done: list[Phase] = field(default_factory=list)
    unshown: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    _places: Places | None = field(default=None, init=False)
    _before: Seen | None = field(default=None, init=False)

    def run(self, phases: Sequence[str]) -> None:
        """Each in turn.

        Raises:
            PhaseFailed: one did not do what it has to; those behind it were not begun.
            SetupFailed: the engine could not be used.
        """
        work = {
            "preview": self._preview, "up": self._up, "second preview": self._second_preview,
            "refresh": self._refresh, "destroy": self._destroy, "left": self._left,
        }  # fmt: skip
        self.engine.start_stack()
        for name in phases:
            began = time.monotonic()
            self.engine.tell = lambda count, name=name, began=began: self.tell(  # type: ignore[misc]
                f"  … {name}: {count} resources, {time.monotonic() - began:.0f} s"
            )
            try:
                said, details = work[name]()
            except PhaseFailed as error:
                self.done.append(Phase(name, time.monotonic() - began, error.said, error.details))
                raise
            phase = Phase(name, time.monotonic() - began, said, details)
            self.done.append(phase)
            self.tell(f"{name}: {said} ({phase.seconds:.1f} s)")
            if name == "preview" and "left" in phases:
                self._look_before()

    def _preview(self) -> tuple[str, dict[str, Any]]:
        done = self.engine.operation("preview")
        self._require(done, "preview")
        self._places = places_of(
            [{"type": one.type, "inputs": one.inputs} for one in done.told.touched], account=self.account, region=REGION
        )
        advice = f", {len(done.told.refusals)} advised against" if done.told.refusals else ""
        pack = "refused by the policy: none" if self.engine.policy_pack else "without a policy pack"
        return f"{_counted(done.told)}; {pack}{advice}", _details(done)

    def _look_before(self) -> None:
        """What an emulator holds by itself (default networks, AWS's own keys' aliases) is not left by anybody."""
        assert self._places is not None
        began = time.monotonic()
        self._before = held(self.endpoint, self._places)
        where = f"{len(self._places.accounts)} accounts, {len(self._places.regions)} regions"
        self.tell(f"looked at what the emulator holds by itself ({where}; {time.monotonic() - began:.1f} s)")

    def _up(self) -> tuple[str, dict[str, Any]]:
        done = self.engine.operation("up")
        self._require(done, "up")
        return _counted(done.told), _details(done)

    def _second_preview(self) -> tuple[str, dict[str, Any]]:
        done = self.engine.operation("preview", "--expect-no-changes")
        self._require(done, "second preview", unchanged=True)
        return "no change", _details(done)

    def _refresh(self) -> tuple[str, dict[str, Any]]:
        done = self.engine.operation("refresh", "--expect-no-changes")
        self._require(done, "refresh", unchanged=True)
        return "no difference", _details(done)

    def _destroy(self) -> tuple[str, dict[str, Any]]:
        done = self.engine.operation("destroy")
        self._require(done, "destroy")
        remains = [one["urn"] for one in self.engine.state()]
        if remains:
            raise self._failed("destroy", f"{len(remains)} resources are still in the state", remains, done)
        return _counted(done.told), _details(done)

    def _left(self) -> tuple[str, dict[str, Any]]:
        assert self._places is not None
        assert self._before is not None
        after = held(self.endpoint, self._places)
        left = sorted(after.held - self._before.held)
        unasked = sorted(self._places.unasked)
        details = {
            "left": [_held(one) for one in left],
            "services_asked": sorted(self._places.services),
            "packages_without_a_service_to_ask": unasked,
            "calls_that_the_emulator_has_not": sorted(after.silent),
        }
        if left:
            raise PhaseFailed(
                f"the emulator still lists {len(left)} things after destroy:\n" + _lines(str(one) for one in left),
                where=f"stack {self.engine.stack}",
                fix="a resource was deleted in the state only, or made beside it: look at its type's delete",
                code="SP951",
                said=f"{len(left)} left",
                details=details,
            )
        asked = f"{len(self._places.services)} services asked"
        return f"nothing; {asked}" + (
            f"; without a service that lists: {' '.join(unasked)}" if unasked else ""
        ), details

    def _require(self, done: Done, name: str, *, unchanged: bool = False) -> None:
        told = done.told
        if told.mandatory:
            lines = _lines(map(_refused, told.mandatory))
            raise PhaseFailed(
                f"the policy refuses {len(told.mandatory)}:\n{lines}",
                where=f"{name} of stack {self.engine.stack}",
                fix="each says above how it is met; an exception with owner, reason and expiry goes into "
                "infra/policy/exceptions.yaml",
                code="SP948",
                said=f"refused by the policy: {len(told.mandatory)}",
                details=_details(done),
            )
        if unchanged and told.changed:
            changed = [f"{one.change} {one.name} {' '.join(one.keys)}".strip() for one in told.changed]
            raise self._failed(name, f"{len(changed)} would change, and none may", changed, done)
        if done.status != 0 or told.succeeded is False:
            errors = list(told.errors) or [last_words(done.output)]
            raise self._failed(name, f"failed with {len(errors)} errors", errors, done)

    def _failed(self, name: str, what: str, lines: Sequence[str], done: Done) -> PhaseFailed:
        return PhaseFailed(
            f"{name}: {what}:\n{_lines(lines)}",
            where=f"stack {self.engine.stack}",
            fix="each line names a resource and what the engine or the provider said of it",
            code="SP949",
            said=what,
            details=_details(done) | {"lines": list(lines)},
        )


def unshown(report: Path) -> dict[str, list[dict[str, str]]]:
    """What the emulator provider wrote down, by kind (`not emulated`, `not read back`, …); empty where there is no file."""
    found: dict[str, list[dict[str, str]]] = {}
    if report.is_file():
        for line in report.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            found.setdefault(entry.pop("entry"), []).append(entry)
    return found


def report_of(engine: Engine) -> Path:
    return Path(engine.environment[REPORT_VARIABLE])


def _counted(told: Told) -> str:
    words = [f"{count} {change}" for change, count in sorted(told.changes.items()) if count]
    return ", ".join(words) or "nothing to do"


def _details(done: Done) -> dict[str, Any]:
    told = done.told
    return {
        "changes": dict(told.changes),
        "refusals": [
            {"level": one.level, "rule": one.rule, "resource": one.resource, "message": one.message}
            for one in told.refusals
        ],
        "errors": list(told.errors),
        "warnings": list(told.warnings),
    }


def _held(one: Held) -> dict[str, str]:
    return {"service": one.service, "kind": one.kind, "name": one.name, "region": one.region, "account": one.account}


def _refused(one: Refusal) -> str:
    return f"{one.rule}: {one.resource}: {' '.join(one.message.split())}"


def _lines(texts: Any) -> str:
    lines = [f"  {text}" for text in texts]
    more = [f"  … and {len(lines) - SHOWN_MAX} more"] if len(lines) > SHOWN_MAX else []
    return "\n".join([*lines[:SHOWN_MAX], *more])
