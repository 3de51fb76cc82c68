"""A resource's life against the emulator: created, looked at, changed, deleted, as its table's row says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath  # type: ignore[import-untyped]

from stormproof.lab.aws.provider.absence import EmulatorRefused, Gone, NotEmulated
from stormproof.lab.aws.provider.catalogue import Catalogue
from stormproof.lab.aws.provider.comparison import as_declared, same
from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Values
from stormproof.lab.aws.provider.listing import Listing
from stormproof.lab.aws.provider.naming import name_of
from stormproof.lab.aws.provider.requests import ClientSource, Requests, Used
from stormproof.lab.aws.provider.tables import kind_of
from stormproof.lab.aws.provider.templates import fill_all, names_in

# An id that says of itself that nothing stands behind it.
STATE_ONLY = "state-only-"
# The state's own note of what the emulator took and did not keep: comparing that would tell of changes by nobody.
UNHELD = "emulatorDoesNotHold"
ALL_OF_IT = "*"
# They place or name a resource, or time the provider's patience: no call sends them.
_HANDLED = frozenset({"region", "tags", "timeouts"})


class PartlyCreated(Exception):
    """The thing exists, and a later call of its creation was refused. The state must keep it."""

    def __init__(self, id_: str, outputs: dict[str, Any], why: str) -> None:
        super().__init__(why)
        self.id, self.outputs, self.why = id_, outputs, why


@dataclass(frozen=True)
class Resource:
    """One resource as the engine speaks of it; `inputs` unwrapped, without unknowns."""

    token: str
    urn: str
    inputs: Values
    id: str = ""
    outputs: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """What a look brought: properties that differ from the declared ones (None: no longer set)."""

    differences: dict[str, Any]
    outputs: dict[str, Any]


class Lifecycle:
    def __init__(
        self, catalogue: Catalogue, clients: ClientSource, listing: Listing, region: str, tags: Mapping[str, str]
    ) -> None:
        self._catalogue, self._clients, self._listing = catalogue, clients, listing
        self._region, self._tags = region, dict(tags)

    def known(self, resource: Resource) -> dict[str, Any]:
        """Outputs that do not depend on AWS's answer: the region, and all tags."""
        kind = self._catalogue.resource(resource.token)
        outputs = kind.outputs if kind is not None else frozenset()
        tags = {**self._tags, **(resource.inputs.get("tags") or {})}
        known = {"region": resource.inputs.get("region") or self._region, "tagsAll": tags}
        return {name: value for name, value in known.items() if name in outputs}

    def create(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        """The id and the outputs. Raises EmulatorRefused, PartlyCreated."""
        kind = kind_of(resource.token)
        if kind is None or kind.absent:
            why = kind.absent if kind is not None else "no table has it"
            return self._in_state_only(resource, kind, why)
        requests, here, used = self._begin(kind, resource)
        outputs: dict[str, Any] = {}
        for index, call in enumerate(kind.create):
            try:
                outputs |= requests.call(call, {**here, **outputs}, self._sent(kind, resource), used)
            except NotEmulated as absent:
                if index == 0:
                    return self._in_state_only(resource, kind, absent.why)
                self._list_call(resource, call, absent.why, used)
            except (EmulatorRefused, Gone) as refused:
                if index == 0:
                    raise EmulatorRefused(str(refused)) from refused
                here |= outputs
                raise PartlyCreated(self._id(kind, here), self._outputs(kind, here, outputs), str(refused)) from refused
        here |= outputs
        here |= fill_all(kind.outputs, here)  # some ids are made of outputs, some outputs of ids
        here["id"] = self._id(kind, here)
        here |= fill_all(kind.outputs, here)
        self._tag_after(kind, requests, here, used)
        self._list_unsent(kind, resource, used)
        return here["id"], {**self._seen_after(kind, requests, here, resource), **self._outputs(kind, here, outputs)}

    def look(self, resource: Resource) -> Seen:
        """What differs from what was declared. Raises Gone. What cannot be looked at is listed, and echoed."""
        kind = kind_of(resource.token)
        forgotten = ALL_OF_IT in (resource.outputs.get(UNHELD) or ())
        if kind is None or kind.absent or not kind.looks or forgotten or resource.id.startswith(STATE_ONLY):
            self._listing.add("not read back", resource.token, why="it lives in the state only")
            return Seen({}, {})
        requests, here, _ = self._begin(kind, resource)
        differences: dict[str, Any] = {}
        outputs: dict[str, Any] = {}
        compared: set[str] = set()
        for look in kind.looks:
            item, properties = self._item(look, kind, requests, here, resource)
            compared |= properties
            for name in properties - set(resource.outputs.get(UNHELD) or ()):
                actual = _at(look, name, item, here)
                declared = resource.inputs.get(name)
                if not same(declared, actual):
                    differences[name] = as_declared(declared, actual)
        for name in set(resource.inputs) - compared - {"region"}:
            self._listing.add("not read back", resource.token, name, why="existence is proved, this is echoed")
        return Seen(differences, outputs)

    def tell(self, resource: Resource) -> dict[str, Any]:
        """Everything that the looks show of a resource known by its id alone. Raises Gone."""
        kind = kind_of(resource.token)
        assert kind is not None
        requests, here, _ = self._begin(kind, resource)
        here |= fill_all(kind.outputs, here)
        told: dict[str, Any] = {}
        for look in kind.looks:
            item, _ = self._item(look, kind, requests, here, resource)
            told |= {name: as_declared(None, _at(look, name, item, here)) for name in look.sees if item}
        seen = self._seen_after(kind, requests, here, resource)
        return {**seen, **fill_all(kind.outputs, here), **self.known(resource), **told}

    def change(self, resource: Resource, changed: set[str], old_tags: Mapping[str, str]) -> dict[str, Any]:
        """Outputs that the change gave. `resource.inputs` are the new ones. Raises EmulatorRefused."""
        kind = kind_of(resource.token)
        if kind is None or kind.absent or resource.id.startswith(STATE_ONLY):
            return {}
        requests, here, used = self._begin(kind, resource)
        calls = kind.create if kind.again else kind.update
        sent = self._sent(kind, resource)
        outputs: dict[str, Any] = {}
        for call in calls:
            trigger = set(call.take or ()) | set(call.uses) | set().union(*(names_in(p) for p in call.put.values()))
            trigger |= set(sent) if call.take is None and kind.again else set()
            if not trigger & changed and not (kind.again and not call.take):
                continue
            try:
                outputs |= requests.call(call, {**here, **outputs}, sent, used)
            except NotEmulated as absent:
                self._list_call(resource, call, absent.why, used)
            except Gone as gone:
                raise EmulatorRefused(str(gone)) from gone
        for name in changed - used.taken - _HANDLED - kind.options:
            self._listing.add("not emulated", resource.token, name, why="its change lives in the state only")
        self._change_tags(kind, requests, here, old_tags)
        here |= outputs
        return {**self._seen_after(kind, requests, here, resource), **self._outputs(kind, here, outputs)}

    def delete(self, resource: Resource) -> None:
        """A thing that is already gone is fine. Raises EmulatorRefused."""
        kind = kind_of(resource.token)
        if kind is None or kind.absent or resource.id.startswith(STATE_ONLY):
            return
        requests, here, used = self._begin(kind, resource)
        for call in kind.delete:
            try:
                requests.call(call, here, resource.inputs, used)
            except Gone:
                continue
            except NotEmulated as absent:
                self._listing.add("not emulated", resource.token, "deletion", why=absent.why)

    def _begin(self, kind: Kind, resource: Resource) -> tuple[Requests, dict[str, Any], Used]:
        known = self.known(resource)
        region = str(resource.inputs.get("region") or self._region)
        here = {
            **resource.outputs, **resource.inputs, **known, "id": resource.id or None, "region": region,
            "account": self._clients.account, "logicalName": name_of(resource.urn),
            "token": hashlib.sha256(resource.urn.encode()).hexdigest()[:32],
            "tagsAll": {**self._tags, **(resource.inputs.get("tags") or {})},
        }  # fmt: skip
        return Requests(self._clients, kind, region), here, Used()

    def _sent(self, kind: Kind, resource: Resource) -> dict[str, Any]:
        skipped = _HANDLED | kind.options
        return {name: value for name, value in resource.inputs.items() if name not in skipped and value is not None}

    def _id(self, kind: Kind, here: Values) -> str:
        return str(fill_all({"id": kind.id}, here).get("id", ""))

    def _outputs(self, kind: Kind, here: Values, answered: Values) -> dict[str, Any]:
        return {**answered, **fill_all(kind.outputs, here)}

    def _seen_after(self, kind: Kind, requests: Requests, here: Values, resource: Resource) -> dict[str, Any]:
        """Outputs of the names that a look's item has too (dnsName from DNSName), and what the emulator did not keep."""
        resource_type = self._catalogue.resource(kind.token)
        wanted = (resource_type.outputs if resource_type is not None else frozenset()) - set(here)
        filled: dict[str, Any] = {}
        unheld: set[str] = set()
        for look in kind.looks:
            try:
                item = requests.look(look, here)
            except Gone:
                item = None
            except (NotEmulated, EmulatorRefused):
                continue
            if not look.optional or look.fills:
                by_plain = {key.lower(): value for key, value in item.items()} if isinstance(item, dict) else {}
                filled |= {n: by_plain[n.lower()] for n in wanted if _is_plain(by_plain.get(n.lower()))}
                filled |= {n: v for n, path in look.fills.items() if (v := _search(path, item)) is not None}
            if not item and not look.optional:
                unheld.add(ALL_OF_IT)
                continue
            declared = {name for name in look.sees if resource.inputs.get(name) is not None} | set(look.always)
            unheld |= {n for n in declared if not same(resource.inputs.get(n), _at(look, n, item, here))}
        for name in unheld:
            self._listing.add("not emulated", kind.token, name, why="the emulator takes it, and does not keep it")
        return {**filled, **({UNHELD: sorted(unheld)} if unheld else {})}

    def _item(
        self, look: Look, kind: Kind, requests: Requests, here: Values, resource: Resource
    ) -> tuple[Any, set[str]]:
        """The item looked at, and which properties it can be compared on."""
        properties = {name for name in look.sees if resource.inputs.get(name) is not None} | set(look.always)
        try:
            item = requests.look(look, here)
        except NotEmulated as absent:
            self._listing.add("not read back", resource.token, look.op, why=absent.why)
            return None, set()
        except Gone:
            if not look.optional:
                raise
            item = None
        if not item and not look.optional:
            raise Gone(f"{kind.service}.{look.op} does not list {resource.id}")
        return item, properties

    def _tag_after(self, kind: Kind, requests: Requests, here: Values, used: Used) -> None:
        if here["tagsAll"] and "tags" not in used.taken and kind.tagging is not None:
            try:
                requests.tag(kind.tagging.add, kind.tagging.target, here, here["tagsAll"], remove=False)
            except NotEmulated as absent:
                self._listing.add("not emulated", kind.token, "tags", why=absent.why)
            used.taken.add("tags")

    def _change_tags(self, kind: Kind, requests: Requests, here: Values, old: Mapping[str, str]) -> None:
        new, before = here["tagsAll"], {**self._tags, **old}
        tagging = kind.tagging
        if new == before or tagging is None:
            return
        added = {key: value for key, value in new.items() if before.get(key) != value}
        removed = {key: value for key, value in before.items() if key not in new}
        try:
            if removed:
                requests.tag(tagging.remove, tagging.target, here, removed, remove=True)
            if added:
                requests.tag(tagging.add, tagging.target, here, added, remove=False)
        except NotEmulated as absent:
            self._listing.add("not emulated", kind.token, "tags", why=absent.why)

    def _in_state_only(self, resource: Resource, kind: Kind | None, why: str) -> tuple[str, dict[str, Any]]:
        self._listing.add("not emulated", resource.token, why=why)
        digest = hashlib.sha256(resource.urn.encode()).hexdigest()[:17]
        id_ = f"{STATE_ONLY}{digest}"
        _, here, _ = self._begin(kind or Kind(resource.token, "", ""), resource)
        _, module, stem = resource.token.replace("/", ":").split(":")[:3]
        region, account = here["region"], here["account"]
        made = {"arn": f"arn:aws:{module}:{region}:{account}:{stem}/{id_}"}
        resource_type = self._catalogue.resource(resource.token)
        outputs = resource_type.outputs if resource_type is not None else frozenset()
        made |= fill_all(kind.outputs, {**here, "id": id_}) if kind is not None else {}
        return id_, {name: value for name, value in made.items() if name in outputs}

    def _list_call(self, resource: Resource, call: Call, why: str, used: Used) -> None:
        for name in [*(call.take or ()), *call.uses]:
            if name in resource.inputs:
                used.taken.add(name)
                self._listing.add("not emulated", resource.token, name, why=why)

    def _list_unsent(self, kind: Kind, resource: Resource, used: Used) -> None:
        sent = set(self._sent(kind, resource)) | ({"tags"} if resource.inputs.get("tags") else set())
        for name in sorted(sent - used.taken) + sorted(used.lost):
            self._listing.add("not emulated", resource.token, name, why="no call of the emulator's takes it")


def _is_plain(value: Any) -> bool:
    """Whether the wire can take it as it is: a scalar, or a list of texts."""
    return isinstance(value, (str, bool, int)) or (
        isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
    )


def _at(look: Look, name: str, item: Any, here: Values) -> Any:
    """The property's value in the item. A function says which declared values it stands for."""
    path = look.sees[name]
    if callable(path):
        return path(item, here) if item is not None else None
    return _search(path, item)


def _search(path: str, item: Any) -> Any:
    return None if item is None else jmespath.search(path, item)
