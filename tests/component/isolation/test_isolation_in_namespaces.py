"""The proof against real hosts, a real firewall and real SSH servers: healthy it proves, with one way planted it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import isolation_plants
import pytest
from isolation_site import HOME, link
from isolation_support import RULES, World, codes, failed_facts, shown

from stormproof.adapters.isolation_script import run_script
from stormproof.adapters.system_clock import SystemClock
from stormproof.core.errors import NotIsolated
from stormproof.core.isolation import not_isolated
from stormproof.core.verdict import CheckResult
from stormproof.lab.foundation import Foundation
from tables import isolation_faults
from tables.planting import planter
from tables.row import Row

pytestmark = pytest.mark.component


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
    yield built
    built.take_away()


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
    world.router(f"iifname {link('recovery-1')} ct state new oifname != {link('vault')} drop")
    proof = world.prove()
    assert proof.result == "proved", shown(proof)
    assert {p.how for p in proof.probes if p.to == "app-primary:5432" and p.via is None} == {"no answer"}


@pytest.mark.parametrize("reset", ["tcp reset", "icmpx port-unreachable"])
def test_a_firewall_that_answers_with_resets_proves_too(world: World, reset: str) -> None:
    only = "meta l4proto tcp " if reset == "tcp reset" else ""
    world.router(f"iifname {link('recovery-1')} oifname != {link('vault')} {only}ct state new reject with {reset}")
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


@pytest.mark.parametrize("row", isolation_faults.REFUSED, ids=str)
def test_one_planted_means_is_refused_and_named(world: World, row: Row) -> None:
    """The proof alone. Whole drills are refused in test_not_isolated.py, by the same table."""
    planter(row)(world)
    proof = world.prove()
    code = row.expect.codes[-1]
    assert proof.result == ("unknown" if code in ("SP303", "SP304") else "broken"), shown(proof)
    assert any(f.code == code and row.expect.said in f.what for f in proof.findings), [f.what for f in proof.findings]
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
    world.key("app-primary-to-vault", f"{HOME}/agent-key")  # `restrict` alone: a shell at the vault
    world.on_recovery(
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
    world.key("vault-to-app-primary", f"{HOME}/.ssh/locked")
    world.on_recovery(f"ssh-keygen -q -p -P '' -N 'a passphrase' -f {HOME}/.ssh/locked", f"rm {HOME}/.ssh/locked")
    proof = world.prove()
    assert proof.result == "broken"
    assert failed_facts(proof)["keys"].endswith("opens app-primary")


def test_an_agent_without_keys_and_a_key_that_opens_nothing_are_no_finding(world: World) -> None:
    world.on_recovery(
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
    world.router(f"iifname {link('recovery-1')} ip daddr 10.255.255.53 drop")
    world.on_recovery(
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
    isolation_plants.plant_pgpass(world)
    isolation_plants.plant_service_file(world)
    isolation_plants.plant_proxy_in_profile(world)
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
    world.authorize_vault({"vault-pgbackrest": 'restrict,command="cat >/dev/null"'})
    proof = world.prove()
    assert proof.result == "proved", shown(proof)
