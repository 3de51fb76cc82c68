"""The lab's hosts and their network: up, down, status, and a handle per host. What runs on the hosts is not here."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stormproof.core.errors import HostUnreachable, LeftoversRemain, SetupFailed
from stormproof.lab.disk import prepare_disk, write_file
from stormproof.lab.firewall import FLOWS, Flow, ruleset
from stormproof.lab.host_root import Owner, accounts, describe_root
from stormproof.lab.identities import (
    CONTROL,
    IDENTITIES,
    SSH_CONFIG,
    SSHD_CONFIG,
    Identity,
    KeyStore,
    authorized_key,
    hosts_file,
    known_hosts,
    reachable_from,
    ssh_client_config,
)
from stormproof.lab.lab_host import LabHost
from stormproof.lab.level import Level, Probe, probe_level
from stormproof.lab.namespaces import Launch, door, finish, in_network, launch
from stormproof.lab.network import Addresses, choose_network, host_commands, link_commands, machine_routes, router_link
from stormproof.lab.processes import Process, kill_all
from stormproof.lab.state import LabState, StateFolder
from stormproof.lab.topology import HOME, HOSTS, ROUTER, HostSpec

KILL_SECONDS_MAX = 10.0
FALLBACK_ID = 5432  # where the machine has no user postgres of its own (rootless, tools unpacked)
SSH_PORT = 22

# Answers a host's readiness, then waits for the word that its bringer wrote it down (end of file: that one died).
INIT_TAIL = """\
echo "ready $HOSTNAME" >&4; exec 4>&-
IFS= read -r -n 1 -u 3 word || exit 1
exec 3<&-
while :; do sleep infinity & wait $!; done
"""
INIT_ROUTER = "exec </dev/null >/dev/null 2>&1\n" + INIT_TAIL
INIT_HOST = f"""\
exec </dev/null >>/var/log/init.log 2>&1
/usr/sbin/sshd -D -f /etc/ssh/sshd_config -E /var/log/sshd.log 3<&- 4>&- &
tries=0
until (exec 5<>/dev/tcp/127.0.0.1/{SSH_PORT}) 2>/dev/null; do
  tries=$((tries + 1))
  [ $tries -lt 1000 ] || {{ echo "failed $HOSTNAME sshd does not answer, see its /var/log/sshd.log" >&4; exit 1; }}
  sleep 0.005
done
{INIT_TAIL}"""
ROUTER_SYSCTLS = {
    "/proc/sys/net/ipv4/ip_forward": "1",
    "/proc/sys/net/ipv6/conf/all/forwarding": "1",
    # Without this only the first denied probes of each second are told that they are denied; the rest would wait.
    "/proc/sys/net/ipv4/icmp_ratelimit": "0",
    "/proc/sys/net/ipv6/icmp/ratelimit": "0",
}
HOST_SYSCTLS = {
    "/proc/sys/net/ipv4/ip_unprivileged_port_start": "0",  # sshd and the web listener run as an ordinary user
    "/proc/sys/net/ipv6/conf/default/accept_ra": "0",
}


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

    def known_hosts_line(self, name: str) -> str:
        """`NAME,NAME-v6,IPV4,IPV6 ssh-ed25519 AAAA…` for the control side."""
        return known_hosts([name], {name: self.addresses(name)}, {name: self.host_key(name)}).strip()

    def host_key(self, name: str) -> str:
        """The host's public SSH key: `ssh-ed25519 AAAA…`."""
        return self.keys.public(f"host-{name}")

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
        with self.folder.locked():
            state = self.state()
            if self._process(state, ROUTER).is_alive():
                self._router_tool(state, ["ip", "-batch", "-"], f"link set {router_link(name)} down\n", forgive=True)
            self._kill([self._process(state, name)])

    def start_host(self, name: str) -> None:
        with self.folder.locked():
            state = self.state()
            if self._process(state, name).is_alive():
                return
            spec = next(s for s in self.folder.read_specs() if s.name == name)
            self._router_tool(state, ["ip", "-batch", "-"], f"link del {router_link(name)}\n", forgive=True)
            with ExitStack() as stack:
                router = stack.enter_context(door(self._process(state, ROUTER)))
                started = launch(self._plan([spec], state, with_router=False), router)
                stack.callback(started.close)
                state.processes.update(started.processes)
                self._wire([spec], state)
                started.wait_ready()
                self.folder.write(state)
                started.commit()

    def set_link(self, name: str, *, up: bool) -> None:
        with self.folder.locked():
            word = "up" if up else "down"
            self._router_tool(self.state(), ["ip", "-batch", "-"], f"link set {router_link(name)} {word}\n")

    # -- keys and who may use them

    def authorize(self, name: str, options: Mapping[str, str] | None = None) -> None:
        """Write a host's authorized_keys: every identity that targets it.

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
        """Replace ~/.ssh/config of a host's user."""
        self.write(name, f"{HOME}/.ssh/config", text, mode=0o600)

    # -- how

    def _bring_up(self, specs: tuple[HostSpec, ...], level: Level) -> LabState:
        self.folder.settle(level)
        network = choose_network(str(self.project_dir), machine_routes())
        ipv6 = Path("/proc/sys/net/ipv6").exists()
        state = LabState(level, network, ipv6, {spec.name: spec.number for spec in specs}, {})
        self._make_identities(specs)
        started = launch(self._plan(specs, state, with_router=True), None)
        try:
            state.processes.update(started.processes)
            self._wire(specs, state)
            started.wait_ready()
            self.folder.write(state)
            self.folder.write_specs(specs)
            started.commit()
        except BaseException:
            self._kill(started.processes.values())
            self.folder.forget()
            raise
        finally:
            started.close()
        return state

    def _make_identities(self, specs: Iterable[HostSpec]) -> None:
        names = [spec.name for spec in specs]
        mine = [i for i in self.identities if i.target in names and i.holder in (CONTROL, *names)]
        self.keys.ensure([*(f"host-{name}" for name in names), *(identity.name for identity in mine)])
        for name in names:
            prepare_disk(self.folder.disk(name), self.owner)
            self.folder.mount_point(name).mkdir(parents=True, exist_ok=True)
            home = self.folder.disk(name) / HOME.lstrip("/") / ".ssh"
            if not (home / "authorized_keys").exists():
                self.authorize(name)
                self.ssh_config(name, ssh_client_config(name, mine))
                for identity in mine:
                    if identity.holder == name:
                        private = self.keys.private(identity.name)
                        self.write(name, f"{HOME}/.ssh/{identity.file}", private, mode=0o600)
                os.chmod(home, 0o700, follow_symlinks=False)

    def _plan(self, specs: Iterable[HostSpec], state: LabState, *, with_router: bool) -> dict[str, Any]:
        uid, gid = self.user_ids
        nested = state.level is Level.USER
        inside = Owner(0, 0) if nested else self.owner
        addresses = {name: state.addresses(name) for name in state.numbers}
        public = {name: self.host_key(name) for name in state.numbers}
        hosts = []
        for spec in specs:
            etc = {
                **accounts(uid, gid),
                "hostname": f"{spec.name}\n",
                "hosts": hosts_file(spec.name, addresses, self.flows),
                "ssh/sshd_config": SSHD_CONFIG,
                "ssh/ssh_config": SSH_CONFIG,
                "ssh/ssh_known_hosts": known_hosts(
                    reachable_from(spec.name, self.flows, port=SSH_PORT), addresses, public
                ),
            }
            key = self.keys.private(f"host-{spec.name}")
            hosts.append(self._host_plan(spec, inside, etc, key, INIT_HOST, HOST_SYSCTLS))
        if with_router:
            router = HostSpec(ROUTER, 0)
            self.folder.mount_point(ROUTER).mkdir(parents=True, exist_ok=True)
            prepare_disk(self.folder.disk(ROUTER), self.owner)
            plan = self._host_plan(router, inside, accounts(uid, gid), None, INIT_ROUTER, ROUTER_SYSCTLS)
            hosts.insert(0, {**plan, "privileged": True, "home": "/"})
        return {"uid": uid, "gid": gid, "nested": nested, "hosts": hosts}

    def _host_plan(
        self,
        spec: HostSpec,
        owner: Owner,
        etc: Mapping[str, str],
        key: str | None,
        init: str,
        sysctls: Mapping[str, str],
    ) -> dict[str, Any]:
        operations, late = describe_root(
            spec,
            disk=self.folder.disk(spec.name),
            owner=owner,
            etc={**etc, "rc.local": init},
            host_key=key,
            tools_dir=self._tools_dir,
        )
        return {
            "name": spec.name,
            "root": str(self.folder.mount_point(spec.name)),
            "operations": operations,
            "late_operations": late,
            "sysctls": dict(sysctls),
            "privileged": False,
            "home": HOME,
            "init": "/etc/rc.local",
            "environment": {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": HOME},
        }

    def _wire(self, specs: Iterable[HostSpec], state: LabState) -> None:
        """Links, addresses, routes; and the router's rules, which come first: no packet passes before they stand."""
        specs = list(specs)
        rules = ruleset(list(state.numbers), self.flows)
        self._router_tool(state, ["nft", "-f", "-"], rules)
        links = [
            command
            for spec in specs
            for command in link_commands(
                spec.name, state.addresses(spec.name), state.processes[spec.name].pid, ipv6=state.ipv6
            )
        ]
        self._router_tool(state, ["ip", "-batch", "-"], "\n".join(links) + "\n")
        with ExitStack() as stack:
            tools = []
            for spec in specs:
                at = stack.enter_context(door(state.processes[spec.name]))
                commands = host_commands(state.addresses(spec.name), ipv6=state.ipv6)
                tools.append(in_network(at, at.enter_network(), ["ip", "-batch", "-"], "\n".join(commands) + "\n"))
            for tool in tools:
                finish(tool, doing="giving a host its addresses")

    def _router_tool(self, state: LabState, command: list[str], text: str, *, forgive: bool = False) -> None:
        """Run ip or nft in the router. `forgive`: what it should remove may be gone already."""
        with door(self._process(state, ROUTER)) as at:
            tool = in_network(at, at.enter_files(), command, text)
            try:
                finish(tool, doing=f"{command[0]} in the router")
            except SetupFailed:
                if not forgive:
                    raise

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
                code="SP607",
            )
        return state.processes[name]

    def _both(self, state: LabState, name: str) -> tuple[str, str]:
        if name not in state.numbers:
            return "", ""
        addresses = state.addresses(name)
        return addresses.ipv4, addresses.ipv6
