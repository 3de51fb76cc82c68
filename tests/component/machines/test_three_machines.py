"""The product against machines that the lab does not know: sshd, a router and databases that this test brings up itself.

The control side dials plain TCP from a network of its own, whose only ways lead to the machines' port 22. The user's
project knows the machines by a hand-written inventory. Production stays alive and goes on archiving all the time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from company import NAMES
from machines_support import INTERNET, Site, wait_for
from orders_site import ACKNOWLEDGED, BIN, WORK, OrdersSite, ended

pytestmark = pytest.mark.component
BEAT = timedelta(seconds=0.1)  # of the writer, at the quickest


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrdersSite]:
    base = tmp_path_factory.mktemp("machines")
    made = OrdersSite(Site(base / "site", NAMES), base / "project", base / "home")
    try:
        made.up()
        yield made
    finally:
        made.site.close()


@dataclass
class Drilled:
    """One drill that met its targets, and what was seen beside it without the product."""

    document: dict[str, Any]
    captured: dict[str, Any]
    sessions: tuple[int, int]  # of the control side at production's database machine, before and after
    heartbeats: set[int]  # sequences in the kept copy
    rows_after: tuple[int, int]  # the row written after the failure: in production, in the kept copy
    written: list[tuple[int, datetime]]  # acknowledged writes, of the writer's own file
    left: str  # on the recovery host once the kept copy was swept


@pytest.fixture(scope="module")
def drilled(orders: OrdersSite) -> Drilled:
    captured, _ = orders.run("reference", "capture", "orders", "--label", orders.label)
    before = orders.sessions_from_control(orders.db)
    runner = orders.stormproof("drill", "run", "orders-loss", "--keep", "--json")
    wait_for(lambda: orders.recovery.says(f"ls {WORK}") != "" or runner.poll() is not None)
    # Something was written there, so the failure is past. Production lives: it takes a row, and archives it.
    segment = orders.sql(
        "insert into orders (customer_id, note) values (1, 'after the failure'); "
        "select pg_walfile_name(pg_current_wal_insert_lsn()); select from pg_switch_wal();"
    ).split()[0]
    wait_for(lambda: segment in orders.vault.says("ls -R /srv/vault/pgbackrest/archive/orders"))
    document, _ = ended(runner, 0)
    after = orders.sessions_from_control(orders.db)
    question = "select count(*) from orders where note = 'after the failure'"
    copy = f"{BIN}/psql -XAtq -h {WORK}/{document['run']}/socket -d orders"
    beats = orders.recovery.says(copy, stdin="select sequence from stormproof.heartbeat")
    rows = int(orders.sql(question)), int(orders.recovery.says(copy, stdin=question))
    orders.run("drill", "sweep", document["run"])
    return Drilled(
        document, captured, (before, after), {int(line) for line in beats.split()}, rows, acknowledged(orders),
        orders.recovery.says(f"ls -A {WORK}; ps -eo args | grep -E '[p]ostgres:|[p]gbackrest' || true"),
    )  # fmt: skip


def acknowledged(orders: OrdersSite) -> list[tuple[int, datetime]]:
    lines = [line.split() for line in orders.web.says(f"cat {ACKNOWLEDGED}").splitlines()]
    return [(int(words[0]), datetime.fromisoformat(words[1]).astimezone(UTC)) for words in lines if len(words) == 2]


def test_the_inventory_names_neither_a_lab_nor_a_namespace(orders: OrdersSite) -> None:
    text = (orders.folder / "inventory.yaml").read_text()
    assert ("via" in text, "lab" in text) == (False, False)


def test_drill_check_finds_nothing_to_say(orders: OrdersSite) -> None:
    document, said = orders.run("drill", "check")
    assert (document["drills"], document["problems"], said) == (["orders-loss"], [], "")


def test_the_captured_reference_lies_whole_beside_its_backup(orders: OrdersSite, drilled: Drilled) -> None:
    (entry,) = drilled.captured["references"]
    path = f"/srv/vault/references/orders/{orders.label}.json"
    assert {name: entry[name] for name in ("service", "kind", "host", "vault", "path", "databases")} == {
        "service": "orders", "kind": "postgres", "host": "db", "vault": "vault", "path": path,
        "databases": ["orders", "postgres"],
    }  # fmt: skip
    assert orders.vault.says("cd /srv/vault/references/orders; stat -c '%a %n' * .[!.]* 2>/dev/null || true") == (
        f"640 {orders.label}.json"
    )


def test_a_backup_has_one_reference_unless_it_is_to_be_replaced(orders: OrdersSite, drilled: Drilled) -> None:
    path = f"/srv/vault/references/orders/{orders.label}.json"
    first = orders.vault.says(f"sha256sum {path}")
    document, said = orders.run("reference", "capture", "orders", "--label", orders.label, expect=2)
    assert document["error"] == {
        "code": "SP281",
        "what": "that backup has a reference already",
        "where": f"vault:{path}",
        "fix": "capture once beside each backup; --replace writes over it, if the source has not changed since",
    }
    assert "asking" not in said, "production was asked before the refusal"
    assert orders.vault.says(f"sha256sum {path}") == first
    orders.run("reference", "capture", "orders", "--label", orders.label, "--replace")
    assert orders.vault.says(f"sha256sum {path}") != first


def test_a_drill_on_own_machines_is_met_with_isolation_proved_twice(drilled: Drilled) -> None:
    document = drilled.document
    assert (document["verdict"], document["exit_code"], document["isolation_level"]) == ("met", 0, "own-machines")
    assert {c["kind"]: c["result"] for c in document["checks"]} == dict.fromkeys(
        [
            "backup_whole",
            "wal_continuity",
            "reached",
            "structure",
            "volume",
            "query",
            "freshness",
            "integrity",
            "settings",
        ],
        "passed",
    )
    for when in ("before", "after"):
        proof = document["isolation"][when]
        assert proof["result"] == "proved"
        blocked = {
            probe["to"]: probe["witness"]["from"]
            for probe in proof["probes"]
            if probe["saw"] == "blocked" and probe["witness"] and probe["witness"]["saw"] == "connected"
        }
        assert blocked == {
            "db:5432": "vault", "db:22": "vault", "web:443": "vault", "web:22": "vault", "example:443": "web",
        }  # fmt: skip


def test_what_production_wrote_after_the_failure_never_comes_back(drilled: Drilled) -> None:
    t_fail = datetime.fromisoformat(drilled.document["scenario"]["t_fail"])
    assert drilled.rows_after == (1, 0)
    assert max(at for _, at in drilled.written) > t_fail, "the application stopped writing"
    assert [sequence for sequence, at in drilled.written if at > t_fail and sequence in drilled.heartbeats] == []


def test_the_loss_is_what_the_writers_own_file_says(drilled: Drilled) -> None:
    t_fail = datetime.fromisoformat(drilled.document["scenario"]["t_fail"])
    figures = drilled.document["figures"]
    lost = [at for sequence, at in drilled.written if sequence not in drilled.heartbeats]
    # Both clocks are one here: a write as near to the failure as the drill knows its writer's clock may count or not.
    clock = drilled.document["clock_offsets"]["web"]
    unsure = timedelta(seconds=abs(clock["value"]) + clock["uncertainty_s"])
    surely, perhaps = (sum(at <= until for at in lost) for until in (t_fail - unsure, t_fail + unsure))
    assert surely > 0
    assert surely <= figures["acknowledged_writes_lost"]["value"] <= perhaps <= surely + 1 + unsure // BEAT
    newest = max(at for sequence, at in drilled.written if sequence in drilled.heartbeats)
    figure = figures["rpo_data_s"]
    assert abs(figure["value"] - (t_fail - newest).total_seconds()) <= figure["uncertainty_s"]


def test_a_drill_opens_no_session_at_production(drilled: Drilled) -> None:
    before, after = drilled.sessions
    assert before > 0, "the capture's own session is not in sshd's log, so the log proves nothing"
    assert after == before


def test_what_was_kept_says_how_to_look_at_it_and_is_swept_whole(orders: OrdersSite, drilled: Drilled) -> None:
    (kept,) = drilled.document["cleanup"]["kept"]
    assert f"look: ssh postgres@{orders.recovery.address};" in kept
    assert drilled.left == ""


def test_an_open_way_to_production_refuses_the_drill_before_anything_is_written(orders: OrdersSite) -> None:
    orders.recovery.run("touch /tmp/stamp")
    mistake = orders.site.allow_also("recovery", "db", 5432)
    try:
        document, _ = orders.run("drill", "run", "orders-loss", expect=2)
    finally:
        orders.site.take_back(mistake)
    assert (document["verdict"], document["isolation"]["before"]["result"]) == ("refused", "broken")
    opened = {probe["to"] for probe in document["isolation"]["before"]["probes"] if probe["saw"] == "connected"}
    assert opened == {"db:5432", "vault:22"}
    named = [f["what"] for f in document["findings"] if "db:5432" in f["what"]]
    assert named, document["findings"]
    assert orders.recovery.says(f"ls -A {WORK}") == ""
    assert orders.recovery.says("find / -xdev -type f -newer /tmp/stamp") == "/var/log/sshd.log"


def test_a_secret_that_others_may_read_refuses_the_drill(orders: OrdersSite) -> None:
    secret = orders.folder / "secrets" / "pgbackrest-cipher"
    secret.chmod(0o644)
    try:
        document, _ = orders.run("drill", "run", "orders-loss", expect=2)
    finally:
        secret.chmod(0o600)
    (finding,) = document["findings"]
    assert (document["verdict"], finding["what"]) == ("refused", "the secret pgbackrest-cipher is readable by others")


def test_a_wrong_passphrase_is_said_to_be_one(orders: OrdersSite) -> None:
    secret = orders.folder / "secrets" / "pgbackrest-cipher"
    right = secret.read_text()
    secret.write_text("another passphrase\n")
    try:
        document, _ = orders.run("drill", "run", "orders-loss", expect=3)
    finally:
        secret.write_text(right)
    assert (document["verdict"], document["cleanup"]["left"]) == ("failed", [])
    assert "passphrase" in document["findings"][0]["what"]
    assert orders.recovery.says(f"ls -A {WORK}") == ""


def test_a_machine_that_does_not_answer_is_named(orders: OrdersSite) -> None:
    orders.web.hang_up()
    try:
        document, _ = orders.run("drill", "run", "orders-loss", expect=3)
    finally:
        orders.web.show_host_key(orders.site.key("host-web"))
    (finding,) = document["findings"]
    assert (finding["code"], finding["where"]) == ("SP501", f"web ({orders.web.address}:22)")


def test_a_machine_with_another_host_key_refuses_the_drill_and_is_named(orders: OrdersSite) -> None:
    orders.recovery.show_host_key(orders.site.key("somebody-else"))
    try:
        document, _ = orders.run("drill", "run", "orders-loss", expect=2)
    finally:
        orders.recovery.show_host_key(orders.site.key("host-recovery"))
    assert document["verdict"] == "refused"
    (finding,) = document["findings"]
    assert finding["code"] == "SP503"
    assert finding["where"] == f"recovery ({orders.recovery.address}:22)"
    assert finding["what"].startswith("the host shows another key than the inventory pins (ssh-ed25519 SHA256:")
    assert orders.recovery.says(f"ls -A {WORK}") == ""


def test_the_site_is_not_to_be_seen_from_this_machine(orders: OrdersSite) -> None:
    """What the control side reaches it reaches through its own network: nothing of the site is in this machine's."""
    ours = Path("/proc/net/route").read_text() + Path("/proc/net/dev").read_text()
    assert [word for word in ("to-db", "0A4D", "lan0", INTERNET) if word in ours] == []


def test_a_closed_site_leaves_no_process_no_network_and_no_mount(tmp_path: Path) -> None:
    site = Site(tmp_path / "site", ["one", "two"])
    try:
        site.up()
        # Held open, a network's number is not given to another one that somebody else makes meanwhile.
        opened = [os.open(f"/proc/{pid}/ns/net", os.O_RDONLY) for pid in site.firsts]
        networks = {os.fstat(network).st_ino for network in opened}
        assert len(networks) == 4
    finally:
        site.close()
    left = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and sees(entry, site.folder, networks)]
    for network in opened:
        os.close(network)
    assert left == []


def sees(process: Path, folder: Path, networks: set[int]) -> bool:
    try:
        return (process / "ns/net").stat().st_ino in networks or str(folder) in (process / "mountinfo").read_text()
    except OSError:
        return False  # it ended meanwhile
