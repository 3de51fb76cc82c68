"""Rows of docs/faults.md, section isolation_faults: one means at a time by which an environment is not isolated.

All but the last two are there before the drill starts, and end it before a byte of data moves.
"""

from __future__ import annotations

from tables.row import Expect, Row

__all__ = ["ROWS", "Expect"]

HOME = "/var/lib/postgresql"


def _refused(row_id: str, what: str, code: str, said: str) -> Row:
    return Row(row_id, what, Expect("refused", 2, ("SP300", code), said), "isolation_faults")


REFUSED: list[Row] = [
    _refused("nftables-rule", "a firewall rule lets the recovery host reach production's database", "SP301", "recovery-1 connected to app-primary:5432 over tcp and ipv4"),
    _refused("udp-rule-over-ipv6", "a firewall rule lets UDP out to the internet, over IPv6 alone", "SP301", "recovery-1 connected to outside:53 over udp and ipv6"),
    _refused("reachable-production-port", "a port of production that nobody declared is open, over IPv6 alone", "SP301", "recovery-1 connected to app-web:22 over tcp and ipv6"),
    _refused("route-to-production", "a route on the recovery host leads to production alone", "SP313", "leads to app-primary"),
    _refused("extra-interface", "the recovery host has a second network interface", "SP312", "beside lan0 there is sneak0 (172.29.7.2)"),
    _refused("address-of-production", "the recovery host holds an address of production", "SP311", "of app-primary"),
    _refused("proxy-variable", "a profile on the recovery host sets a proxy", "SP323", f"{HOME}/.profile (https_proxy) = http://10.0.0.9:3128"),
    _refused("ssh-key-opens-production", "a private key on the recovery host opens production", "SP319", "opens app-primary"),
    _refused("ssh-agent-opens-production", "an SSH agent on the recovery host opens production", "SP320", "opens app-primary"),
    _refused("pgpass-names-production", "a .pgpass on the recovery host names production", "SP318", f".pgpass {HOME}/.pgpass names app-primary"),
    _refused("service-file-names-production", "a service file on the recovery host names production by its address", "SP318", f"service file {HOME}/.pg_service.conf names app-primary"),
    _refused("hosts-file-names-production", "/etc/hosts on the recovery host knows production", "SP325", "app-primary is "),
    _refused("dns-answers-production", "the recovery host's name server answers for production", "SP325", "app-primary is "),
    _refused("open-socket-with-production", "a connection with production is still open from before the firewall was shut", "SP317", "to app-primary:5432"),
    _refused("ssh-configuration-names-production", "the recovery host's ssh configuration names production", "SP322", "(hostname app-primary) names app-primary"),
    _refused("forwarding-through-the-vault", "the vault forwards ports for the recovery host's key", "SP302", "app-primary:5432 with key"),
    _refused("shell-at-the-vault", "the recovery host's key opens a shell at the vault", "SP302", "a shell with key"),
    _refused("writing-at-the-vault", "the recovery host's key may write files at the vault", "SP302", "a file written with key"),
    _refused("no-witness-connects", "production answers nobody, not even its witness: a blocked probe proves nothing", "SP304", "no probe from recovery-1 counts for production"),
    _refused("everything-is-cut-off", "the recovery host reaches nothing at all, not even the vault: nothing is proved by that", "SP303", "cannot reach vault:22, which it must"),
]  # fmt: skip

LOST_MIDWAY: list[Row] = [
    Row(
        "isolation-lost-midway",
        "a firewall rule opens production while the restore runs: seen by the second proof, and the copy is destroyed",
        Expect("failed", 3, ("SP301", "SP307"), "isolation was broken when it was looked at again"),
        "isolation_faults",
    ),
    Row(
        "witness-lost-midway",
        "the witness is cut off while the restore runs: the second proof cannot be given, and the copy is destroyed",
        Expect("unverified", 4, ("SP304", "SP307"), "isolation was unknown when it was looked at again"),
        "isolation_faults",
    ),
]

ROWS: list[Row] = [*REFUSED, *LOST_MIDWAY]
