"""The proof against real hosts, a real firewall and real SSH servers: healthy it proves, with one way planted it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from isolation_support import NAMES, RULES, World, codes, failed_facts, shown

from stormproof.adapters.isolation_script import run_script
from stormproof.adapters.system_clock import SystemClock
from stormproof.core.errors import NotIsolated
from stormproof.core.isolation import not_isolated
from stormproof.core.verdict import CheckResult
from stormproof.lab.foundation import Foundation
from stormproof.lab.network import router_link

pytestmark = pytest.mark.component

HOME = "/var/lib/postgresql"
LINK = {name: f'"{router_link(name)}"' for name in NAMES}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("isolation")
    world = World(Foundation(folder / "lab", folder / "project"))
    try:
        world.up()
        yield world
    finally:
        world.close()


@pytest.fixture
def world(built: World) -> Iterator[World]:
    """The healthy world; whatever a test planted through `undo` is taken away again, and health is shown by the next."""
    built.isolation = dict(RULES)
    built.undo = []
    yield built
    for undo in reversed(built.undo):
        undo()


def router(world: World, rule: str) -> None:
    """Put one nftables rule before all others of the router, until the test ends."""
    at = world.foundation.host("router")
    chain = "inet lab between_hosts"
    answer = at.check(f"nft -e -a insert rule {chain} {rule}", as_user="root")
    handle = answer.rpartition("handle ")[2].split()[0]
    world.undo.append(lambda: at.check(f"nft delete rule {chain} handle {handle}", as_user="root"))


def on_recovery(world: World, do: str, undo: str, *, as_user: str = "postgres") -> None:
    at = world.foundation.host("recovery-1")
    at.check(do, as_user=as_user)
    world.undo.append(lambda: at.check(undo, as_user=as_user))


# -- healthy ---------------------------------------------------------------------------------------------------------


def test_the_healthy_environment_is_proved_and_raises_no_finding(world: World) -> None:
    proof = world.prove()
    assert proof.result == "proved", shown(proof)
    assert proof.findings == []
    assert {f.result for f in proof.structure if f.name != "firewall"} == {CheckResult.PASSED}
    counted = {(p.to, p.protocol, p.family) for p in proof.probes if p.counts}
    assert {(to, "tcp", family) for to in RULES["must_not_reach"] for family in ("ipv4", "ipv6")} <= counted, shown(
        proof
    )
    assert {("outside:53", "udp", "ipv4"), ("outside:53", "udp", "ipv6")} <= counted


def test_a_firewall_that_nobody_may_read_is_never_passed(world: World) -> None:
    firewall = next(f for f in world.prove().structure if f.name == "firewall")
    assert firewall.result is CheckResult.UNKNOWN
    assert (
        firewall.saw == "not readable by this user (Operation not permitted (you must be root)); judged by the probes"
    )


def test_every_way_is_tried_again_through_the_vault_and_shut(world: World) -> None:
    through = [p for p in world.prove().probes if p.via == "vault"]
    assert {p.to for p in through} == {*RULES["must_not_reach"], "vault (a shell)", "vault (a file written)"}
    assert {p.saw for p in through} == {"blocked"}


def test_a_dropping_firewall_proves_as_well_as_a_rejecting_one(world: World) -> None:
    router(world, f"iifname {LINK['recovery-1']} ct state new oifname != {LINK['vault']} drop")
    proof = world.prove(timeout=0.3)
    assert proof.result == "proved", shown(proof)
    assert {p.how for p in proof.probes if p.to == "app-primary:5432" and p.via is None} == {"no answer"}


@pytest.mark.parametrize("reset", ["tcp reset", "icmpx port-unreachable"])
def test_a_firewall_that_answers_with_resets_proves_too(world: World, reset: str) -> None:
    only = "meta l4proto tcp " if reset == "tcp reset" else ""
    router(world, f"iifname {LINK['recovery-1']} oifname != {LINK['vault']} {only}ct state new reject with {reset}")
    proof = world.prove()
    assert proof.result == "proved", shown(proof)


def test_nothing_is_left_on_the_hosts(world: World) -> None:
    world.prove()
    for name in ("recovery-1", "vault", "app-web"):
        left = world.foundation.host(name).check(
            f"ls -d /tmp/.sp-* /var/tmp/.sp-* {HOME}/.sp-* 2>/dev/null; pgrep -fa 'ssh -M|perl' || true"
        )
        assert left == "", name


# -- one way planted at a time ---------------------------------------------------------------------------------------


def plant_firewall_rule(world: World) -> None:
    router(world, f"iifname {LINK['recovery-1']} oifname {LINK['app-primary']} tcp dport 5432 accept")


def plant_udp_rule(world: World) -> None:
    router(world, f"iifname {LINK['recovery-1']} oifname {LINK['outside']} meta nfproto ipv6 udp dport 53 accept")


def plant_route(world: World) -> None:
    via = world.foundation.addresses("recovery-1").router_ipv4
    to = world.address("app-primary")
    on_recovery(world, f"ip route add {to}/32 via {via}", f"ip route del {to}/32", as_user="root")


def plant_interface(world: World) -> None:
    on_recovery(
        world,
        "ip link add sneak0 type veth peer name sneak1 && ip addr add 172.29.7.2/24 dev sneak0 && ip link set sneak1 up && ip link set sneak0 up",
        "ip link del sneak0",
        as_user="root",
    )


def plant_address(world: World) -> None:
    address = world.address("app-primary")
    on_recovery(world, f"ip addr add {address}/32 dev lan0", f"ip addr del {address}/32 dev lan0", as_user="root")


def plant_reachable_port(world: World) -> None:
    """A port that nobody declared: the service's own, reachable over IPv6 only."""
    router(world, f"iifname {LINK['recovery-1']} oifname {LINK['app-web']} meta nfproto ipv6 tcp dport 22 accept")


def plant_proxy_in_profile(world: World) -> None:
    on_recovery(
        world, f"echo 'export https_proxy=http://me:hidden@10.0.0.9:3128' >>{HOME}/.profile", f"rm {HOME}/.profile"
    )


def plant_key(world: World) -> None:
    """A private key that production's own list of keys lets in, under an innocent name."""
    private = world.foundation.keys.private("vault-to-app-primary")
    world.foundation.write("recovery-1", f"{HOME}/.ssh/old", private, mode=0o600)
    world.undo.append(lambda: world.foundation.host("recovery-1").check(f"rm {HOME}/.ssh/old"))


def plant_agent(world: World) -> None:
    private = world.foundation.keys.private("app-web-to-app-primary")
    world.foundation.write("recovery-1", f"{HOME}/agent-key", private, mode=0o600)
    on_recovery(
        world,
        f"ssh-agent -a {HOME}/.ssh/agent.sock >{HOME}/agent-env </dev/null 2>/dev/null; . {HOME}/agent-env >/dev/null; ssh-add -q {HOME}/agent-key; rm {HOME}/agent-key",
        f". {HOME}/agent-env >/dev/null; kill $SSH_AGENT_PID; rm -f {HOME}/agent-env {HOME}/.ssh/agent.sock",
    )


def plant_pgpass(world: World) -> None:
    on_recovery(
        world, f"umask 077; echo 'app-primary:5432:shop:shop_app:very-secret' >{HOME}/.pgpass", f"rm {HOME}/.pgpass"
    )


def plant_service_file(world: World) -> None:
    address = world.address("app-primary", 6)
    on_recovery(
        world,
        f"printf '[shop]\\nhost=%s\\npassword=very-secret\\n' {address} >{HOME}/.pg_service.conf",
        f"rm {HOME}/.pg_service.conf",
    )


def plant_name(world: World) -> None:
    """/etc is read-only on a host: lay a copy over it that names production, as a name server would."""
    address = world.address("app-primary")
    on_recovery(
        world,
        f"cp /etc/hosts /run/hosts && echo '{address} app-primary' >>/run/hosts && mount --bind /run/hosts /etc/hosts",
        "umount /etc/hosts && rm /run/hosts",
        as_user="root",
    )


def plant_dns(world: World) -> None:
    """A name server on the recovery host itself that answers every question with production's address."""
    packed = ".".join(world.address("app-primary").split("."))
    script = DNS_SERVER.replace("ADDRESS", packed)
    at = world.foundation.host("recovery-1")
    pid = at.spawn(f"exec perl - <<'END'\n{script}\nEND", "/var/log/dns.log")
    world.undo.append(lambda: at.check(f"kill -- -{pid}"))
    at.check("for _ in {1..500}; do grep -qi ':0035 ' /proc/net/udp && exit 0; sleep 0.01; done; exit 1")
    on_recovery(
        world,
        "echo 'nameserver 127.0.0.1' >/run/resolv && mount --bind /run/resolv /etc/resolv.conf &&"
        " echo 'hosts: files dns' >/run/nsswitch && mount --bind /run/nsswitch /etc/nsswitch.conf",
        "umount /etc/resolv.conf /etc/nsswitch.conf; rm /run/resolv /run/nsswitch",
        as_user="root",
    )


def plant_open_socket(world: World) -> None:
    """A connection that was made while it was allowed lives on behind `ct state established`."""
    plant_firewall_rule(world)
    close_again = world.undo.pop()
    at = world.foundation.host("recovery-1")
    # The listener greets and hangs up; the connection stands half closed until this side ends it too.
    pid = at.spawn(
        f"exec 7<>/dev/tcp/{world.address('app-primary')}/5432; echo open; exec sleep 60", "/var/log/socket.log"
    )
    world.undo.append(lambda: at.check(f"kill -- -{pid}"))
    at.check("for _ in {1..500}; do grep -q open /var/log/socket.log && exit 0; sleep 0.01; done; exit 1")
    world.undo.append(lambda: at.check(": >/var/log/socket.log"))
    close_again()


def plant_ssh_config(world: World) -> None:
    on_recovery(
        world,
        f"cp {HOME}/.ssh/config /tmp/config; printf 'Host db\\n HostName app-primary\\n' >>{HOME}/.ssh/config",
        f"mv /tmp/config {HOME}/.ssh/config",
    )


def plant_forwarding(world: World) -> None:
    world.foundation.authorize("vault", {"vault-pgbackrest": 'command="/bin/false"'})
    world.undo.append(
        lambda: world.foundation.authorize("vault", {"vault-pgbackrest": 'restrict,command="/bin/false"'})
    )


def plant_shell(world: World) -> None:
    world.foundation.authorize("vault", {"vault-pgbackrest": "restrict"})
    world.undo.append(
        lambda: world.foundation.authorize("vault", {"vault-pgbackrest": 'restrict,command="/bin/false"'})
    )


def plant_writing(world: World) -> None:
    world.foundation.authorize(
        "vault",
        {"vault-pgbackrest": 'restrict,command="/bin/false"', "vault-files": 'restrict,command="internal-sftp"'},
    )
    world.undo.append(
        lambda: world.foundation.authorize("vault", {"vault-pgbackrest": 'restrict,command="/bin/false"'})
    )


DNS_SERVER = r"""
use Socket;
socket(my $s, AF_INET, SOCK_DGRAM, 0); bind($s, pack_sockaddr_in(53, inet_aton('127.0.0.1'))) or die;
while (my $from = recv($s, my $q, 512, 0)) {
    my $end = index($q, "\0", 12) + 5;
    my $a = unpack('n', substr($q, $end - 4, 2)) == 1;
    my $reply = substr($q, 0, 2) . pack('n5', 0x8180, 1, $a ? 1 : 0, 0, 0) . substr($q, 12, $end - 12);
    $reply .= pack('nnnNn', 0xC00C, 1, 1, 60, 4) . inet_aton('ADDRESS') if $a;
    send($s, $reply, 0, $from);
}
"""

PLANTS: dict[str, tuple[Callable[[World], None], str, str]] = {
    "an nftables rule": (plant_firewall_rule, "SP301", "recovery-1 connected to app-primary:5432 over tcp and ipv4"),
    "an nftables rule for UDP over IPv6": (
        plant_udp_rule,
        "SP301",
        "recovery-1 connected to outside:53 over udp and ipv6",
    ),
    "a reachable port over IPv6": (
        plant_reachable_port,
        "SP301",
        "recovery-1 connected to app-web:22 over tcp and ipv6",
    ),
    "a route": (plant_route, "SP313", "leads to app-primary"),
    "an extra interface": (plant_interface, "SP312", "beside lan0 there is sneak0 (172.29.7.2)"),
    "an address of production": (plant_address, "SP311", "of app-primary"),
    "a proxy variable": (plant_proxy_in_profile, "SP323", f"{HOME}/.profile (https_proxy) = http://10.0.0.9:3128"),
    "a key that opens production": (plant_key, "SP319", "opens app-primary"),
    "an agent that opens production": (plant_agent, "SP320", "opens app-primary"),
    "a .pgpass": (plant_pgpass, "SP318", f".pgpass {HOME}/.pgpass names app-primary"),
    "a service file": (plant_service_file, "SP318", f"service file {HOME}/.pg_service.conf names app-primary"),
    "a name in /etc/hosts": (plant_name, "SP325", "app-primary is "),
    "DNS that answers production's name": (plant_dns, "SP325", "app-primary is "),
    "an open socket": (plant_open_socket, "SP317", "to app-primary:5432"),
    "an ssh configuration that names production": (
        plant_ssh_config,
        "SP322",
        "(hostname app-primary) names app-primary",
    ),
    "port forwarding through the vault": (plant_forwarding, "SP302", "app-primary:5432 with key"),
    "a shell at the vault": (plant_shell, "SP302", "a shell with key"),
    "writing at the vault": (plant_writing, "SP302", "a file written with key"),
}


@pytest.mark.parametrize("means", PLANTS)
def test_one_planted_means_is_refused_and_named(world: World, means: str) -> None:
    plant, code, words = PLANTS[means]
    plant(world)
    proof = world.prove()
    assert proof.result == "broken", shown(proof)
    assert any(f.code == code and words in f.what for f in proof.findings), [f.what for f in proof.findings]
    refusal = not_isolated(proof, "recovery")
    assert isinstance(refusal, NotIsolated)
    assert refusal.exit_code == 2
    assert code in str(refusal)
    assert "very-secret" not in shown(proof)
    assert "hidden" not in shown(proof)


def test_after_all_of_that_the_environment_is_proved_again(world: World) -> None:
    proof = world.prove()
    assert proof.result == "proved", shown(proof)


# -- what cannot be looked at is unknown -----------------------------------------------------------------------------


def test_a_silent_target_proves_nothing(world: World) -> None:
    world.isolation["witness"] = {
        "app-primary": "vault",
        "app-web": "vault",
        "outside": "vault",
    }  # the vault may not go out
    proof = world.prove()
    assert proof.result == "unknown"
    assert codes(proof) == {"SP304"}
    assert {p.moot for p in proof.probes if p.to.startswith("outside") and p.via is None} == {True}


def test_a_positive_control_that_fails_leaves_the_proof_unknown(world: World) -> None:
    world.isolation["must_reach"] = ["vault:22", "vault:8432"]
    proof = world.prove()
    assert proof.result == "unknown"
    assert codes(proof) == {"SP303"}


def test_a_host_that_cannot_be_asked_leaves_the_proof_unknown(world: World) -> None:
    world.foundation.host("app-web").link_down()
    try:
        proof = world.prove()
        assert proof.result == "unknown", shown(proof)
        assert "no probe from recovery-1 counts for internet" in " ".join(f.what for f in proof.findings)
    finally:
        world.foundation.host("app-web").link_up()


# -- keys and agents are tried as ssh would use them -----------------------------------------------------------------


def test_an_agent_that_opens_the_vault_is_a_way_on(world: World) -> None:
    private = world.foundation.keys.private("app-primary-to-vault")  # `restrict` alone: a shell at the vault
    world.foundation.write("recovery-1", f"{HOME}/agent-key", private, mode=0o600)
    on_recovery(
        world,
        f"ssh-agent -a /tmp/hidden-agent.sock >{HOME}/agent-env </dev/null 2>/dev/null; . {HOME}/agent-env >/dev/null;"
        f" ssh-add -q {HOME}/agent-key; rm {HOME}/agent-key",
        f". {HOME}/agent-env >/dev/null; kill $SSH_AGENT_PID; rm -f {HOME}/agent-env",
    )
    proof = world.prove()
    assert proof.result == "broken"
    assert (
        "a shell with agent /tmp/hidden-agent.sock as postgres: a command of ours ran"
        in failed_facts(proof)["way through vault"]
    )


def test_a_key_with_a_passphrase_is_asked_about_by_its_public_half(world: World) -> None:
    private = world.foundation.keys.private("vault-to-app-primary")
    world.foundation.write("recovery-1", f"{HOME}/.ssh/locked", private, mode=0o600)
    on_recovery(world, f"ssh-keygen -q -p -P '' -N 'a passphrase' -f {HOME}/.ssh/locked", f"rm {HOME}/.ssh/locked")
    proof = world.prove()
    assert proof.result == "broken"
    assert failed_facts(proof)["keys"].endswith("opens app-primary")


def test_an_agent_without_keys_and_a_key_that_opens_nothing_are_no_finding(world: World) -> None:
    on_recovery(
        world,
        f"ssh-agent -a /tmp/empty-agent.sock >{HOME}/agent-env </dev/null 2>/dev/null; ssh-keygen -q -t ed25519 -N '' -f {HOME}/.ssh/fresh",
        f". {HOME}/agent-env >/dev/null; kill $SSH_AGENT_PID; rm -f {HOME}/agent-env {HOME}/.ssh/fresh*",
    )
    proof = world.prove()
    assert proof.result == "proved", shown(proof)
    assert proof.findings == []


def test_the_control_sides_own_key_is_known_by_its_fingerprint(world: World) -> None:
    private = world.foundation.control_key("app-web").read_text()
    world.foundation.write("recovery-1", f"{HOME}/.ssh/copied", private, mode=0o600)
    world.undo.append(lambda: world.foundation.host("recovery-1").check(f"rm {HOME}/.ssh/copied"))
    assert "is the key that the inventory opens app-web with" in failed_facts(world.prove())["keys"]


def test_with_the_primary_dead_the_applications_host_still_counts_for_production(world: World) -> None:
    """The second proof of a drill that lost its primary: nothing there answers the witness either."""
    world.foundation.host("app-primary").kill()
    try:
        proof = world.prove()
        assert proof.result == "proved", shown(proof)
        assert proof.findings == []
        assert {p.moot for p in proof.probes if p.to.startswith("app-primary") and p.via is None} == {True}
    finally:
        world.foundation.host("app-primary").start()
        world.listen("app-primary", "tcp", 5432)


def test_a_name_server_that_nobody_answers_does_not_hold_the_proof_up(world: World) -> None:
    router(world, f"iifname {LINK['recovery-1']} ip daddr 10.255.255.53 drop")
    on_recovery(
        world,
        "echo 'nameserver 10.255.255.53' >/run/resolv && mount --bind /run/resolv /etc/resolv.conf &&"
        " echo 'hosts: files dns' >/run/nsswitch && mount --bind /run/nsswitch /etc/nsswitch.conf",
        "umount /etc/resolv.conf /etc/nsswitch.conf; rm /run/resolv /run/nsswitch",
        as_user="root",
    )
    proof = world.prove()
    assert proof.result == "proved", shown(proof)
    assert (
        next(f.saw for f in proof.structure if f.name == "names") == "no name server answered for app-primary, app-web"
    )


def test_passwords_never_leave_the_host(world: World) -> None:
    plant_pgpass(world)
    plant_service_file(world)
    plant_proxy_in_profile(world)
    look = run_script(world.hosts.host("recovery-1"), "look", [], SystemClock(), 20.0)
    assert look.records["names-host"]
    assert look.records["proxy"]
    assert "very-secret" not in repr(look.records)
    assert "hidden" not in repr(look.records)


def test_rootless_hosts_prove_as_well(tmp_path: Path) -> None:
    rootless = World(Foundation(tmp_path / "lab", tmp_path / "project", force_user_namespaces=True))
    try:
        rootless.up()
        proof = rootless.prove()
        assert proof.result == "proved", shown(proof)
        assert proof.findings == []
    finally:
        rootless.close()


def test_a_reachable_host_whose_key_is_not_the_pinned_one_leaves_the_proof_unknown(world: World) -> None:
    """Nothing was tried there, so nothing is known: never a pass."""
    plan = [
        ("nonce", "0123456789abcdef"),
        ("through", "vault", world.address("vault"), 22, world.foundation.host_key("app-web"), "postgres"),
    ]
    done = run_script(world.hosts.host("recovery-1"), "via", plan, SystemClock(), 20.0)
    assert {(record[3], record[4]) for record in done.records["via"]} == {
        ("unknown", "no session: Host key verification failed.")
    }


def test_a_command_at_the_vault_that_waits_for_ever_is_bounded(world: World) -> None:
    world.foundation.authorize("vault", {"vault-pgbackrest": 'restrict,command="cat >/dev/null"'})
    world.undo.append(
        lambda: world.foundation.authorize("vault", {"vault-pgbackrest": 'restrict,command="/bin/false"'})
    )
    proof = world.prove()
    assert proof.result == "proved", shown(proof)
