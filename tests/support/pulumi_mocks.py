"""Runs a program of components under Pulumi's mocks, and hands out what it declared."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from pulumi.runtime import mocks, stack

from stormproof.core.infra.resource_graph import Resource, ResourceGraph


@dataclass(frozen=True)
class Declared:
    """One registration: `inputs` as on the wire (camelCase), all known."""

    type: str
    name: str
    inputs: dict[str, Any]
    provider: str


class _Recorder(mocks.Mocks):
    def __init__(self) -> None:
        self.seen: list[Declared] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.seen.append(Declared(args.typ, args.name, dict(args.inputs), args.provider or ""))
        made = dict(args.inputs)
        made.setdefault("arn", f"arn:aws:mock:::{args.typ}/{args.name}")
        for key in ("name", "bucket", "keyId", "identifier"):
            made.setdefault(key, args.name)
        return f"{args.name}_id", made

    def call(self, args: mocks.MockCallArgs) -> dict[Any, Any]:
        raise AssertionError(f"the program looks something up: {args.token}")


def declared(program: Callable[[], Any], *, stack_name: str = "test", project: str = "stormproof") -> list[Declared]:
    """Everything that `program` declares, in order, with Pulumi's own bookkeeping left out. Its errors come through.

    Pulumi keeps its state in the process, and ties it to one event loop: so each run has a child process of its own.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_run, args=(program, stack_name, project, theirs))
    child.start()
    theirs.close()
    try:
        seen, error = ours.recv()
    except EOFError:
        raise AssertionError("the program's process died") from None
    finally:
        child.join()
    if error is not None:
        raise error
    return [one for one in seen if not one.type.startswith(("pulumi:pulumi:", "pulumi:providers:"))]


def _run(program: Callable[[], Any], stack_name: str, project: str, answer: Connection) -> None:
    recorder = _Recorder()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    mocks.set_mocks(recorder, project=project, stack=stack_name, preview=False)
    error: Exception | None = None

    async def run() -> None:
        await stack.run_pulumi_func(program)

    try:
        loop.run_until_complete(run())
    except Exception as raised:
        error = raised
    answer.send((recorder.seen, error))
    answer.close()


def graph_of(seen: list[Declared], *, layer: str | None = None, values: dict[str, str] | None = None) -> ResourceGraph:
    """The same as rules read it."""
    made = []
    for one in seen:
        inputs = one.inputs
        made.append(
            Resource(
                urn=f"urn:pulumi:test::stormproof::{one.type}::{one.name}", type=one.type, name=one.name,
                properties={"id": f"{one.name}_id", "arn": f"arn:aws:mock:::{one.type}/{one.name}", **inputs},
                region=inputs.get("region"), inputs=frozenset(inputs),
            )
        )  # fmt: skip
    return ResourceGraph(made, layer=layer, settings=values)
