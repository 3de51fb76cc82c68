"""The lab's hosts and their network: up, down, status, and a handle per host. What runs on the hosts is not here."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from stormproof.core.errors import HostUnreachable, LeftoversRemain, SetupFailed
from stormproof.lab.blueprint import Blueprint, host_key_name
from stormproof.lab.disk import make_directory, prepare_disk, write_file
from stormproof.lab.firewall import FLOWS, Flow
from stormproof.lab.host_root import Owner
from stormproof.lab.identities import (
    CONTROL,
    IDENTITIES,
    Identity,
    KeyStore,
    authorized_key,
    ssh_client_config,
)
from stormproof.lab.lab_host import LabHost
from stormproof.lab.lab_state import LabState
from stormproof.lab.level import Level, Probe, probe_level
from stormproof.lab.namespaces import door, launch
from stormproof.lab.network import Addresses, choose_network, machine_routes
from stormproof.lab.processes import Process, kill_all
from stormproof.lab.state import StateFolder
from stormproof.lab.topology import HOME, HOSTS, ROUTER, HostSpec
from stormproof.lab.wiring import connect_hosts, router_gone, set_link, write_rules

KILL_SECONDS_MAX = 10.0
FALLBACK_ID = 5432  # where the machine has no user postgres of its own (rootless, tools unpacked)


@dataclass(frozen=True, slots=True)
class HostStatus:
    name: str
    alive: bool
    pid: int
    ipv4: str
    ipv6: str


@dataclass(frozen=True, slots=True)
class LabStatus:
    """`up`: the router and every host stand. `level` is the one that the lab was brought up with."""

    up: bool
    level: Level
    hosts: tuple[HostStatus, ...]


class Foundation:
    """The lab of one project.

    Args:
        state_dir: the lab's folder (made with mode 0700); everything that the lab writes is in it.
        project_dir: the lab's addresses are derived from this path.
        force_user_namespaces: use them although we are root (for tests).
        tools_dir: folder with unpacked packages, laid over the machine's /usr on every host.
    """

    def __init__(
        self,
        state_dir: Path,
        project_dir: Path,
        *,
        flows: Sequence[Flow] = FLOWS,
        identities: Sequence[Identity] = IDENTITIES,
        force_user_namespaces: bool = False,
        tools_dir: Path | None = None,
    ) -> None:
        self.folder = StateFolder(state_dir.absolute())
        self.project_dir = project_dir.absolute()
        self.flows = tuple(flows)
        self.identities = tuple(identities)
        self.keys = KeyStore(self.folder.path / "keys")
        self._force_user = force_user_namespaces
        self._tools_dir = tools_dir.absolute() if tools_dir is not None else None

    # -- the lab as a whole

    def probe(self) -> Probe:
        return probe_level(force_user=self._force_user, tools_dir=self._tools_dir)

    def up(self, hosts: Sequence[HostSpec] = HOSTS) -> LabState:
        """Bring up the router and the hosts; does nothing when just these stand, replaces what is half there.

        Raises:
            SetupFailed: this machine cannot isolate hosts, or something went wrong; nothing is left running then.
        """
        with self.folder.locked():
            before = self.folder.read()
            if before is not None:
                wanted = {ROUTER, *(spec.name for spec in hosts)}
                if set(before.processes) == wanted and all(p.is_alive() for p in before.processes.values()):
                    return before
                self._end(before)
            probe = self.probe()
            if probe.level is Level.NONE:
                raise SetupFailed(
                    f"no lab on this machine: {probe.reason}", where="this machine", fix=probe.fix, code="SP600"
                )
            return self._bring_up(tuple(hosts), probe.level)

    def down(self) -> None:
        """End every process of the lab; with them go its namespaces, mounts, links and rules. Disks and keys stay.

        Raises:
            LeftoversRemain: a process outlived SIGKILL by 10 s.
        """
        if not self.folder.path.exists():
            return
        with self.folder.locked():
            state = self.folder.read()
            if state is not None:
                self._end(state)
            self.folder.forget()

    def destroy(self) -> None:
        """down(), then remove the lab's folder with all disks and keys. Refuses a folder that is not a lab's."""
        self.down()
        if self.folder.path.exists():
            self.folder.remove()

    def status(self) -> LabStatus:
        state = self.folder.read()
        if state is None:
            return LabStatus(False, Level.NONE, ())
        hosts = tuple(
            HostStatus(name, process.is_alive(), process.pid, *self._both(state, name))
            for name, process in state.processes.items()
        )
        return LabStatus(all(host.alive for host in hosts), state.level, hosts)

    # -- one host

    def host(self, name: str) -> LabHost:
        """A handle of a host, also of `router`."""
        return LabHost(self, name)

    def process(self, name: str) -> Process:
        """PID 1 of a host as written down (it may have died since). Raises HostUnreachable when there is none."""
        return self._process(self.state(), name)

    def state(self) -> LabState:
        """Raises HostUnreachable when the lab is not up."""
        state = self.folder.read()
        if state is None:
            raise HostUnreachable(
                "the lab is not up", where=str(self.folder.path), fix="stormproof lab up", code="SP607"
            )
        return state

    def addresses(self, name: str) -> Addresses:
        return self.state().addresses(name)

    def files(self, name: str) -> Path:
        """The host's disk as seen from outside: `files("vault") / "srv/vault"`. What it holds may be hostile."""
        return self.folder.disk(name)

    def write(self, name: str, path: str, content: str, *, mode: int = 0o644) -> None:
        """Write a file on a host's disk (see disk.py), whether the host stands or not."""
        prepare_disk(self.folder.disk(name), self.owner)
        write_file(self.folder.disk(name), path, content, owner=self.owner, mode=mode)

    def host_key(self, name: str) -> str:
        """The host's public SSH key: `ssh-ed25519 AAAA…`."""
        return self.keys.public(host_key_name(name))

    def control_key(self, name: str) -> Path:
        """Private key (mode 0600) with which the control side enters a host as `postgres`."""
        return self.keys.path(f"control-{name}")

    @property
    def user_ids(self) -> tuple[int, int]:
        """Number of the user `postgres` and of its group, as the hosts see them."""
        try:
            entry = pwd.getpwnam("postgres")
        except KeyError:
            return FALLBACK_ID, FALLBACK_ID
        return entry.pw_uid, entry.pw_gid

    @property
    def owner(self) -> Owner:
        """The hosts' user as the machine's disk knows it: rootless that is ourselves."""
        rootless = os.geteuid() != 0 or self._force_user
        return Owner(os.geteuid(), os.getegid()) if rootless else Owner(*self.user_ids)

    def kill_host(self, name: str) -> None:
        """See LabHost.kill."""
        with self.folder.locked():
            state = self.state()
            process = self._process(state, name)
            set_link(state, name, "down", forgive=True)  # its link may be gone already, with the host
            self._kill([process])

    def start_host(self, name: str) -> None:
        """See LabHost.start. Raises HostUnreachable when the router is gone: then only `up` helps."""
        with self.folder.locked():
            state = self.state()
            if self._process(state, name).is_alive():
                return
            if not self._process(state, ROUTER).is_alive():
                raise router_gone(state)
            spec = self.folder.spec_of(name)
            set_link(state, name, "del", forgive=True)
            with self._launched([spec], state, with_router=False):
                connect_hosts([spec], state)

    def set_link(self, name: str, *, up: bool) -> None:
        """See LabHost.link_down."""
        with self.folder.locked():
            state = self.state()
            self._process(state, name)
            set_link(state, name, "up" if up else "down")

    # -- keys and who may use them

    def authorize(self, name: str, options: Mapping[str, str] | None = None) -> None:
        """Write a host's authorized_keys: every identity that targets it. Each bring-up writes it anew.

        Args:
            options: identity's name -> what stands before its key, instead of the identity's own.
        """
        chosen = options or {}
        lines = []
        for identity in self.identities:
            if identity.target == name:
                line = authorized_key(self.keys.public(identity.name), identity)
                if identity.name in chosen:
                    line = f"{chosen[identity.name]} {self.keys.public(identity.name)} {identity.name}"
                lines.append(line + "\n")
        self.write(name, f"{HOME}/.ssh/authorized_keys", "".join(lines), mode=0o600)

    def ssh_config(self, name: str, text: str) -> None:
        """Replace ~/.ssh/config of a host's user, until the next bring-up."""
        self.write(name, f"{HOME}/.ssh/config", text, mode=0o600)

    # -- how

    def _bring_up(self, specs: tuple[HostSpec, ...], level: Level) -> LabState:
        self.folder.settle(level)
        network = choose_network(str(self.project_dir), machine_routes())
        ipv6 = Path("/proc/sys/net/ipv6").exists()
        state = LabState(level, network, ipv6, {spec.name: spec.number for spec in specs}, {})
        self._make_disks(specs)
        self._make_identities(specs)
        self.folder.write_specs(specs)
        with self._launched(specs, state, with_router=True):
            write_rules(state, self.flows)
            connect_hosts(specs, state)
        return state

    @contextmanager
    def _launched(self, specs: Sequence[HostSpec], state: LabState, *, with_router: bool) -> Iterator[None]:
        """Hosts that stay when the block and their own start went well, and are gone otherwise."""
        blueprint = Blueprint(self.folder, self.keys, self.flows, self.user_ids, self.owner, self._tools_dir)
        with ExitStack() as stack:
            joined = None if with_router else stack.enter_context(door(self._process(state, ROUTER)))
            started = launch(blueprint.plan(specs, state, with_router=with_router), joined, str(self.folder.path))
            stack.callback(started.close)
            try:
                state.processes.update(started.processes)
                yield
                started.wait_ready()
                self.folder.write(state)
                started.commit()
            except BaseException as error:  # whatever it was, Ctrl-C too: nothing half-made stays
                failure = (
                    started.failure() if isinstance(error, SetupFailed | HostUnreachable | ProcessLookupError) else None
                )
                self._kill(started.processes.values())
                if failure is not None:
                    raise failure from error
                raise

    def _make_disks(self, specs: Iterable[HostSpec]) -> None:
        """Persistent directories, and inside them the places of a host's own mounts."""
        for spec in (HostSpec(ROUTER, 0), *specs):
            disk = self.folder.disk(spec.name)
            prepare_disk(disk, self.owner)
            self.folder.mount_point(spec.name).mkdir(parents=True, exist_ok=True)
            for path in (*spec.memory_dirs, *spec.read_only_views, *spec.read_only_views.values()):
                make_directory(disk, path, owner=self.owner)

    def _make_identities(self, specs: Iterable[HostSpec]) -> None:
        """Keys and who may use them, written anew each time: what a host or a fault changed there does not last."""
        names = [spec.name for spec in specs]
        mine = [i for i in self.identities if i.target in names and i.holder in (CONTROL, *names)]
        self.keys.ensure([*map(host_key_name, names), *(identity.name for identity in mine)])
        for name in names:
            ssh = f"{HOME}/.ssh"
            make_directory(self.folder.disk(name), ssh, owner=self.owner, mode=0o700)
            self.authorize(name)
            for identity in mine:
                if identity.holder == name:
                    private = self.keys.private(identity.name)
                    self.write(name, f"{ssh}/{identity.file}", private, mode=0o600)
            self.ssh_config(name, ssh_client_config(name, mine))

    def _end(self, state: LabState) -> None:
        self._kill(state.processes.values())

    def _kill(self, processes: Iterable[Process]) -> None:
        left = kill_all(processes, timeout_seconds=KILL_SECONDS_MAX)
        if left:
            raise LeftoversRemain(
                f"{len(left)} process(es) of the lab did not end within {KILL_SECONDS_MAX:g} s",
                where=", ".join(f"pid {process.pid}" for process in left),
                fix="look at them with ps; a process in state D waits for its disk",
                code="SP611",
            )

    def _process(self, state: LabState, name: str) -> Process:
        if name not in state.processes:
            raise HostUnreachable(
                f"the lab has no host '{name}'",
                where=str(self.folder.path),
                fix=f"choose one of {', '.join(state.processes)}",
                code="SP613",
            )
        return state.processes[name]

    def _both(self, state: LabState, name: str) -> tuple[str, str]:
        if name not in state.numbers:
            return "", ""
        addresses = state.addresses(name)
        return addresses.ipv4, addresses.ipv6
