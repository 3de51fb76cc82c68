"""Addresses, interfaces, routes, neighbours, firewall, sockets, names and mounts of an isolated host. Pure rules."""

from __future__ import annotations

import ipaddress
import re

from stormproof.core.isolation_fact import Rule, Told, failed, is_loopback, ones, passed, rows, unknown
from stormproof.core.isolation_looks import HostLooks, Records
from stormproof.core.isolation_scope import Isolated, Scope, plain_address

TCP_SYN_SENT, TCP_TIME_WAIT, TCP_CLOSE, TCP_LISTEN = 2, 6, 7, 10  # Linux, include/net/tcp_states.h
# Our own attempts, what is over, what waits. An idle UDP socket stands in the table as closed.
NOT_A_CONNECTION = frozenset({TCP_SYN_SENT, TCP_TIME_WAIT, TCP_CLOSE, TCP_LISTEN})
_REJECTING = ("unreachable", "blackhole", "prohibit", "throw")
_SPECIAL = ("local", "broadcast", "multicast", "anycast")
_ON_ADDRESS = re.compile(r"\d+:\s+(\S+)\s+inet6?\s+([^\s/]+)(?:/\d+)?(?:\s.*?\bscope (\S+))?")
_LINK = re.compile(r"\d+:\s+([^:@\s]+)(?:@[^:\s]+)?:\s+<([^>]*)>(?:.*?\bstate (\S+))?")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _held(records: Records) -> list[tuple[str, str, str]]:
    """(interface, address, scope) of every address on the host."""
    found = [m.groups() for line in ones(records, "address") if (m := _ON_ADDRESS.match(line))]
    return [(device, plain_address(address), scope or "global") for device, address, scope in found]


def _addresses(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    held = _held(looks.records)
    here = {address for _, address, _ in held}
    theirs = sorted(f"{a} of {scope.protected_addresses[a]}" for a in here & scope.protected_addresses.keys())
    if theirs:
        return failed(f"this host holds {', '.join(theirs)}", fix="take production's address off this host")
    named = sorted({a for device, a, reach in held if device != "lo" and reach == "global"})
    return passed(", ".join(named) or "no address beside loopback")


def _interfaces(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    """An interface that the inventory does not explain is a way that nobody probes."""
    held: dict[str, set[str]] = {}
    for device, address, reach in _held(looks.records):
        if device != "lo" and reach != "link":
            held.setdefault(device, set()).add(address)
    links = {
        m[1]: (m[2].split(","), m[3] or "UNKNOWN") for line in ones(looks.records, "link") if (m := _LINK.match(line))
    }
    links.pop("lo", None)
    ours = {device for device, addresses in held.items() if addresses & {plain_address(a) for a in host.addresses}}
    if not ours and len(held) == 1:
        ours = set(held)  # behind address translation, the inventory's address stands on no interface
    up = {device for device, (flags, state) in links.items() if "UP" in flags and state in ("UP", "UNKNOWN")}
    extra = sorted((up | held.keys()) - ours)
    if extra and not ours:
        return unknown(
            f"none of {', '.join(extra)} holds an address that the inventory gives this host",
            decides=True,
            fix=f"write the address of {host.name} into the inventory",
        )
    if extra:
        told = ", ".join(
            f"{d} ({', '.join(sorted(held[d])) if d in held else 'up, without an address'})" for d in extra
        )
        return failed(f"beside {', '.join(sorted(ours))} there is {told}", fix="take the extra interface away")
    return passed(", ".join(sorted(ours)) or "none beside loopback")


def _routes(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    """The default route, and a route that what must be reached needs too, are facts; one for production alone fails."""
    bad, notes = [], []
    for line in ones(looks.records, "route"):
        network, on_link = _route(line)
        if network is None:
            continue
        leads = ", ".join(sorted({name for a, name in scope.protected_addresses.items() if _within(a, network)}))
        if network.prefixlen == 0:
            notes.append(f"a default route for {'IPv4' if network.version == 4 else 'IPv6'}, judged by the probes")
        elif leads and on_link:
            bad.append(f"{network} is this host's own link and holds {leads}")
        elif leads and not any(_within(a, network) for a in scope.reachable_addresses):
            bad.append(f"a route to {network} leads to {leads}")
        elif leads:
            notes.append(f"{network} leads to {leads} and to what must be reached, judged by the probes")
    rules = [
        line for line in ones(looks.records, "rule") if not re.search(r"from all lookup (local|main|default)\s*$", line)
    ]
    notes += [f"a policy rule: {' '.join(line.split())}" for line in rules]
    if bad:
        fix = "take the route away, or put this host on a network of its own"
        return failed("; ".join(dict.fromkeys(bad)), fix=fix)
    return passed("; ".join(dict.fromkeys(notes)) or "none leads to production")


def _route(line: str) -> tuple[Network | None, bool]:
    """The network that a line of `ip route` leads to, and whether it lies on the link; None for what leads nowhere."""
    words = line.split()
    if not words or words[0] in _REJECTING or words[0] in _SPECIAL:
        return None, False
    to = words[1] if words[0] == "unicast" and len(words) > 1 else words[0]
    if to == "default":
        six = any(":" in word for word in words)
        return (ipaddress.IPv6Network("::/0") if six else ipaddress.IPv4Network("0.0.0.0/0")), False
    try:
        return ipaddress.ip_network(
            to, strict=False
        ), "via" not in words and "nexthop" not in words and "encap" not in words
    except ValueError:
        return None, False


def _within(address: str, network: Network) -> bool:
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False


def _neighbours(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    near = []
    for words in (line.split() for line in ones(looks.records, "neighbour")):
        name = scope.protected_addresses.get(plain_address(words[0])) if words else None
        if name and "lladdr" in words and words[-1] not in ("FAILED", "INCOMPLETE"):
            near.append(f"{words[0]} of {name} ({words[-1].lower()})")
    if near:
        return failed(f"on the same link: {', '.join(near)}", fix="put this host on a network of its own")
    return passed("none of production's")


def _firewall(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    """Never a pass when it could not be read: then the probes alone say what it lets through."""
    closed = ones(looks.records, "no-firewall")
    if closed:
        return unknown(f"not readable by this user ({closed[0]}); judged by the probes", decides=False)
    lines = [line.strip() for line in ones(looks.records, "firewall")]
    opening = [
        line
        for line in lines
        if re.search(r"\b(accept|dnat|redirect|tproxy|dup)\b", line)
        and any(re.search(rf"(?<![\w.:]){re.escape(a)}(?![\w.:])", line) for a in scope.protected_addresses)
    ]
    if opening:
        return failed(f"a rule opens the way to production: {'; '.join(opening[:3])}", fix="delete this rule")
    return passed(f"{len(lines)} lines read; none opens the way to production")


def _listening(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    beyond = sorted(
        {
            f"{_ended(local)}:{port}"
            for protocol, state, local, port, _, _ in rows(looks.records, "socket", 6)
            if protocol.startswith("tcp")
            and _state(state) == TCP_LISTEN
            and not is_loopback(local)
            and port not in {str(one) for one in scope.ssh_ports}
        }
    )
    return passed(f"beyond SSH: {', '.join(beyond)}" if beyond else "nothing beyond SSH")


def _open_sockets(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    talking = sorted(
        {
            f"{protocol.rstrip('6')} from {_ended(local)}:{port} to {name}:{remote_port}"
            for protocol, state, local, port, remote, remote_port in rows(looks.records, "socket", 6)
            if (name := scope.protected_addresses.get(plain_address(remote))) and _state(state) not in NOT_A_CONNECTION
        }
    )
    if talking:
        return failed(
            f"open with production: {', '.join(talking)}", fix="end the process that holds it (ss -tunp on this host)"
        )
    return passed("none with production")


def _names(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    own = {*scope.own_addresses, "0.0.0.0", "::"}  # noqa: S104 - where a name may be pointed to; nothing binds to it
    leading, silent, elsewhere = [], [], []
    for name, how, *addresses in (record for record in looks.records.get("name", ()) if len(record) >= 2):
        away = [a for a in addresses if plain_address(a) not in own and not is_loopback(a)]
        if away:
            leading.append(f"{name} is {', '.join(away)}")
        elif addresses:
            elsewhere.append(name)
        elif how != "none":
            silent.append(name)
    if leading:
        fix = "take production's names out of this host's name server and /etc/hosts, or point them at this host"
        return failed(f"known here: {'; '.join(leading)}", fix=fix)
    if silent:
        return unknown(f"no name server answered for {', '.join(silent)}", decides=False)
    return passed(
        f"{', '.join(elsewhere)} stay within this environment" if elsewhere else "production's names are not known here"
    )


def _mounts(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    every, theirs = [], []
    for kind, source, place in rows(looks.records, "mount", 3):
        told = f"{place} ({kind} from {source})"
        every.append(told)
        server = source.removeprefix("//").rpartition("@")[2].partition(":/")[0].partition("/")[0]
        if scope.protected_host_of(server):
            theirs.append(told)
    if theirs:
        return failed(f"mounted from production: {', '.join(theirs)}", fix="unmount it")
    return passed(", ".join(every) or "no network file system")


def _state(text: str) -> int | None:
    """A socket's state in the kernel's numbers; None for what is none, which is then never taken for a closed one."""
    return int(text) if re.fullmatch(r"\d{1,3}", text, re.ASCII) else None


def _ended(address: str) -> str:
    return f"[{address}]" if ":" in address else address


NETWORK_RULES = (
    Rule("addresses", "addresses", "SP311", True, _addresses),
    Rule("interfaces", "addresses", "SP312", True, _interfaces),
    Rule("routes", "routes", "SP313", True, _routes),
    Rule("neighbours", "neighbours", "SP314", False, _neighbours),
    Rule("firewall", "firewall", "SP315", False, _firewall),
    Rule("listening", "sockets", "SP316", False, _listening),
    Rule("open sockets", "sockets", "SP317", True, _open_sockets),
    Rule("names", "names", "SP325", False, _names),
    Rule("mounts", "mounts", "SP326", False, _mounts),
)
