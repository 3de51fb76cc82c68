"""What a negative control is made of: the record that every one of them fills in, and what it is handed to act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stormproof.core.negative_control import Answers, Facts, NotApplicable, Seed, Watch

if TYPE_CHECKING:
    from stormproof.drill.controls.bench import Bench

Needs = Literal["database", "files", "repository"]


@dataclass(frozen=True, slots=True)
class Control:
    """One fault that can be seeded, and the proof that it is noticed.

    Args:
        name: a slug, as in `--negative-control NAME`.
        title: what happened, for people.
        plan: which object of this copy is harmed, and how; or why there is none. Pure.
        watch: which enabled checks could see it. Pure; asked only of a seed.
        prove: make the fault, call `bench.seeded()`, ask, answer. Raises StormproofError for what it could not do.
        needs: what it works on; those of the repository take longest and are begun first.
    """

    name: str
    title: str
    plan: Callable[[Facts], Seed | NotApplicable]
    watch: Callable[[Facts, Seed], Watch]
    prove: Callable[[Bench, Seed, Watch], Answers]
    needs: Needs = "database"
