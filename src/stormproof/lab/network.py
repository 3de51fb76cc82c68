"""Addresses of the lab and the commands that wire it: one link per host, all of them to the router."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from stormproof.core.errors import SetupFailed

# 10.16.0.0/16 and up: 10.0 to 10.15 are what clouds and container engines hand out first.
SECOND_OCTET_FIRST, SECOND_OCTET_LAST = 16, 250
HOST_LINK = "lan0"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where one host is. `number` is its place in the lab's network (third octet, IPv6 subnet)."""

    number: int
    ipv4: str
    ipv6: str
    router_ipv4: str
    router_ipv6: str


@dataclass(frozen=True, slots=True)
class Network:
    """The lab's own prefixes: `10.x` of a /16 and `fdxx:xxxx:xxxx` of a /48. They exist in the lab's namespaces only."""

    ipv4_prefix: str
    ipv6_prefix: str

    def of(self, number: int) -> Addresses:
        """Addresses of host `number` (1 to 250): the host is .10 and ::10 of its subnet, the router .1 and ::1."""
        assert 1 <= number <= 250
        four, six = f"{self.ipv4_prefix}.{number}", f"{self.ipv6_prefix}:{number:x}"
        return Addresses(number, f"{four}.10", f"{six}::10", f"{four}.1", f"{six}::1")

    @property
    def ipv4_network(self) -> ipaddress.IPv4Network:
        return ipaddress.IPv4Network(f"{self.ipv4_prefix}.0.0/16")


def choose_network(project: str, taken: Iterable[ipaddress.IPv4Network]) -> Network:
    """Prefixes derived from the project's path, so that they stay the same and two projects differ; a /16 that the
    machine already has a route to is stepped over.

    Raises:
        SetupFailed: the machine has routes to every candidate.
    """
    digest = hashlib.sha256(project.encode()).digest()
    routes = [route for route in taken if route.prefixlen > 0]
    count = SECOND_OCTET_LAST - SECOND_OCTET_FIRST + 1
    start = int.from_bytes(digest[:4], "big") % count
    ipv6_prefix = f"fd{digest[4]:02x}:{digest[5:7].hex()}:{digest[7:9].hex()}"
    for step in range(count):
        network = Network(f"10.{SECOND_OCTET_FIRST + (start + step) % count}", ipv6_prefix)
        if not any(network.ipv4_network.overlaps(route) for route in routes):
            return network
    raise SetupFailed(
        "this machine has routes to every network that the lab could use (10.16.0.0/16 to 10.250.0.0/16)",
        where="/proc/net/route",
        fix="make the route to 10.0.0.0/8 narrower, or run the lab on another machine",
        code="SP601",
    )


def machine_routes(read: Callable[[], str] = Path("/proc/net/route").read_text) -> list[ipaddress.IPv4Network]:
    """Networks that this machine has an IPv4 route to (kernel's table, little-endian hexadecimal)."""
    networks = []
    for line in read().splitlines()[1:]:
        fields = line.split()
        address, mask = (int.from_bytes(bytes.fromhex(fields[index]), "little") for index in (1, 7))
        networks.append(ipaddress.IPv4Network((address, mask.bit_count())))
    return networks


def router_link(host: str) -> str:
    """Name of the router's end of a host's link (an interface name has 15 characters at most)."""
    return f"p_{host[:13]}"


def link_commands(host: str, addresses: Addresses, pid: int, *, ipv6: bool) -> list[str]:
    """For `ip -batch` in the router's network namespace: make the link, hand one end to the host's PID 1."""
    link = router_link(host)
    commands = [
        f"link add {link} type veth peer name {HOST_LINK} netns {pid}",
        f"addr add {addresses.router_ipv4}/24 dev {link}",
        f"link set {link} up",
    ]
    if ipv6:
        commands.insert(2, f"addr add {addresses.router_ipv6}/64 dev {link} nodad")
    return commands


def host_commands(addresses: Addresses, *, ipv6: bool) -> list[str]:
    """For `ip -batch` in the host's network namespace."""
    commands = [
        f"addr add {addresses.ipv4}/24 dev {HOST_LINK}",
        f"link set {HOST_LINK} up",
        f"route add default via {addresses.router_ipv4}",
    ]
    if ipv6:
        commands.insert(1, f"addr add {addresses.ipv6}/64 dev {HOST_LINK} nodad")
        commands.append(f"route add ::/0 via {addresses.router_ipv6}")
    return commands
