"""A moto server of its own, and a provider that is asked as the engine asks, without the engine."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from moto.server import ThreadedMotoServer
from pulumi.runtime.proto import provider_pb2

from stormproof.lab.aws.provider import wire
from stormproof.lab.aws.provider.catalogue import Catalogue
from stormproof.lab.aws.provider.clients import VARIABLE, Clients
from stormproof.lab.aws.provider.listing import Listing
from stormproof.lab.aws.provider.servicer import Provider

REGION = "eu-central-1"
CATALOGUE = Catalogue()
_REFERENCE = re.compile(r"\$\{([\w-]+)(?:\.(\w+))?\}")


class Aborted(Exception):
    """What gRPC's abort raises, with its message."""

    def __init__(self, code: Any, message: str, details: object = None) -> None:
        super().__init__(message)
        self.code, self.details = code, details


class Context:
    """As much of gRPC's context as the provider uses."""

    def __init__(self) -> None:
        self.trailing: tuple[tuple[str, bytes], ...] = ()

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self.trailing = metadata

    def abort(self, code: Any, message: str) -> None:
        raise Aborted(code, message, self.trailing)


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:lab::stormproof::{token}::{name}"


class Thing:
    """A resource as the engine's state has it."""

    def __init__(self, token: str, name: str, inputs: dict[str, Any], id_: str, state: dict[str, Any]) -> None:
        self.token, self.name, self.inputs, self.id, self.state = token, name, inputs, id_, state

    @property
    def urn(self) -> str:
        return urn(self.token, self.name)


class Engine:
    """Asks a provider in the engine's order."""

    def __init__(self, report: Path | None = None, **configuration: Any) -> None:
        self.listing = Listing(report)
        self.provider = Provider(self.listing, CATALOGUE)
        arguments = wire.to_struct({"region": REGION, **configuration})
        self.provider.Configure(provider_pb2.ConfigureRequest(args=arguments), Context())  # type: ignore[arg-type]

    def check(self, token: str, name: str, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        request = provider_pb2.CheckRequest(urn=urn(token, name), news=wire.to_struct(inputs), randomSeed=b"\x12" * 32)
        answer = self.provider.Check(request, Context())  # type: ignore[arg-type]
        return wire.from_struct(answer.inputs), [f"{f.property}: {f.reason}" for f in answer.failures]

    def create(self, token: str, name: str, inputs: Mapping[str, Any], *, preview: bool = False) -> Thing:
        checked, mistakes = self.check(token, name, inputs)
        assert mistakes == []
        request = provider_pb2.CreateRequest(urn=urn(token, name), properties=wire.to_struct(checked), preview=preview)
        answer = self.provider.Create(request, Context())  # type: ignore[arg-type]
        return Thing(token, name, checked, answer.id, wire.from_struct(answer.properties))

    def diff(self, thing: Thing, inputs: Mapping[str, Any]) -> provider_pb2.DiffResponse:
        checked, mistakes = self.check(thing.token, thing.name, inputs)
        assert mistakes == []
        request = provider_pb2.DiffRequest(
            id=thing.id, urn=thing.urn, olds=wire.to_struct(thing.state), news=wire.to_struct(checked),
            old_inputs=wire.to_struct(thing.inputs),
        )  # fmt: skip
        return self.provider.Diff(request, Context())  # type: ignore[arg-type]

    def read(self, thing: Thing) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Inputs and state as they now are; None if the thing is gone."""
        request = provider_pb2.ReadRequest(
            id=thing.id, urn=thing.urn, properties=wire.to_struct(thing.state), inputs=wire.to_struct(thing.inputs)
        )
        answer = self.provider.Read(request, Context())  # type: ignore[arg-type]
        return (wire.from_struct(answer.inputs), wire.from_struct(answer.properties)) if answer.id else None

    def update(self, thing: Thing, inputs: Mapping[str, Any]) -> Thing:
        checked, mistakes = self.check(thing.token, thing.name, inputs)
        assert mistakes == []
        request = provider_pb2.UpdateRequest(
            id=thing.id, urn=thing.urn, olds=wire.to_struct(thing.state), news=wire.to_struct(checked),
            old_inputs=wire.to_struct(thing.inputs),
        )  # fmt: skip
        answer = self.provider.Update(request, Context())  # type: ignore[arg-type]
        return Thing(thing.token, thing.name, checked, thing.id, wire.from_struct(answer.properties))

    def delete(self, thing: Thing) -> None:
        request = provider_pb2.DeleteRequest(
            id=thing.id, urn=thing.urn, properties=wire.to_struct(thing.state), old_inputs=wire.to_struct(thing.inputs)
        )
        self.provider.Delete(request, Context())  # type: ignore[arg-type]


@contextmanager
def moto_server() -> Iterator[str]:
    """An emulator on loopback; its address is in the environment while it runs."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)  # every request, and every call that moto lacks
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = f"http://{host}:{port}"
    try:
        yield os.environ[VARIABLE]
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
        server.stop()


class World:
    """Samples made on demand, with those that they refer to; `${key.arn}` is an output, `${key}` an id."""

    def __init__(self, engine: Engine, samples: dict[str, tuple[str, dict[str, Any]]], endpoint: str) -> None:
        self.engine, self.samples, self.endpoint = engine, samples, endpoint
        self.made: dict[str, Thing] = {}

    def make(self, name: str) -> Thing:
        if name not in self.made:
            token, inputs = self.samples[name]
            self.made[name] = self.engine.create(token, name, self.resolve(inputs))
        return self.made[name]

    def resolve(self, value: Any) -> Any:
        if isinstance(value, str):
            whole = _REFERENCE.fullmatch(value)
            return self._referred(whole) if whole else _REFERENCE.sub(lambda found: str(self._referred(found)), value)
        if isinstance(value, Mapping):
            return {name: self.resolve(inner) for name, inner in value.items()}
        return [self.resolve(inner) for inner in value] if isinstance(value, list) else value

    def _referred(self, found: re.Match[str]) -> Any:
        thing = self.make(found.group(1))
        return thing.state[found.group(2)] if found.group(2) else thing.id

    def boto(self, service: str) -> Any:
        """A client of one's own, for what happens behind the provider's back."""
        return Clients(self.endpoint).client(service, REGION)
