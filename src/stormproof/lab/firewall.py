"""Who may connect to whom, and the router's nftables rules made from it. Everything else is rejected and counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stormproof.lab.network import router_link


@dataclass(frozen=True, slots=True)
class Flow:
    """New connections from one host to ports of another; answers come back by connection tracking."""

    source: str
    target: str
    ports: tuple[int, ...]
    protocol: str = "tcp"


# Recovery pulls from the vault and reaches nothing else. The vault pulls backups from the primary, and is the witness
# that the primary and the application are alive; the application's host is the witness for the internet.
FLOWS: tuple[Flow, ...] = (
    Flow("recovery-1", "vault", (22, 8432)),  # SSH, and pgBackRest's TLS server
    Flow("vault", "app-primary", (22, 5432)),
    Flow("app-primary", "vault", (22,)),
    Flow("app-web", "app-primary", (22, 5432)),
    Flow("vault", "app-web", (22, 443)),
    Flow("app-web", "outside", (443,)),
    Flow("app-web", "outside", (53,), "udp"),
)
TABLE = "inet lab"


def counter_name(prefix: str, source: str, target: str, suffix: str = "") -> str:
    """`allowed_vault_app_primary_tcp`, `denied_recovery_1_vault`: what `nft -j list counters` shows."""
    return "_".join(part for part in (prefix, source, target, suffix) if part).replace("-", "_")


def ruleset(hosts: Iterable[str], flows: Iterable[Flow]) -> str:
    """The router's whole rule set (for `nft -f -`), for IPv4 and IPv6 alike.

    A denied connection is rejected at once (EHOSTUNREACH in IPv4, EACCES in IPv6), so that a probe costs
    milliseconds; the router itself answers neighbour discovery and echo, nothing else. Flows between hosts that do
    not stand are left out.
    """
    names = list(hosts)
    wanted = [flow for flow in flows if flow.source in names and flow.target in names]
    counters: list[str] = ["denied_other", "denied_router"]
    rules: list[str] = ["ct state established,related accept", "ct state invalid drop"]
    for flow in wanted:
        name = counter_name("allowed", flow.source, flow.target, flow.protocol)
        counters.append(name)
        ports = ", ".join(str(port) for port in flow.ports)
        rules.append(
            f'iifname "{router_link(flow.source)}" oifname "{router_link(flow.target)}"'
            f" {flow.protocol} dport {{ {ports} }} ct state new counter name {name} accept"
        )
    for source in names:
        for target in names:
            if source != target:
                name = counter_name("denied", source, target)
                counters.append(name)
                rules.append(
                    f'iifname "{router_link(source)}" oifname "{router_link(target)}"'
                    f" counter name {name} reject with icmpx admin-prohibited"
                )
    rules.append("counter name denied_other reject with icmpx admin-prohibited")
    declared = "\n".join(f"  counter {name} {{\n  }}" for name in counters)
    forward = "\n".join(f"    {rule}" for rule in rules)
    return f"""table {TABLE}
delete table {TABLE}
table {TABLE} {{
{declared}
  chain between_hosts {{
    type filter hook forward priority 0; policy drop;
{forward}
  }}
  chain to_router {{
    type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
    icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert, echo-request }} accept
    icmp type echo-request accept
    counter name denied_router reject with icmpx admin-prohibited
  }}
}}
"""
