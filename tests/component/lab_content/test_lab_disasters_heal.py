"""Disasters: what they leave behind, what they say, and that the source is whole again after."""

from __future__ import annotations

from datetime import datetime

import pytest
from lab_content_support import LabUnderTest, acknowledged

from stormproof.core.errors import SetupFailed

pytestmark = pytest.mark.component


def test_a_lost_primary_answers_nobody_and_comes_back_with_every_acknowledged_write(shop: LabUnderTest):
    shop.wait_for_more(3)
    disaster = shop.lab.inject({"kind": "loss", "service": "shop"})
    lines = shop.check("app-web", "cat /var/lib/stormproof-app/acknowledged")
    t_fail = datetime.fromisoformat(str(disaster["t_fail"]))
    assert max(datetime.fromisoformat(line.split()[1]) for line in lines.splitlines()) <= t_fail
    assert shop.lab.status()["state"] == "partial"
    assert shop.lab.host("recovery-1").run("true").status == 0
    with pytest.raises(SetupFailed, match="not healed"):
        shop.lab.inject({"kind": "loss"})
    standing = {name: host["pid"] for name, host in shop.lab.status()["hosts"].items() if host["alive"]}
    shop.lab.heal()
    healed = shop.lab.status()
    assert healed["state"] == "up"
    assert {name: healed["hosts"][name]["pid"] for name in standing} == standing
    stored = {int(line) for line in shop.ask("select sequence from stormproof.heartbeat").splitlines()}
    assert acknowledged(lines) - stored == set()
    shop.wait_for_more(3)


def test_a_dropped_table_is_gone_and_comes_back_as_it_was(shop: LabUnderTest):
    before, orders = shop.schema(), int(shop.ask("select count(*) from orders"))
    disaster = shop.lab.inject({"kind": "dropped-table", "table": "orders"})
    assert shop.ask("select to_regclass('orders') is null") == "t"
    target, t_fail = (datetime.fromisoformat(str(disaster[name])) for name in ("target", "t_fail"))
    assert target < t_fail
    assert shop.ask(f"select '{disaster['lsn']}'::pg_lsn <= pg_current_wal_lsn()") == "t"
    assert shop.ask("select count(*) from customers where name = 'marker: after the drop'") == "1"
    shop.wait_for_more(3)
    shop.lab.heal()
    assert shop.schema() == before
    assert int(shop.ask("select count(*) from orders")) >= orders
    assert shop.ask("select count(*) from orders where details ? 'marker'") == "0"
    assert (
        shop.ask("select count(*) from payments p where not exists (select from orders o where o.id = p.order_id)")
        == "0"
    )


def test_healing_what_is_healthy_changes_nothing(shop: LabUnderTest):
    backup = shop.lab.status()["content"]["last_backup"]
    shop.lab.heal()
    assert shop.lab.status()["content"]["last_backup"] == backup


def test_a_kept_lab_comes_back_with_its_rows_and_its_heartbeat(shop: LabUnderTest):
    last = shop.last_acknowledged()
    shop.lab.down()
    assert shop.lab.status()["state"] == "down"
    shop.lab.up()
    assert shop.last_acknowledged() > last
    assert shop.ask(f"select count(*) from stormproof.heartbeat where sequence = {last}") == "1"


def test_the_stream_goes_on_after_a_restart(shop: LabUnderTest):
    question = "select count(*) from pg_stat_replication where application_name = 'vault' and state = 'streaming'"
    assert shop.ask(question) == "1"


@pytest.mark.parametrize("victim", ["heartbeat.sh", "load.sh", "pg_receivewal"])
def test_a_second_up_mends_what_somebody_killed(shop: LabUnderTest, victim: str):
    host = "vault" if victim == "pg_receivewal" else "app-web"
    killed = shop.check(host, f'for p in /proc/[0-9]*; do grep -qaF "{victim}" $p/cmdline 2>/dev/null '
                              '&& [ "${p#/proc/}" != $$ ] && kill -9 "${p#/proc/}" && echo x; done; true')  # fmt: skip
    assert killed
    shop.lab.up()
    shop.wait_for_more(3)


@pytest.mark.parametrize("profile", ["async", "archive", "stream"])
def test_profiles_can_be_changed_and_each_brings_the_drop_to_the_vault(shop: LabUnderTest, profile: str):
    shop.lab.up(profile=profile)
    disaster = shop.lab.inject({"kind": "dropped-table"})
    assert disaster["lsn"]
    shop.lab.heal()
    slots = shop.ask("select count(*) from pg_replication_slots")
    assert slots == ("1" if profile == "stream" else "0")
