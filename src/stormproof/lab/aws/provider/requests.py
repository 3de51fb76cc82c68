"""One request of a table's row: its parameters from the properties, sent, and its answer or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import jmespath  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from stormproof.lab.aws.provider.absence import translate
from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Parameter, Values
from stormproof.lab.aws.provider.shapes import find_member, map_properties, tags_as
from stormproof.lab.aws.provider.templates import LEFT_OUT, fill, fill_all, names_in


class ClientSource(Protocol):
    account: str

    def client(self, service: str, region: str) -> Any: ...


@dataclass
class Used:
    """What the calls of one operation have taken of the properties."""

    taken: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)


class Requests:
    """Sends the calls of one kind in one region."""

    def __init__(self, source: ClientSource, kind: Kind, region: str) -> None:
        self._source, self._kind, self._region = source, kind, region

    def call(self, call: Call, here: Values, properties: Values, used: Used) -> dict[str, Any]:
        """The outputs that the call's answers give; {} where it does not apply."""
        self._note_use(call, properties, used)
        if call.when is not None and not call.when(here):
            return {}
        here = self._asked(call.ask, here)
        outputs: dict[str, Any] = {}
        for item in call.each(here) if call.each is not None else [None]:
            seen = here if item is None else {**here, "item": item}
            answer = self._send(call, self._parameters(call, seen, properties, used), seen)
            found = {name: jmespath.search(path, answer) for name, path in call.out.items()}
            outputs |= {name: value for name, value in found.items() if value is not None}
        return outputs

    def look(self, look: Look, here: Values) -> Any:
        """The item looked at; None where the answer has none."""
        here = self._asked(look.ask, here)
        answer = self._send(look, fill_all(look.put, here), here)
        return look.item(answer, here) if callable(look.item) else jmespath.search(look.item, answer)

    def tag(self, op: str, target: Mapping[str, Any], here: Values, tags: Mapping[str, str], *, remove: bool) -> None:
        """Adds these tags, or removes those of these names."""
        client = self._client(self._kind.service, here)
        shape = _input_shape(client, op)
        names = next((m for m in ("TagKeys", "tagKeys", "TagKeyList") if m in shape.members), None)
        member = names if remove and names else find_member(shape, "tags")
        if member is None:
            return
        value = list(tags) if remove and names else tags_as(shape.members[member], tags)
        self._send(Call(op), {**fill_all(target, here), member: value}, here)

    def _asked(self, looks: tuple[Look, ...], here: Values) -> Values:
        for look in looks:
            item = self.look(look, here)
            here = {**here, **{name: jmespath.search(path, item) for name, path in look.fills.items()}}
        return here

    def _note_use(self, call: Call, properties: Values, used: Used) -> None:
        used.taken |= set(call.uses)
        for parameter in call.put.values():
            used.taken |= names_in(parameter) & set(properties)

    def _parameters(self, call: Call, here: Values, properties: Values, used: Used) -> dict[str, Any]:
        client = self._client(call.service or self._kind.service, here)
        shape = _input_shape(client, call.op)
        inner = shape
        for step in filter(None, call.under.split(".")):
            inner = inner.members[step]
        wanted = properties if call.take is None else {n: properties[n] for n in call.take if n in properties}
        put = {"tags", *call.uses}.union(*(names_in(parameter) for parameter in call.put.values()))
        mapped = map_properties(inner, {n: v for n, v in wanted.items() if n not in put}, call.rename)
        used.taken |= mapped.taken
        used.lost |= mapped.lost
        parameters = mapped.parameters
        for step in reversed(list(filter(None, call.under.split(".")))):
            parameters = {step: parameters}
        for name, parameter in call.put.items():
            _put(parameters, name.split("."), fill(parameter, here))
        self._add_tags(call, shape, parameters, here, used)
        return parameters

    def _add_tags(self, call: Call, shape: Any, parameters: dict[str, Any], here: Values, used: Used) -> None:
        tags = here.get("tagsAll")
        if not tags or self._kind.untagged or call.take is not None or call.each is not None:
            return
        if self._kind.ec2_tag and "TagSpecifications" in shape.members:
            pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
            parameters["TagSpecifications"] = [{"ResourceType": self._kind.ec2_tag, "Tags": pairs}]
            used.taken.add("tags")
            return
        member = next((m for m in ("Tags", "tags", "TagList", "TagsList", "BackupVaultTags", "BackupPlanTags",
                                   "ReportPlanTags", "HostedZoneTags") if m in shape.members), None)  # fmt: skip
        if member is not None:
            parameters[member] = tags_as(shape.members[member], tags)
            used.taken.add("tags")

    def _client(self, service: str, here: Values, region: Parameter = "") -> Any:
        return self._source.client(service, str(fill(region, here)) if region else self._region)

    def _send(self, row: Call | Look, parameters: Mapping[str, Any], here: Values) -> Any:
        service = row.service or self._kind.service
        client = self._client(service, here, row.region)
        try:
            answer = getattr(client, row.op)(**parameters)
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            raise translate(error, service, row.op) from error
        if "Body" in answer and hasattr(answer["Body"], "close"):
            answer["Body"].close()
        return answer


def _input_shape(client: Any, op: str) -> Any:
    model = client.meta.service_model
    shape = model.operation_model(client.meta.method_to_api_mapping[op]).input_shape
    return shape if shape is not None else _Empty()


class _Empty:
    """The shape of an operation that takes nothing."""

    type_name = "structure"
    members: Mapping[str, Any] = {}


def _put(parameters: dict[str, Any], path: list[str], value: Any) -> None:
    """Sets a member by its path; what the tables say goes before what was mapped. LEFT_OUT sets nothing."""
    if value is LEFT_OUT:
        return
    for step in path[:-1]:
        parameters = parameters.setdefault(step, {})
    parameters[path[-1]] = value
