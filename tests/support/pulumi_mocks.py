"""Runs a program of components under Pulumi's mocks, and hands out what it declared, with the options that guard it.

Either as `up` sees it, every value known, or as the preview of an empty stack does: what AWS will only tell once a thing
is made is UNKNOWN, and so is whatever the program makes of it.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from multiprocessing.connection import Connection
from typing import Any

import pulumi
from aws_identities import identity, outputs
from google.protobuf import json_format, struct_pb2
from pulumi.output import Unknown as PulumisUnknown
from pulumi.runtime import mocks, stack
from pulumi.runtime.proto import resource_pb2

from stormproof.core.infra.preview import plain
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph

ACCOUNT, REGION = "123456789012", "eu-central-1"  # where the program itself says neither
PROVIDER = "pulumi:providers:aws"


@dataclass(frozen=True)
class Declared:
    """One registration: `inputs` as on the wire (camelCase); UNKNOWN in them only under preview.

    Args:
        id, told: what AWS tells once it is made; empty under preview.
        provider: its URN; "" for Pulumi's default one.
        account: the only one that its provider may touch; None where the provider does not say.
        region: its own, else its provider's.
        custom: false for components.
    """

    type: str
    name: str
    inputs: dict[str, Any]
    provider: str = ""
    urn: str = ""
    id: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    depends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    account: str | None = None
    region: str | None = None
    custom: bool = True
    protect: bool = False
    retain: bool = False
    delete_before_replace: bool = False
    ignore_changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exported:
    """One output of the stack. `value`: plain, UNKNOWN where a preview cannot know it."""

    value: Any
    secret: bool


@dataclass(frozen=True)
class Run:
    """What one run of a program declared, Pulumi's own bookkeeping left out. `providers`: URN -> inputs."""

    declared: list[Declared]
    providers: Mapping[str, dict[str, Any]]
    outputs: Mapping[str, Exported]


class Lookup(AssertionError):
    """The program asks AWS something while it declares."""


class _Recorder(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        raise Lookup(f"the program reads a resource that it does not declare: {args.typ} {args.name}")

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise Lookup(f"the program looks something up: {args.token}")


class _Monitor(mocks.MockMonitor):
    """Pulumi's own mock monitor hands a mock the inputs alone; here the whole registration is kept."""

    def __init__(self, *, preview: bool) -> None:
        super().__init__(_Recorder())
        self.preview = preview
        self.seen: list[Declared] = []
        self.providers: dict[str, dict[str, Any]] = {}

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == "pulumi:pulumi:Stack":
            return resource_pb2.RegisterResourceResponse(urn=urn)
        inputs: dict[str, Any] = plain(json_format.MessageToDict(request.object))
        made = struct_pb2.Struct()
        made.CopyFrom(request.object)
        one = self._declared(urn, request, inputs)
        if request.type.startswith("pulumi:providers:"):
            self.providers[urn] = inputs
            found = f"{request.name}-provider"
        else:
            self.seen.append(one)
            found = one.id
            if not self.preview:
                for key, value in one.told.items():
                    if key not in made:
                        made.update({key: value})
        self.resources[urn] = mocks.MockMonitor.ResourceRegistration(urn, found, inputs)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=found, object=made)

    def _declared(self, urn: str, request: Any, inputs: dict[str, Any]) -> Declared:
        provider = str(request.provider).rpartition("::")[0]
        settings = self.providers.get(provider, {})
        accounts = settings.get("allowedAccountIds") or []
        accounts = json.loads(accounts) if isinstance(accounts, str) else accounts
        region = inputs.get("region") or settings.get("region")
        found, told = "", dict[str, Any]()
        if request.custom and not self.preview:
            account = str(accounts[0]) if accounts else ACCOUNT
            found, arn = identity(request.type, request.name, inputs, account, str(region or REGION))
            told = {"arn": arn, **outputs(request.type, request.name, inputs, found)}
        return Declared(
            type=request.type, name=request.name, inputs=inputs, provider=provider, urn=urn, id=found,
            told={key: value for key, value in told.items() if key not in inputs}, parent=request.parent,
            depends={key: tuple(one.urns) for key, one in request.propertyDependencies.items()},
            depends_on=tuple(request.dependencies), account=str(accounts[0]) if len(accounts) == 1 else None,
            region=region if isinstance(region, str) else None, custom=request.custom, protect=request.protect,
            retain=request.retainOnDelete, delete_before_replace=request.deleteBeforeReplace,
            ignore_changes=tuple(request.ignoreChanges),
        )  # fmt: skip


def run(
    program: Callable[[], Any], *, stack_name: str = "test", project: str = "stormproof", preview: bool = False
) -> Run:
    """Everything that `program` declares, in order. Its errors come through; a mapping that it returns, or that is
    awaited of it, is its outputs.

    Pulumi keeps its state in the process, and ties it to one event loop: so each run has a child process of its own.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(
        target=_run, args=(program, stack_name, project, preview, theirs)
    )
    child.start()
    theirs.close()
    try:
        answer, error = ours.recv()
    except EOFError:
        raise AssertionError("the program's process died") from None
    finally:
        child.join()
    if error is not None:
        raise error
    assert isinstance(answer, Run)
    return answer


def declared(
    program: Callable[[], Any], *, stack_name: str = "test", project: str = "stormproof", preview: bool = False
) -> list[Declared]:
    """What `program` declares, in order."""
    return run(program, stack_name=stack_name, project=project, preview=preview).declared


def _run(program: Callable[[], Any], stack_name: str, project: str, preview: bool, answer: Connection) -> None:
    monitor = _Monitor(preview=preview)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    mocks.set_mocks(_Recorder(), project=project, stack=stack_name, preview=preview, monitor=monitor)
    error: BaseException | None = None
    returned: Any = None

    async def call() -> None:
        nonlocal returned
        found = program()
        returned = await found if isawaitable(found) else found

    async def everything() -> dict[str, Exported]:
        await stack.run_pulumi_func(call)
        named = returned if isinstance(returned, Mapping) else {}
        return {str(name): await _exported(value) for name, value in named.items()}

    exported: dict[str, Exported] = {}
    try:
        exported = loop.run_until_complete(everything())
    except BaseException as raised:  # noqa: BLE001 - the parent raises it again
        error = raised
    try:
        pickle.dumps(error)
    except (pickle.PicklingError, TypeError, AttributeError):
        error = AssertionError(f"{type(error).__name__}: {error}")
    answer.send((Run(monitor.seen, monitor.providers, exported), error))
    answer.close()


async def _exported(value: Any) -> Exported:
    output: pulumi.Output[Any] = pulumi.Output.from_input(value)
    secret = await output.is_secret()
    if not await output.is_known():
        return Exported(UNKNOWN, secret)
    return Exported(_without_pulumis(await output.future(with_unknowns=True)), secret)


def _without_pulumis(value: Any) -> Any:
    if isinstance(value, PulumisUnknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _without_pulumis(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_pulumis(one) for one in value]
    return value


def graph_of(seen: list[Declared], *, layer: str | None = None, values: dict[str, str] | None = None) -> ResourceGraph:
    """The same as rules read it. `values`: the stack's configuration below `stormproof:`."""
    return ResourceGraph([_resource(one) for one in seen], layer=layer, settings=values)


def _resource(one: Declared) -> Resource:
    identity_of = {"id": one.id} if one.id else {}
    return Resource(
        urn=one.urn, type=one.type, name=one.name, properties={**one.told, **one.inputs, **identity_of},
        depends=one.depends, depends_on=one.depends_on, parent=one.parent or None, provider=one.provider or None,
        region=one.region, protect=one.protect, retain=one.retain, inputs=frozenset(one.inputs),
    )  # fmt: skip
