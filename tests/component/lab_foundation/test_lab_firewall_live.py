"""Who really gets through to whom: every pair of hosts, every port that any flow names, IPv4 and IPv6."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from stormproof.lab.firewall import FLOWS
from stormproof.lab.foundation import Foundation
from stormproof.lab.topology import HOSTS

pytestmark = pytest.mark.component
NAMES = [spec.name for spec in HOSTS]
PORTS = (22, 443, 5432)

LISTEN = r"""
use Socket qw(:all);
for my $port (443, 5432) {
  for my $family (AF_INET, AF_INET6) {
    my $s; socket($s, $family, SOCK_STREAM, 0) or die; setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
    setsockopt($s, IPPROTO_IPV6, IPV6_V6ONLY, 1) if $family == AF_INET6;
    bind($s, $family == AF_INET ? pack_sockaddr_in($port, INADDR_ANY) : pack_sockaddr_in6($port, IN6ADDR_ANY)) or die $!;
    listen($s, 64); push @kept, $s;
  }
}
socket(my $u, AF_INET, SOCK_DGRAM, 0); bind($u, pack_sockaddr_in(53, INADDR_ANY)) or die $!;
open(my $f, '>', '/run/stormproof/listening'); close $f;
while (1) { my $from = recv($u, my $data, 512, 0); send($u, "heard $data", 0, $from); }
"""
ASK_UDP = r"""
use Socket qw(:all);
my ($address) = @ARGV; socket(my $u, AF_INET, SOCK_DGRAM, 0); connect($u, pack_sockaddr_in(53, inet_aton($address)));
send($u, 'hello', 0); $SIG{ALRM} = sub { print "silence"; exit }; alarm 2;
my $data; defined recv($u, $data, 512, 0) ? print $data : print "error $!";
"""


@pytest.fixture(scope="module")
def listening(lab: Foundation) -> Foundation:
    """Every host listens at every port in question, so that a connection that fails was stopped on the way."""
    for name in NAMES:
        lab.write(name, "/var/lib/stormproof/listen.pl", LISTEN)
        lab.host(name).spawn("exec perl /var/lib/stormproof/listen.pl", "/var/log/listen.log")
    for name in NAMES:
        lab.host(name).check(
            "for i in $(seq 500); do [ -e /run/stormproof/listening ] && exit; sleep 0.01; done; exit 1"
        )
    return lab


def connections_from(lab: Foundation, source: str) -> dict[tuple[str, int, str], str]:
    tries = [(name, port, family) for name in NAMES if name != source for port in PORTS for family in ("ipv4", "ipv6")]
    script = ""
    for name, port, family in tries:
        address = getattr(lab.addresses(name), family)
        script += f'(r=$( (exec 5<>/dev/tcp/{address}/{port}) 2>&1 && echo connected); echo "{name} {port} {family} ${{r##*: }}") &\n'
    answers = lab.host(source).check(script + "wait").splitlines()
    seen = {}
    for line in answers:
        name, port, family, how = line.split(" ", 3)
        seen[name, int(port), family] = how
    assert len(seen) == len(tries)
    return seen


def test_exactly_the_flows_get_through_and_the_rest_is_told_no(listening: Foundation):
    with ThreadPoolExecutor() as pool:
        seen = dict(zip(NAMES, pool.map(lambda name: connections_from(listening, name), NAMES), strict=True))
    expected = {
        source: {
            (target, port, family): "connected"
            if any((f.source, f.target, f.protocol) == (source, target, "tcp") and port in f.ports for f in FLOWS)
            else refusal
            for target in NAMES
            if target != source
            for port in PORTS
            for family, refusal in (("ipv4", "No route to host"), ("ipv6", "Permission denied"))
        }
        for source in NAMES
    }
    assert seen == expected


@pytest.mark.parametrize(
    ("source", "target", "answer"),
    [
        ("app-web", "outside", "heard hello"),
        ("recovery-1", "outside", "error No route to host"),
        ("vault", "outside", "error No route to host"),
        ("recovery-1", "app-primary", "error No route to host"),
    ],
)
def test_udp_is_held_to_the_same_rules(listening: Foundation, source: str, target: str, answer: str):
    listening.write(source, "/var/lib/stormproof/ask.pl", ASK_UDP)
    address = listening.addresses(target).ipv4
    assert listening.host(source).check(f"perl /var/lib/stormproof/ask.pl {address}") == answer


def test_denied_and_allowed_connections_are_counted_apart(listening: Foundation):
    def counters() -> dict[str, int]:
        listed = json.loads(listening.host("router").check("nft -j list counters table inet lab"))["nftables"]
        return {entry["counter"]["name"]: entry["counter"]["packets"] for entry in listed if "counter" in entry}

    before = counters()
    vault, primary = listening.addresses("vault").ipv4, listening.addresses("app-primary").ipv4
    listening.host("recovery-1").run(f"(exec 5<>/dev/tcp/{primary}/5432); (exec 5<>/dev/tcp/{vault}/22)")
    grown = {name for name, packets in counters().items() if packets > before[name]}
    assert grown == {"denied_recovery_1_app_primary", "allowed_recovery_1_vault_tcp"}


@pytest.mark.parametrize("address", ["192.0.2.77", "2001:db8::77", "1.1.1.1"])
def test_there_is_no_way_out_of_the_lab(lab: Foundation, address: str):
    done = lab.host("recovery-1").run(f"exec 5<>/dev/tcp/{address}/443", timeout_seconds=10)
    assert "Network is unreachable" in done.stderr
    routes = lab.host("router").check("ip route; ip -6 route")
    assert "default" not in routes


def test_the_router_lets_nobody_in(lab: Foundation):
    for address, refusal in (
        (lab.addresses("recovery-1").router_ipv4, "No route to host"),
        (lab.addresses("recovery-1").router_ipv6, "Permission denied"),
    ):
        assert refusal in lab.host("recovery-1").run(f"exec 5<>/dev/tcp/{address}/22", timeout_seconds=10).stderr


def test_a_host_cannot_change_the_rules_or_its_own_addresses(lab: Foundation):
    script = "/usr/sbin/nft list ruleset; /usr/sbin/nft flush ruleset; /usr/sbin/ip addr add 10.9.9.9/24 dev lan0"
    assert lab.host("recovery-1").run(script).status != 0
    assert "between_hosts" in lab.host("router").check("nft list ruleset")
