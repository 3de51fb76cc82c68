"""From the inventory to what an isolation proof looks at: every forbidden way, its witness, every way on. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from stormproof.core.inventory import HostEntry, Inventory, IsolationRules
from stormproof.core.isolation_scope import INTERNET, Ask, Isolated, Scope, Through, Way, plain_address
from stormproof.core.service import PostgresService

DNS_PORT = 53
STANDS_FOR_THE_INTERNET = frozenset({"internet", "outside"})  # as a host's name, or as its environment's

Resolve = Callable[[str], Sequence[str]]


def scope_of(
    inventory: Inventory,
    environment: str,
    *,
    resolve: Resolve = lambda name: (),
    protected_keys: Mapping[str, str] | None = None,
) -> Scope:
    """Everything to look at in order to prove `environment` isolated.

    Forbidden are `must_not_reach` and, declared or not, every host of every protected environment: its SSH port, the
    ports of its services, UDP 53; over IPv4, and over IPv6 where the inventory knows an address. Names become addresses
    here, on the control side, and never by the isolated host's own name server.

    Args:
        resolve: addresses of a host that the inventory gives by name; none when nobody knows them.
        protected_keys: SHA-256 fingerprint -> protected host, of the keys that open production.
    """
    rules = _rules(inventory, environment)
    protected = sorted({h.environment for h in inventory.hosts.values()} & inventory.protected_environments())
    addresses = {name: _addresses(host, resolve) for name, host in inventory.hosts.items()}
    own = {name: host for name, host in inventory.hosts.items() if host.environment == environment}
    theirs = {name: host for name, host in inventory.hosts.items() if host.environment in protected}
    reached = dict.fromkeys(e.host for e in rules.must_reach)
    through = [name for name in reached if name in inventory.hosts and name not in own]

    ways: dict[tuple[str, str], Way] = {}
    unresolved = []
    for name, port, protocol, expected in _endpoints(inventory, rules, theirs):
        where = addresses.get(name) or _literal(name)
        if not where:
            unresolved.append(name)
        for address in where:
            way = Way(
                id=f"{protocol}:{address}:{port}",
                to=f"{name}:{port}",
                host=name,
                address=address,
                port=port,
                group=_group(inventory, name, protected),
                protocol="udp" if protocol == "udp" else "tcp",
                expected="connected" if expected else "blocked",
                witness=None if expected else rules.witness.get(name),
            )
            ways.setdefault((way.id, way.expected), way)
    return Scope(
        environment=environment,
        hosts=tuple(Isolated(name, addresses[name]) for name in own),
        protected=tuple(protected),
        ways=tuple(ways.values()),
        through=tuple(
            _through(inventory.hosts[name], addresses[name], own.values()) for name in through if addresses[name]
        ),
        asks=tuple(_asks(theirs, addresses, rules)),
        protected_addresses={a: name for name in theirs for a in addresses[name]},
        protected_names={form: name for name, host in theirs.items() for form in _names(host)},
        own_addresses=frozenset(a for name in own for a in addresses[name]),
        reachable_addresses=frozenset(a for name in through for a in addresses[name]),
        ssh_ports=frozenset({22, *(host.port for host in inventory.hosts.values())}),
        protected_keys=dict(protected_keys or {}),
        unresolved=tuple(dict.fromkeys(unresolved)),
    )


def _rules(inventory: Inventory, environment: str) -> IsolationRules:
    entry = inventory.environments.get(environment)
    return (entry.isolation if entry else None) or IsolationRules()


def _endpoints(
    inventory: Inventory, rules: IsolationRules, theirs: Mapping[str, HostEntry]
) -> Iterator[tuple[str, int, str, bool]]:
    """(host, port, protocol, must connect), declared ones first so that a reader finds what was asked for."""
    for endpoint in rules.must_reach:
        yield endpoint.host, endpoint.port, endpoint.protocol, True
    for endpoint in rules.must_not_reach:
        yield endpoint.host, endpoint.port, endpoint.protocol, False
    for name, host in theirs.items():
        yield name, host.port, "tcp", False
        for service in inventory.services.values():
            if isinstance(service, PostgresService) and service.host == name:
                yield name, service.port, "tcp", False
    outside = [name for name, host in inventory.hosts.items() if _is_internet(name, host.environment)]
    declared = [e.host for e in rules.must_not_reach]
    for name in outside:
        if name not in declared:
            yield name, 443, "tcp", False
    for name in dict.fromkeys((*theirs, *outside, *declared)):
        yield name, DNS_PORT, "udp", False


def _is_internet(name: str, environment: str) -> bool:
    return name in STANDS_FOR_THE_INTERNET or environment in STANDS_FOR_THE_INTERNET


def _group(inventory: Inventory, name: str, protected: Sequence[str]) -> str:
    entry = inventory.hosts.get(name)
    if entry is None:
        return INTERNET  # an address that the inventory knows no host for
    if entry.environment not in protected and _is_internet(name, entry.environment):
        return INTERNET
    return entry.environment


def _addresses(host: HostEntry, resolve: Resolve) -> tuple[str, ...]:
    found = _literal(host.address) or tuple(plain_address(a) for a in resolve(host.address))
    return tuple(dict.fromkeys((*found, *(_literal(host.address6) if host.address6 else ()))))


def _names(host: HostEntry) -> list[str]:
    """The names that mean a host: its name here and, where its address is a name, that one whole and in short."""
    if _literal(host.address):
        return [host.name]
    qualified = host.address.lower().rstrip(".")
    return list(dict.fromkeys((host.name, qualified, qualified.partition(".")[0])))


def _literal(text: str) -> tuple[str, ...]:
    try:
        return (str(ipaddress.ip_address(text)),)
    except ValueError:
        return ()


def _through(host: HostEntry, addresses: Sequence[str], own: Iterable[HostEntry]) -> Through:
    users = [host.user, *(entry.user for entry in own)]
    return Through(host.name, addresses[0], host.port, _bare_key(host.host_key), tuple(dict.fromkeys(users)))


def _asks(
    theirs: Mapping[str, HostEntry], addresses: Mapping[str, Sequence[str]], rules: IsolationRules
) -> Iterator[Ask]:
    for name, host in theirs.items():
        witness = rules.witness.get(name)
        if witness and addresses[name]:
            yield Ask(
                name, host.environment, addresses[name][0], host.port, host.user, _bare_key(host.host_key), witness
            )


def _bare_key(host_key: str) -> str:
    return " ".join(host_key.split()[:2])
