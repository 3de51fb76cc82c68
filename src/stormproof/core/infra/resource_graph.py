"""Resources and what each refers to, as rules read them: from a policy pack's stack, a preview's JSON or a live account.

Property names are those on Pulumi's wire (camelCase), types are its tokens (`aws:ec2/vpc:Vpc`). A value that is not known
yet is UNKNOWN and never looks like an absent one; what it hangs on is told by the property's dependencies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, final


@final
class Unknown:
    """A value that is not known at preview. It equals nothing but itself and has no truth: ask `is UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("an unknown value has no truth: compare it with `is UNKNOWN`")

    def __deepcopy__(self, memo: object) -> Unknown:
        return self

    def __reduce__(self) -> str:
        return "UNKNOWN"  # the one below, in any process


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Resource:
    """One declared resource.

    Args:
        properties: inputs joined with the outputs that are known. Nested dicts and lists; UNKNOWN where not known.
        depends: property -> URNs that its value was made from (Pulumi's property dependencies).
        depends_on: URNs that it waits for, whatever the property.
        region: the resource's own region, or its provider's; None when neither is told.
        inputs: which properties the program itself wrote; None: all of `properties`.
        protect, retain: None when the source cannot tell (a policy pack cannot see `retain_on_delete`).
    """

    urn: str
    type: str
    name: str
    properties: Mapping[str, Any]
    depends: Mapping[str, Sequence[str]] = field(default_factory=dict)
    depends_on: Sequence[str] = ()
    parent: str | None = None
    provider: str | None = None
    region: str | None = None
    protect: bool | None = None
    retain: bool | None = None
    inputs: frozenset[str] | None = None

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a dotted path (`rule.0.lifecycle.deleteAfter`), `default` where absent, UNKNOWN where unknown.

        An unknown value on the way makes everything below it unknown.
        """
        here: Any = self.properties
        for step in path.split("."):
            if here is UNKNOWN:
                return UNKNOWN
            if isinstance(here, Mapping) and step in here:
                here = here[step]
            elif isinstance(here, list | tuple) and step.isdecimal() and int(step) < len(here):
                here = here[int(step)]
            else:
                return default
        return default if here is None else here

    def items(self, path: str) -> list[Any] | Unknown:
        """The list at a path; a single block counts as one, an absent one as none."""
        value = self.get(path, [])
        if isinstance(value, Unknown):
            return value
        return list(value) if isinstance(value, list | tuple) else [value]

    def tag(self, name: str) -> str | Unknown | None:
        """A tag's value. `tagsAll` counts where the provider's default tags are known."""
        for place in ("tags", "tagsAll"):
            tags = self.get(place)
            if isinstance(tags, Unknown):
                return tags
            if isinstance(tags, Mapping) and name in tags:
                value = tags[name]
                return value if isinstance(value, Unknown) else str(value)
        return None

    def declares(self, name: str) -> bool:
        """Whether the program wrote a property itself, if only as an empty list; not what the cloud filled in."""
        written = name in self.properties if self.inputs is None else name in self.inputs
        return written and self.properties.get(name) is not None

    @property
    def shown(self) -> str:
        """For people: type and name, as they stand in the program."""
        return f"{self.type.split(':')[-1]} '{self.name}'"


# Where a resource's own identity stands, so that another's known value can be matched with it.
IDENTITIES = ("id", "arn", "name", "bucket", "identifier", "keyId", "dashboardName", "clusterIdentifier")


_NAMES_SOMETHING = ("Id", "Ids", "Arn", "Arns", "Name")


def identifying(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """What of a resource's outputs says which thing it is, or belongs to.

    The rest (a default policy, rules that were declared apart) the cloud filled in: before a resource exists nobody can
    judge it, so it is not judged afterwards either.
    """
    kept = (*IDENTITIES, "tagsAll", "region")
    return {key: value for key, value in outputs.items() if key in kept or key.endswith(_NAMES_SOMETHING)}


class ResourceGraph:
    """All resources of one program or account, with look-ups in both directions.

    Args:
        layer: what the stack declares (`stormproof:layer`).
        source: `preview`, `state`, `pack` or `account`.
        settings: the stack's configuration below `stormproof:`, without that prefix.
        today: the day on which it is judged, for what ends (an engine's support, a published date). None: not told.
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        *,
        layer: str | None = None,
        source: str = "preview",
        settings: Mapping[str, str] | None = None,
        today: date | None = None,
    ) -> None:
        self.today = today
        self._by_urn = {resource.urn: _plain(resource) for resource in resources}
        self.layer = layer
        self.source = source
        self.settings: Mapping[str, str] = dict(settings or {})
        self._by_type: dict[str, list[Resource]] = {}
        self._by_identity: dict[tuple[str, str], list[Resource]] = {}
        for resource in self._by_urn.values():
            self._by_type.setdefault(resource.type, []).append(resource)
            for place in IDENTITIES:
                value = resource.get(place)
                if isinstance(value, str):
                    self._by_identity.setdefault((resource.type, value), []).append(resource)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_urn.values())

    def __len__(self) -> int:
        return len(self._by_urn)

    def of(self, *types: str) -> list[Resource]:
        """All resources of these types, in the order in which they were declared."""
        return [resource for kind in types for resource in self._by_type.get(kind, [])]

    def by_urn(self, urn: str) -> Resource | None:
        return self._by_urn.get(urn)

    def targets(self, resource: Resource, path: str, *types: str) -> list[Resource]:
        """Resources of `types` that the value at `path` means: by value where it is known, else by its dependencies.

        A known value that belongs to no resource here gives none: it lies outside this program. But a resource that it was
        made from, and whose own id nobody told (an engine hands a pack no ids), is meant. Dependencies are kept by Pulumi
        for whole top-level properties, so an unknown inside a block may answer more than one resource.
        """
        value = resource.get(path)
        found: dict[str, Resource] = {}
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, str):
                found |= {match.urn: match for match in self._meant(resource, one, types)}
        if not found:
            behind = [one for one in self._behind(resource, path) if one.type in types]
            found = {one.urn: one for one in behind if has_unknown(value) or one.get("id") is None}
        return list(found.values())

    def _meant(self, resource: Resource, text: str, types: Iterable[str]) -> list[Resource]:
        """Resources that a known text means: by an identity of theirs, or by an ARN that was computed from their name.

        One name may be taken once in each region and account: those nearest to the resource that names it are meant.
        """
        by_name = [one for kind in types for one in self._by_identity.get((kind, text), [])]
        if by_name:
            near = max(_nearness(resource, one) for one in by_name)
            return [one for one in by_name if _nearness(resource, one) == near]
        region, names = _of_arn(text)
        return [
            one
            for kind in types
            for name in names
            for one in self._by_identity.get((kind, name), [])
            if not isinstance(one.get("arn"), str) and (not region or one.region in (None, region))
        ]

    def _behind(self, resource: Resource, path: str) -> Iterator[Resource]:
        """What an unknown value was made from; through components, whose children stand for them."""
        top = path.split(".")[0]
        for urn in resource.depends.get(top, ()):
            known = self._by_urn.get(urn)
            if known is not None:
                yield known

    def pointing_at(self, resource: Resource, path: str, *types: str) -> list[Resource]:
        """Resources of `types` whose value at `path` means this one: the guards of a bucket, the rules of a group."""
        return [one for one in self.of(*types) if resource in self.targets(one, path, resource.type)]


# Types that the provider has under a second token: `alb.LoadBalancer` is `lb.LoadBalancer`, and what S3 calls V2 is the same.
_SECOND_TOKENS = (
    (re.compile(r"aws:alb/(.+)"), r"aws:lb/\1"),
    (re.compile(r"aws:s3/(bucket\w*)V2:(Bucket\w*)V2"), r"aws:s3/\1:\2"),
)


def _plain(resource: Resource) -> Resource:
    """The resource under the token that rules ask for."""
    for second, first in _SECOND_TOKENS:
        if second.fullmatch(resource.type):
            return replace(resource, type=second.sub(first, resource.type))
    return resource


ARN_PARTS = 6


def _of_arn(text: str) -> tuple[str, tuple[str, ...]]:
    """Region (or nothing) and the names that an ARN may end in: `role/NAME`, `backup-vault:NAME`, `table/NAME`, `NAME`."""
    parts = text.split(":", ARN_PARTS - 1)
    if len(parts) < ARN_PARTS or parts[0] != "arn":
        return "", ()
    tail = parts[-1].removesuffix(":*").removesuffix("/*")
    names = (tail, tail.partition("/")[2], tail.rpartition("/")[2], tail.partition(":")[2])
    return parts[3], tuple(dict.fromkeys(name for name in names if name))


def _nearness(one: Resource, other: Resource) -> int:
    return int(one.region == other.region) + int(one.provider == other.provider)


def has_unknown(value: Any) -> bool:
    """Whether anything in a nested value is not known."""
    if value is UNKNOWN:
        return True
    if isinstance(value, Mapping):
        return any(has_unknown(one) for one in value.values())
    if isinstance(value, list | tuple):
        return any(has_unknown(one) for one in value)
    return False
