"""How a book's steps hang together: its order, its mistakes, and the digest that a run is tied to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stormproof.core.errors import SpecProblem

if TYPE_CHECKING:
    from stormproof.engine.runbook import BoundStep


def needs_problems(steps: Sequence[BoundStep]) -> list[SpecProblem]:
    """Unknown needs and circles, each with its file and line."""
    names = {step.name for step in steps}
    found = [
        SpecProblem(
            f"step '{step.name}' needs '{need}', which is no step of this runbook",
            where=step.where,
            fix=f"use one of: {', '.join(sorted(names - {step.name})) or '(there is no other step)'}",
        )
        for step in steps
        for need in step.needs
        if need not in names
    ]
    if not found and (circle := _circle(steps)):
        first = next(step for step in steps if step.name == circle[0])
        found.append(
            SpecProblem(
                f"steps need each other in a circle: {' -> '.join([*circle, circle[0]])}",
                where=first.where,
                fix="drop one of these needs",
            )
        )
    return found


def in_order(steps: Sequence[BoundStep]) -> list[BoundStep]:
    """Steps after all that they need; otherwise in the order in which they were written. Needs must be sound."""
    placed: dict[str, BoundStep] = {}
    waiting = list(steps)
    while waiting:
        ready = next((step for step in waiting if all(need in placed for need in step.needs)), None)
        assert ready is not None, "needs were checked before"
        placed[ready.name] = ready
        waiting.remove(ready)
    return list(placed.values())


def wiring_of(steps: Sequence[BoundStep]) -> dict[str, Any]:
    """Names, needs and policy of every step: what must not change between the start of a run and its resumption."""
    return {
        step.name: {
            "needs": sorted(step.needs),
            "phase": step.step.phase.value,
            "repeatable": step.step.repeatable,
            "retry": step.step.retry.as_json(),
            "timeout_seconds": step.step.timeout_seconds,
            "approvals": step.step.approvals,
            "verify": step.step.verify_act is not None,
            "undo": step.step.undo_act is not None,
            "skip_in_drill": step.step.skip_in_drill,
        }
        for step in steps
    }


def digest_of(wiring: dict[str, Any]) -> str:
    """SHA-256 of the wiring as canonical JSON; the order in which steps were written does not count."""
    canonical = json.dumps(wiring, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What changed between two wirings, in words."""
    found = [f"step '{name}' is gone" for name in sorted(before.keys() - now.keys())]
    found += [f"step '{name}' is new" for name in sorted(now.keys() - before.keys())]
    for name in sorted(before.keys() & now.keys()):
        found += [
            f"step '{name}': {key} was {before[name].get(key)!r}, is {now[name].get(key)!r}"
            for key in sorted(before[name].keys() | now[name].keys())
            if before[name].get(key) != now[name].get(key)
        ]
    return found


def _circle(steps: Sequence[BoundStep]) -> list[str]:
    left = {step.name: set(step.needs) for step in steps}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    if not left:
        return []
    walk = [min(left)]
    while True:
        following = min(left[walk[-1]] & left.keys())
        if following in walk:
            return walk[walk.index(following) :]
        walk.append(following)
