"""Breaking a host on purpose, and booting it again."""

from __future__ import annotations

import pytest

from stormproof.adapters.namespace_dial import dial
from stormproof.core.errors import HostUnreachable
from stormproof.lab.foundation import Foundation

pytestmark = pytest.mark.component


def test_a_killed_host_is_gone_with_every_process_and_the_others_go_on(lab: Foundation):
    lab.host("app-primary").spawn("exec sleep 5432", "/var/log/sleep.log")
    lab.host("app-primary").kill()
    assert not lab.host("app-primary").is_alive()
    assert [host.name for host in lab.status().hosts if not host.alive] == ["app-primary"]
    assert not lab.status().up
    assert lab.host("vault").check("hostname") == "vault\n"
    with pytest.raises(HostUnreachable) as caught:
        lab.host("app-primary").run("true")
    assert str(caught.value) == (
        "error SP607: the lab's host app-primary is down\n  where: app-primary\n  fix:   stormproof lab up"
    )
    address = lab.addresses("app-primary").ipv4
    with pytest.raises(HostUnreachable):
        dial(lab.folder.state_json, "app-primary", address, 22, 2.0)


def test_killing_a_dead_host_does_nothing(lab: Foundation):
    lab.host("app-primary").kill()
    lab.host("app-primary").kill()
    assert not lab.host("app-primary").is_alive()


def test_a_host_boots_again_with_its_files_its_key_and_its_place(lab: Foundation):
    lab.host("app-primary").start()
    lab.host("app-primary").check("echo kept >~/kept; echo lost >/tmp/lost")
    key = lab.host_key("app-primary")
    lab.host("app-primary").kill()
    lab.host("app-primary").start()
    assert lab.status().up
    assert lab.host("app-primary").check("cat ~/kept; ls /tmp") == "kept\n"
    assert lab.host_key("app-primary") == key
    assert lab.host("vault").check("ssh app-primary hostname") == "app-primary\n"
    assert lab.host("app-primary").check("ssh vault hostname") == "vault\n"
    assert lab.host("recovery-1").run("ssh -o ConnectTimeout=3 vault true").status == 0


def test_starting_a_host_that_stands_does_nothing(lab: Foundation):
    before = lab.process("vault")
    lab.host("vault").start()
    assert lab.process("vault") == before


def test_a_cut_cable_stops_the_network_and_not_the_host(lab: Foundation):
    lab.host("vault").link_down()
    done = lab.host("recovery-1").run("ssh -o ConnectTimeout=1 vault hostname")
    assert done.status == 255
    assert lab.host("vault").check("hostname") == "vault\n"
    lab.host("vault").link_up()
    assert lab.host("recovery-1").check("ssh vault hostname") == "vault\n"


def test_a_host_that_goes_down_takes_its_terminals_commands_with_it(lab: Foundation):
    done = lab.host("outside").run("echo begun; kill -9 1; echo still here; exit 5")
    assert (done.status, done.stdout) == (5, "begun\nstill here\n"), "a host's user cannot end the host"
