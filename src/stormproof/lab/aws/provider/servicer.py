"""The provider protocol: what the engine asks, answered from the catalogue, the tables and the emulator."""

# ruff: noqa: N802 - the protocol names its methods
from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from stormproof.core.errors import Refused
from stormproof.lab.aws.provider import configuration, wire
from stormproof.lab.aws.provider.absence import EmulatorRefused, Gone, NotEmulated
from stormproof.lab.aws.provider.adoption import adopt
from stormproof.lab.aws.provider.catalogue import Catalogue
from stormproof.lab.aws.provider.clients import VARIABLE, Clients
from stormproof.lab.aws.provider.difference import compare
from stormproof.lab.aws.provider.functions import call_function
from stormproof.lab.aws.provider.in_flight import InFlight
from stormproof.lab.aws.provider.initialisation import partly_created
from stormproof.lab.aws.provider.lifecycle import UNHELD, Lifecycle, PartlyCreated, Resource, Seen
from stormproof.lab.aws.provider.listing import Listing
from stormproof.lab.aws.provider.naming import automatic_name, type_of
from stormproof.lab.aws.provider.strictness import Mistake, check_inputs
from stormproof.lab.aws.provider.tables import kind_of

VERSION = "7.51.1"  # of pulumi-aws, whose place this takes


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One engine's provider. `region` is where one stands if neither the program nor its configuration says so."""

    def __init__(self, listing: Listing, catalogue: Catalogue | None = None, region: str = "") -> None:
        self._listing = listing
        self._catalogue = catalogue or Catalogue()
        self._fallback_region = region
        self._lifecycle: Lifecycle | None = None
        self._configuration = configuration.Configuration(region)
        self.flights = InFlight(listing)

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": "aws", "version": VERSION}))

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        mistakes = configuration.check(self._catalogue, wire.unwrap_all(wire.from_struct(request.news)))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(mistakes))

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        old, new = wire.from_struct(request.old_inputs), wire.from_struct(request.news)
        changed = [name for name in {*old, *new} if old.get(name) != new.get(name)]
        return provider_pb2.DiffResponse(changes=_changes(changed), diffs=sorted(changed))

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        given = wire.from_struct(request.args) if request.HasField("args") else dict(request.variables)
        try:
            found = configuration.configure(self._catalogue, wire.unwrap_all(given), self._fallback_region)
            clients = Clients(os.environ.get(VARIABLE), found.account)
        except Refused as refused:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(refused))
        self._configuration = found
        self._lifecycle = Lifecycle(self._catalogue, clients, self._listing, found.region, found.default_tags)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        raw = wire.from_struct(request.news)
        token = type_of(request.urn)
        kind = kind_of(token)
        if kind is not None and kind.names and raw.get(kind.names) is None:
            old = wire.from_struct(request.olds).get(kind.names)
            raw[kind.names] = old or automatic_name(kind, request.urn, request.randomSeed, wire.unwrap_all(raw))
        mistakes = check_inputs(self._catalogue, token, wire.unwrap_all(raw))
        return provider_pb2.CheckResponse(inputs=wire.to_struct(raw), failures=_failures(mistakes))

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        token = type_of(request.urn)
        old = wire.unwrap_all(wire.from_struct(request.old_inputs))
        found = compare(
            kind_of(token), request.urn, old, wire.unwrap_all(wire.from_struct(request.news)),
            self._configuration.region,
        )  # fmt: skip
        if found.unknown:
            for name in found.changed:
                self._listing.add("replacement unknown", token, name, why="no table says what replaces this type")
        return provider_pb2.DiffResponse(
            changes=_changes(found.changed), diffs=found.changed, replaces=found.replaces,
            deleteBeforeReplace=found.delete_first, hasDetailedDiff=bool(found.changed),
            detailedDiff={
                name: provider_pb2.PropertyDiff(kind=_diff_kind(kinds, name in found.replaces), inputDiff=True)
                for kinds, names in (("ADD", found.added), ("DELETE", found.deleted), ("UPDATE", found.updated))
                for name in names
            },
        )  # fmt: skip

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        raw = wire.from_struct(request.properties)
        resource = self._resource(request.urn, raw)
        known = self._ready(context).known(resource)
        if request.preview:
            # As the vendor's plugin: ids and what AWS computes are not known before.
            return provider_pb2.CreateResponse(properties=wire.to_struct({**raw, **known}))
        with self.flights.operation("create", resource.token, request.urn):
            try:
                id_, outputs = self._ready(context).create(resource)
            except PartlyCreated as partly:
                state = wire.to_struct({**partly.outputs, **raw, **known})
                partly_created(context, partly.id, state, request.properties, partly.why)
            except (EmulatorRefused, Refused) as refused:
                context.abort(grpc.StatusCode.UNKNOWN, f"creating {resource.token}: {refused}")
        return provider_pb2.CreateResponse(id=id_, properties=wire.to_struct({**outputs, **raw, **known}))

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        inputs, state = wire.from_struct(request.inputs), wire.from_struct(request.properties)
        resource = self._resource(request.urn, inputs or state, request.id, state)
        try:
            if not inputs:
                adopted = adopt(self._ready(context), self._catalogue, resource)
                given = {name: value for name, value in adopted.items() if name in self._inputs_of(resource.token)}
                return provider_pb2.ReadResponse(
                    id=request.id, inputs=wire.to_struct(given), properties=wire.to_struct({**state, **adopted})
                )
            seen = self._ready(context).look(resource)
        except Gone:
            return provider_pb2.ReadResponse()
        except EmulatorRefused as refused:
            context.abort(grpc.StatusCode.UNKNOWN, f"reading {resource.token}: {refused}")
        return provider_pb2.ReadResponse(
            id=request.id, properties=_with(state, seen, request.properties), inputs=_with(inputs, seen, request.inputs)
        )

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        raw, state = wire.from_struct(request.news), wire.from_struct(request.olds)
        before = wire.from_struct(request.old_inputs)
        kept = {name: value for name, value in state.items() if name not in before and name != UNHELD}
        resource = self._resource(request.urn, raw, request.id, kept)
        known = self._ready(context).known(resource)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=wire.to_struct({**kept, **raw, **known}))
        old, new = wire.unwrap_all(before), wire.unwrap_all(raw)
        found = compare(kind_of(resource.token), request.urn, old, new, self._configuration.region)
        with self.flights.operation("update", resource.token, request.urn):
            try:
                outputs = self._ready(context).change(resource, set(found.changed), old.get("tags") or {})
            except (EmulatorRefused, Refused) as refused:
                context.abort(grpc.StatusCode.UNKNOWN, f"updating {resource.token}: {refused}")
        return provider_pb2.UpdateResponse(properties=wire.to_struct({**kept, **outputs, **raw, **known}))

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        state = wire.from_struct(request.properties)
        resource = self._resource(request.urn, wire.from_struct(request.old_inputs) or state, request.id, state)
        with self.flights.operation("delete", resource.token, request.urn):
            try:
                self._ready(context).delete(resource)
            except EmulatorRefused as refused:
                context.abort(grpc.StatusCode.UNKNOWN, f"deleting {resource.token}: {refused}")
        return empty_pb2.Empty()

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        try:
            answer = call_function(
                request.tok, self._configuration, self._catalogue, wire.unwrap_all(wire.from_struct(request.args))
            )
        except NotEmulated as absent:
            return provider_pb2.InvokeResponse(failures=[provider_pb2.CheckFailure(reason=absent.why)])
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(wire.to_struct(answer))  # a word of Python's own
        return response

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Nothing is broken off: a call of the emulator takes milliseconds, and half of one would have to be found."""
        return empty_pb2.Empty()

    def _resource(
        self, urn: str, inputs: Mapping[str, Any], id_: str = "", state: Mapping[str, Any] | None = None
    ) -> Resource:
        return Resource(type_of(urn), urn, wire.unwrap_all(inputs), id_, wire.unwrap_all(state or {}))

    def _ready(self, context: grpc.ServicerContext) -> Lifecycle:
        if self._lifecycle is None:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the provider was not configured")
        assert self._lifecycle is not None
        return self._lifecycle

    def _inputs_of(self, token: str) -> frozenset[str]:
        found = self._catalogue.resource(token)
        return frozenset(found.inputs) if found is not None else frozenset()


def _failures(mistakes: list[Mistake]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=mistake.property, reason=mistake.reason) for mistake in mistakes]


def _changes(changed: object) -> provider_pb2.DiffResponse.DiffChanges.ValueType:
    return provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE


def _diff_kind(kind: str, replaces: bool) -> provider_pb2.PropertyDiff.Kind.ValueType:
    return provider_pb2.PropertyDiff.Kind.Value(f"{kind}_REPLACE" if replaces else kind)


def _with(values: dict[str, Any], seen: Seen, unchanged: struct_pb2.Struct) -> struct_pb2.Struct:
    """The values with what differs; exactly as they came where nothing does."""
    if not seen.differences:
        return unchanged
    return wire.to_struct({**values, **seen.differences})
