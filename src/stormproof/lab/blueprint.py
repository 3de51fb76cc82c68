"""The whole description of the lab's hosts that `launcher.py` is started with. Reads keys, changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stormproof.lab.firewall import Flow
from stormproof.lab.host_root import Owner, accounts, describe_root
from stormproof.lab.identities import (
    SSH_CONFIG,
    SSHD_CONFIG,
    KeyStore,
    hosts_file,
    known_hosts,
    reachable_from,
)
from stormproof.lab.lab_state import LabState
from stormproof.lab.level import Level
from stormproof.lab.state import StateFolder
from stormproof.lab.topology import HOME, ROUTER, HostSpec

SSH_PORT = 22
INIT_PATH = "rc.local"

# Says that the host is ready, then waits for the word that its bringer wrote it down (end of file: that one died),
# then takes in orphans for ever.
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
sshd=$! tries=0
until (exec 5<>/dev/tcp/127.0.0.1/{SSH_PORT}) 2>/dev/null; do
  tries=$((tries + 1))
  kill -0 $sshd && [ $tries -lt 1000 ] || {{ echo "failed $HOSTNAME sshd does not answer, see its /var/log/sshd.log" >&4; exit 1; }}
  sleep 0.005
done
{INIT_TAIL}"""

# Nobody else is on these links, so no address waits a second or two for the proof that it is nobody else's. Without this
# the first IPv6 probes after a boot find even the witness cut off, and are moot.
SETTLED_AT_ONCE = {
    "/proc/sys/net/ipv6/conf/all/accept_dad": "0",
    "/proc/sys/net/ipv6/conf/default/accept_dad": "0",
    "/proc/sys/net/ipv6/conf/default/dad_transmits": "0",
}
ROUTER_SYSCTLS = {
    **SETTLED_AT_ONCE,
    "/proc/sys/net/ipv4/ip_forward": "1",
    "/proc/sys/net/ipv6/conf/all/forwarding": "1",
    # Without this only the first denied probes of each second are told that they are denied; the rest would wait.
    "/proc/sys/net/ipv4/icmp_ratelimit": "0",
    "/proc/sys/net/ipv6/icmp/ratelimit": "0",
}
HOST_SYSCTLS = {
    **SETTLED_AT_ONCE,
    "/proc/sys/net/ipv4/ip_unprivileged_port_start": "0",  # sshd and the web listener run as an ordinary user
    "/proc/sys/net/ipv6/conf/default/accept_ra": "0",
}


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What the hosts of one lab have in common.

    Attributes:
        user_ids: number of the hosts' user and of its group, as the hosts see them.
        owner: the same user as the machine's disk knows it.
        tools_dir: a folder with unpacked packages, laid over the machine's /usr.
    """

    folder: StateFolder
    keys: KeyStore
    flows: Sequence[Flow]
    user_ids: tuple[int, int]
    owner: Owner
    tools_dir: Path | None

    def plan(self, specs: Iterable[HostSpec], state: LabState, *, with_router: bool) -> dict[str, Any]:
        """The launcher's document: these hosts, and first the router if wanted."""
        uid, gid = self.user_ids
        nested = state.level is Level.USER
        inside = Owner(0, 0) if nested else self.owner
        hosts = [self._host(spec, state, inside) for spec in specs]
        if with_router:
            etc = accounts(uid, gid)
            router = self._described(HostSpec(ROUTER, 0), inside, etc, None, INIT_ROUTER, ROUTER_SYSCTLS)
            hosts.insert(0, {**router, "privileged": True, "home": "/"})
        return {"uid": uid, "gid": gid, "nested": nested, "hosts": hosts}

    def _host(self, spec: HostSpec, state: LabState, inside: Owner) -> dict[str, Any]:
        addresses = {name: state.addresses(name) for name in state.numbers}
        public = {name: self.keys.public(host_key_name(name)) for name in state.numbers}
        peers = reachable_from(spec.name, self.flows, port=SSH_PORT)
        etc = {
            **accounts(*self.user_ids),
            "hostname": f"{spec.name}\n",
            "hosts": hosts_file(spec.name, addresses, self.flows),
            "ssh/sshd_config": SSHD_CONFIG,
            "ssh/ssh_config": SSH_CONFIG,
            "ssh/ssh_known_hosts": known_hosts(peers, addresses, public),
        }
        key = self.keys.private(host_key_name(spec.name))
        return self._described(spec, inside, etc, key, INIT_HOST, HOST_SYSCTLS)

    def _described(
        self,
        spec: HostSpec,
        inside: Owner,
        etc: Mapping[str, str],
        key: str | None,
        init: str,
        sysctls: Mapping[str, str],
    ) -> dict[str, Any]:
        operations, late = describe_root(
            spec,
            disk=self.folder.disk(spec.name),
            owner=inside,
            etc={**etc, INIT_PATH: init},
            host_key=key,
            tools_dir=self.tools_dir,
        )
        return {
            "name": spec.name,
            "root": str(self.folder.mount_point(spec.name)),
            "operations": operations,
            "late_operations": late,
            "sysctls": dict(sysctls),
            "privileged": False,
            "home": HOME,
            "init": f"/etc/{INIT_PATH}",
            "environment": {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": HOME},
        }


def host_key_name(host: str) -> str:
    """Name of a host's own SSH key in the key store."""
    return f"host-{host}"
