"""How an isolated host is built: one fact per question, judged from what `isolation_look.pl` printed. Pure.

A failed fact breaks the proof. An unknown one leaves the proof unknown only where `decides` is true: addresses,
interfaces, routes, open sockets, credentials, keys, agents and proxies that could not be looked at at all, and the way
through reachable hosts. Not deciding, because the probes answer the same question from another side or because the
thing is a trace and not a way: firewall, neighbours, listening, names, mounts, known hosts, ssh configuration, cloud
credentials, a key that no protected host could be asked about, and a single file that this user may not read (it
cannot use it either).
"""

from __future__ import annotations

from stormproof.core.isolation_credentials import CREDENTIAL_RULES
from stormproof.core.isolation_fact import Fact, unknown
from stormproof.core.isolation_looks import HostLooks
from stormproof.core.isolation_network import NETWORK_RULES
from stormproof.core.isolation_scope import Isolated, Scope


def facts_of(scope: Scope, host: Isolated, looks: HostLooks) -> list[Fact]:
    """Every fact about one host, in a fixed order. A section that was not looked at gives an unknown fact."""
    looked = {record[0] for record in looks.records.get("looked", ()) if record}
    stumbled = {record[0]: record[1] for record in looks.records.get("stumbled", ()) if len(record) > 1}
    facts: list[Fact] = []
    for rule in (*NETWORK_RULES, *CREDENTIAL_RULES):
        if rule.section in looked:
            told = rule.judge(scope, host, looks)
        else:
            why = looks.records_trouble or stumbled.get(rule.section, "").strip() or "the look ended before it"
            fix = "let the recovery user look at this: perl, and iproute2 or /proc/net"
            told = unknown(f"not looked at ({why})", decides=rule.decides, fix=fix)
        facts.append(told.fact(rule.name, host.name, rule.code))
    return facts
