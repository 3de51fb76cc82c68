"""The scripts of a proof on this machine: they need perl-base alone, find the same without iproute2, and stay bounded."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping

import pytest

from stormproof.adapters import host_scripts
from stormproof.adapters.isolation_script import Ran, run_script
from stormproof.adapters.resource import resource
from stormproof.adapters.system_clock import SystemClock
from stormproof.core.errors import HostUnreachable
from stormproof.core.isolation_fact import ones
from stormproof.core.ports import Completed

pytestmark = pytest.mark.component

# @INC holds a module's folder before it is asked for: only those of perl-base stay.
ONLY_PERL_BASE = "BEGIN { @INC = grep { m{/perl-base$} } @INC; die 'no perl-base here' unless @INC }\n"


class LocalHost:
    """This machine behind the port, without SSH: what `run` needs and nothing else."""

    name, address = "here", "127.0.0.1"

    def __init__(self, before: str = "", replacing: Mapping[str, str] | None = None) -> None:
        self.before, self.replacing = before, dict(replacing or {})

    def run(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30.0
    ) -> Completed:
        for old, new in self.replacing.items():
            assert old in stdin
            stdin = stdin.replace(old, new)
        began = time.monotonic()
        text = host_scripts.framed(script, env, self.before + stdin)
        done = subprocess.run(
            ["bash", "-s"], input=text, capture_output=True, text=True, timeout=timeout_seconds, check=False
        )
        return Completed(done.returncode, done.stdout, done.stderr, time.monotonic() - began)


def ran(host: object, name: str, *plan: tuple[object, ...]) -> Ran:
    return run_script(host, name, plan, SystemClock(), 20.0)  # type: ignore[arg-type]


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as server:
        yield server.getsockname()[1]


def probes(done: Ran) -> dict[str, tuple[str, str]]:
    assert done.trouble is None, done.trouble
    return {record[0]: (record[1], record[2]) for record in done.records["probe"]}


@pytest.mark.parametrize("before", ["", ONLY_PERL_BASE], ids=["whole perl", "perl-base"])
def test_probes_tell_open_from_closed_with_perl_base_alone(listener: int, before: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        shut = closed.getsockname()[1]
        plan = [("probe", "open", "tcp", "127.0.0.1", listener, 1), ("probe", "shut", "tcp", "127.0.0.1", shut, 1)]
        done = ran(LocalHost(before), "probe", *plan, ("probe", "junk", "tcp", "nowhere", 1, 1))
    assert probes(done) == {
        "open": ("connected", "connected"),
        "shut": ("refused", "ECONNREFUSED"),
        "junk": ("error", "not an address"),
    }


def test_a_datagram_that_nobody_answers_is_silent_and_bounded() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as shut,
    ):
        deaf.bind(("127.0.0.1", 0))
        shut.bind(("127.0.0.1", 0))
        gone = shut.getsockname()[1]
        shut.close()
        plan = [
            ("probe", "deaf", "udp", "127.0.0.1", deaf.getsockname()[1], 0.2),
            ("probe", "gone", "udp", "127.0.0.1", gone, 0.2),
        ]
        done = ran(LocalHost(), "probe", *plan)
        assert len(deaf.recv(512)) > 12  # a whole DNS question
    assert probes(done) == {"deaf": ("silent", "no answer"), "gone": ("refused", "ECONNREFUSED")}


def test_six_hundred_probes_are_more_than_one_batch_and_all_answered(listener: int) -> None:
    done = ran(LocalHost(), "probe", *(("probe", n, "tcp", "127.0.0.1", listener, 2) for n in range(600)))
    assert len(probes(done)) == 600


@pytest.mark.parametrize("script", ["probe", "look", "via", "accepts"])
def test_every_script_ends_in_peace_with_nothing_to_do_and_perl_base_alone(script: str) -> None:
    done = ran(LocalHost(ONLY_PERL_BASE), script)
    assert done.trouble is None
    assert set(done.records) >= {"done"}


def test_the_look_finds_the_same_addresses_and_routes_without_iproute2() -> None:
    with_ip, without = ran(LocalHost(), "look"), ran(LocalHost(replacing={"'ip', '-V'": "'no-such-tool'"}), "look")
    for done in (with_ip, without):
        assert ("addresses",) in done.records["looked"]
        assert ("routes",) in done.records["looked"]
        assert ("neighbours",) in done.records["looked"]
    assert _addresses(without) == _addresses(with_ip)
    assert _routes(without) == _routes(with_ip)


def _addresses(done: Ran) -> set[str]:
    found = {line.split()[3].partition("/")[0] for line in ones(done.records, "address") if " lo " not in line}
    return {address for address in found if not address.startswith("127.")}


def _routes(done: Ran) -> set[str]:
    lines = [
        line
        for line in ones(done.records, "route")
        if not line.startswith(("local", "broadcast", "multicast", "anycast", "unreachable"))
    ]
    firsts = {line.split()[0] for line in lines}
    return {"default" if to in ("0.0.0.0/0", "::/0") else to for to in firsts if not to.startswith(("fe80", "ff00"))}


def test_what_the_environment_holds_is_told_without_its_passwords() -> None:
    before = "BEGIN { $ENV{https_proxy} = 'http://me:hunter2@10.0.0.9:3128'; $ENV{PGHOST} = 'app-primary' }\n"
    done = ran(LocalHost(before), "look")
    assert ("environment (https_proxy)", "http://10.0.0.9:3128") in done.records["proxy"]
    assert ("variable", "environment (PGHOST)", "app-primary") in done.records["names-host"]
    assert "hunter2" not in repr(done.records)


def test_a_host_without_perl_is_told_as_such() -> None:
    class Bare(LocalHost):
        def run(self, script: str, **_: object) -> Completed:  # type: ignore[override]
            return Completed(127, "", "bash: line 2: exec: perl: not found", 0.0)

    assert ran(Bare(), "probe").trouble == "there is no perl"


def test_a_host_that_does_not_answer_is_told_and_not_raised() -> None:
    class Gone(LocalHost):
        def run(self, script: str, **_: object) -> Completed:  # type: ignore[override]
            raise HostUnreachable("no connection: timed out", where="here", fix="look", code="SP501")

    assert ran(Gone(), "look").trouble == "no connection: timed out"


def test_a_script_that_dies_keeps_what_it_said_before() -> None:
    done = ran(LocalHost("print qq(looked\\tkeys\\n); die 'cut short'\n;"), "probe")
    assert done.records["looked"] == [("keys",)]
    assert done.trouble is not None
    assert done.trouble.startswith("its script ended with status ")


def test_no_script_needs_more_than_perl_base() -> None:
    for name in ("common", "probe", "look", "via", "accepts"):
        for line in resource(f"isolation_{name}.pl").splitlines():
            if line.startswith("use "):
                assert line.split()[1].rstrip(";") in {"strict", "warnings", "POSIX", "Errno", "Socket", "Fcntl"}, line
