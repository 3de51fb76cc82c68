"""Diff: which properties changed, and whether that replaces the resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stormproof.lab.aws.provider import wire
from stormproof.lab.aws.provider.comparison import same_declared
from stormproof.lab.aws.provider.kinds import Kind
from stormproof.lab.aws.provider.naming import is_automatic


@dataclass(frozen=True)
class Difference:
    """`replaces` is empty where nobody has written down what replaces (`unknown`)."""

    added: tuple[str, ...]
    deleted: tuple[str, ...]
    updated: tuple[str, ...]
    replaces: tuple[str, ...]
    delete_first: bool
    unknown: bool

    @property
    def changed(self) -> tuple[str, ...]:
        return tuple(sorted({*self.added, *self.deleted, *self.updated}))


def compare(kind: Kind | None, urn: str, old: Mapping[str, Any], new: Mapping[str, Any], region: str) -> Difference:
    """Of the inputs as declared before and now, both unwrapped. A value not known yet counts as changed."""
    before, now = _with_region(old, region), _with_region(new, region)
    added = tuple(sorted(name for name in now if name not in before))
    deleted = tuple(sorted(name for name in before if name not in now))
    updated = tuple(
        sorted(
            name
            for name in before.keys() & now.keys()
            if wire.has_unknown(now[name]) or not same_declared(before[name], now[name])
        )
    )
    changed = {*added, *deleted, *updated}
    known = kind is not None and kind.replaces is not None
    replaces = tuple(sorted(changed & (kind.replaces or frozenset()))) if kind is not None else ()
    named = kind.names if kind is not None else ""
    explicit = bool(named) and kind is not None and named in now and not is_automatic(kind, urn, now[named])
    delete_first = bool(replaces) and explicit and named not in changed
    return Difference(added, deleted, updated, replaces, delete_first, unknown=bool(changed) and not known)


def _with_region(inputs: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Naming the provider's own region changes nothing, and empty is as good as absent."""
    kept = {name: value for name, value in inputs.items() if value is not None}
    if "region" not in kept:
        kept["region"] = region
    return kept
