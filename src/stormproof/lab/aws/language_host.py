"""A Python language host for development machines: what the self-built engine asks to run programs and policy packs.

The vendor's distribution brings `pulumi-language-python`, and with it this one is not used. The engine that is built
from Go modules (scripts/pulumi) has none, since the vendor's host cannot be had that way. This speaks the same
protocol (`LanguageRuntime`) as far as preview, up, refresh, destroy and Python policy packs need it; it installs
nothing and generates no code.

    pulumi-language-python [FLAGS] ENGINE_ADDRESS        the port stands alone on the first line of standard output

What goes to standard error here shows up as messages of the stack, so nothing is said.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from queue import SimpleQueue
from typing import IO

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2 as wire
from pulumi.runtime.proto import language_pb2_grpc as service
from pulumi.runtime.proto import plugin_pb2

from stormproof.lab.aws.engine_watch import when_gone

EXECUTOR = "pulumi-language-python-exec"
SAID_ALREADY = 32  # the executor's status for "the person was told" (its own source)
MESSAGE_BYTES = 400 * 1024 * 1024  # the engine's own bound
CHUNK_BYTES = 64 * 1024


def interpreter(info: wire.ProgramInfo) -> str:
    """The Python of `runtime.options.virtualenv` (relative to Pulumi.yaml's folder), else the one that runs us."""
    fields = info.options.fields
    chosen = fields["virtualenv"].string_value if "virtualenv" in fields else ""
    if not chosen:
        return sys.executable
    return str(Path(info.root_directory, chosen, "bin", "python"))


def program_command(request: wire.RunRequest, *, executor: str, engine: str) -> list[str]:
    """How the executor is called to run one program."""
    info = request.info
    program = Path(info.program_directory)
    if info.entry_point not in ("", "."):
        program /= info.entry_point
    return [
        interpreter(info), "-u", executor,
        "--monitor", request.monitor_address, "--engine", engine,
        "--project", request.project, "--stack", request.stack, "--organization", request.organization,
        "--root_directory", info.root_directory, "--pwd", request.pwd,
        "--dry_run", "true" if request.dryRun else "false", "--parallel", str(request.parallel),
        str(program), *request.args,
    ]  # fmt: skip


def plugin_command(request: wire.RunPluginRequest) -> list[str]:
    """How a plugin that is written in Python is started: a policy pack by the SDK's own module, others as they are."""
    command = [interpreter(request.info), "-u"]
    if request.kind == "analyzer":
        return [*command, "-m", "pulumi.policy", *request.args, request.info.program_directory]
    return [*command, request.info.program_directory, *request.args]


class Children:
    """What the host started and has not ended yet; each in a session of its own, so that a whole tree can be ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._over = False

    def start(self, command: list[str], cwd: str, env: dict[str, str], output: int | None) -> subprocess.Popen[bytes]:
        """Raises OSError when the command cannot be started, or when the host is already leaving."""
        with self._lock:
            if self._over:
                raise OSError("the language host is leaving")
            child = subprocess.Popen(
                command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )  # fmt: skip
            self._running.add(child)
            return child

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        status = child.wait()
        with self._lock:
            self._running.discard(child)
        return status

    def end(self, child: subprocess.Popen[bytes]) -> None:
        """Kill it with everything that it started."""
        with self._lock:
            if child in self._running and child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)

    def end_all(self) -> None:
        """Kill all, and let none start from here on."""
        with self._lock:
            self._over = True
            for child in self._running:
                if child.poll() is None:
                    os.killpg(child.pid, signal.SIGKILL)


class Host(service.LanguageRuntimeServicer):
    """Answers the engine."""

    def __init__(self, engine: str, executor: str, version: str) -> None:
        self.engine, self.executor, self.version = engine, executor, version
        self.children = Children()

    def Handshake(  # noqa: N802 - the protocol's names
        self, request: wire.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> wire.LanguageHandshakeResponse:
        self.engine = request.engine_address or self.engine
        return wire.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:  # noqa: N802
        return plugin_pb2.PluginInfo(version=self.version)

    def GetRequiredPlugins(  # noqa: N802
        self, request: wire.GetRequiredPluginsRequest, context: grpc.ServicerContext
    ) -> wire.GetRequiredPluginsResponse:
        return wire.GetRequiredPluginsResponse()

    def GetRequiredPackages(  # noqa: N802
        self, request: wire.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> wire.GetRequiredPackagesResponse:
        """None: a provider is asked for once the program registers a resource of it."""
        return wire.GetRequiredPackagesResponse()

    def About(self, request: wire.AboutRequest, context: grpc.ServicerContext) -> wire.AboutResponse:  # noqa: N802
        return wire.AboutResponse(executable=interpreter(request.info), version=sys.version.split()[0])

    def GetProgramDependencies(  # noqa: N802
        self, request: wire.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> wire.GetProgramDependenciesResponse:
        return wire.GetProgramDependenciesResponse()

    def RuntimeOptionsPrompts(  # noqa: N802
        self, request: wire.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> wire.RuntimeOptionsResponse:
        return wire.RuntimeOptionsResponse()

    def InstallDependencies(  # noqa: N802
        self, request: wire.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[wire.InstallDependenciesResponse]:
        """The environment is `scripts/setup --infra`'s; here nothing is installed."""
        yield wire.InstallDependenciesResponse(stdout=b"nothing to install: scripts/setup --infra makes .venv\n")

    def Run(self, request: wire.RunRequest, context: grpc.ServicerContext) -> wire.RunResponse:  # noqa: N802
        """Run one program to its end."""
        env = {
            **os.environ,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        command = program_command(request, executor=self.executor, engine=self.engine)
        try:
            child = self.children.start(command, request.pwd or request.info.program_directory, env, None)
        except OSError as error:
            return wire.RunResponse(error=f"{command[0]} cannot be started: {error}")
        context.add_callback(lambda: self.children.end(child))
        status = self.children.wait(child)
        if status in (0, SAID_ALREADY):
            return wire.RunResponse(bail=status == SAID_ALREADY)
        return wire.RunResponse(error=f"the program ended with status {status}")

    def RunPlugin(  # noqa: N802
        self, request: wire.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[wire.RunPluginResponse]:
        """Run one plugin, its output as it comes, its status last. It ends with the call."""
        env = dict(entry.split("=", 1) for entry in request.env if "=" in entry) or dict(os.environ)
        child = self.children.start(plugin_command(request), request.pwd, env, subprocess.PIPE)
        context.add_callback(lambda: self.children.end(child))
        said: SimpleQueue[wire.RunPluginResponse | None] = SimpleQueue()
        assert child.stdout is not None
        assert child.stderr is not None
        for stream, is_error in ((child.stdout, False), (child.stderr, True)):
            threading.Thread(target=_pump, args=(stream, is_error, said), daemon=True).start()
        open_streams = 2
        while open_streams:
            part = said.get()
            if part is None:
                open_streams -= 1
            else:
                yield part
        yield wire.RunPluginResponse(exitcode=self.children.wait(child))

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()


def _pump(stream: IO[bytes], is_error: bool, said: SimpleQueue[wire.RunPluginResponse | None]) -> None:
    while part := stream.read1(CHUNK_BYTES):  # type: ignore[attr-defined]
        said.put(wire.RunPluginResponse(stderr=part) if is_error else wire.RunPluginResponse(stdout=part))
    said.put(None)


def serve(engine: str, executor: str) -> None:
    """Serve one engine until it ends us (SIGINT, as it ends its plugins) or is gone itself."""
    parent = os.getppid()
    import pulumi  # only for its version, and slow: after the parent's number was taken

    host = Host(engine, executor, getattr(pulumi, "__version__", "") or _installed_version())
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=16),
        options=[("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)],
    )
    service.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    def leave() -> None:
        host.children.end_all()
        os._exit(0)

    signal.signal(signal.SIGINT, lambda *_: leave())
    signal.signal(signal.SIGTERM, lambda *_: leave())
    when_gone(parent, leave)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


def _installed_version() -> str:
    from importlib.metadata import version

    return version("pulumi")


def main(argv: list[str]) -> int:
    """Called by the engine."""
    executor = shutil.which(EXECUTOR)
    if not argv or executor is None:
        what = "it is started by Pulumi's engine" if not argv else f"{EXECUTOR} is not on PATH"
        sys.stderr.write(f"pulumi-language-python: {what}; start the engine by scripts/pulumi\n")
        return 69
    serve(argv[-1], executor)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
