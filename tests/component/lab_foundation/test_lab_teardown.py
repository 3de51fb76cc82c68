"""Nothing is left, whoever is killed and whenever; and the machine's own network is never touched."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lab_support import (
    foundation_at,
    machine_mounts,
    machine_network,
    network_namespaces,
    processes_that_see,
    wait_until_nothing_sees,
)

from stormproof.core.errors import HostUnreachable, Refused, SetupFailed
from stormproof.lab import lab_state
from stormproof.lab.foundation import Foundation
from stormproof.lab.level import Level
from stormproof.lab.processes import Process
from stormproof.lab.topology import HOSTS

pytestmark = pytest.mark.component
BRING_UP = """
import sys
from pathlib import Path
from typing import Any
from stormproof.lab.foundation import Foundation
lab = Foundation(Path(sys.argv[1]), Path(sys.argv[1]), force_user_namespaces=sys.argv[2] == "user-namespaces")
lab.up()
"""


def test_the_machine_is_the_same_before_while_and_after(own_lab: Foundation):
    network, mounts = machine_network(), machine_mounts()
    own_lab.up()
    while_up = (machine_network(), machine_mounts())
    own_lab.host("app-primary").kill()
    own_lab.host("app-primary").start()
    own_lab.down()
    assert while_up == (network, mounts)
    assert (machine_network(), machine_mounts()) == (network, mounts)


def test_down_leaves_no_process_and_no_namespace_and_destroy_no_file(own_lab: Foundation):
    own_lab.up()
    # Held open, a namespace's number is not given to another one that somebody else makes meanwhile.
    held = [os.open(f"/proc/{host.pid}/ns/net", os.O_RDONLY) for host in own_lab.status().hosts]
    spaces = {os.fstat(space).st_ino for space in held}
    assert len(spaces) == 6
    own_lab.host("vault").spawn("sleep 6001 & sleep 6002", "/var/log/x.log")
    own_lab.down()
    assert processes_that_see(own_lab.folder.path) == []
    assert not spaces & network_namespaces()
    for space in held:
        os.close(space)
    assert not own_lab.status().up
    assert own_lab.files("vault").is_dir()
    own_lab.destroy()
    assert not own_lab.folder.path.exists()


def test_down_and_destroy_may_be_repeated_and_need_no_lab(own_lab: Foundation):
    own_lab.down()
    own_lab.destroy()
    own_lab.up()
    for _ in range(2):
        own_lab.down()
    for _ in range(2):
        own_lab.destroy()
    assert not own_lab.folder.path.exists()


def test_a_second_up_changes_nothing(own_lab: Foundation):
    first = own_lab.up()
    assert own_lab.up() == first


def test_disks_keys_and_addresses_are_kept_over_a_down(own_lab: Foundation):
    own_lab.up()
    kept = (own_lab.host_key("vault"), own_lab.addresses("vault"))
    own_lab.host("vault").check("echo kept >/srv/kept")
    own_lab.down()
    own_lab.up()
    assert (own_lab.host_key("vault"), own_lab.addresses("vault")) == kept
    assert own_lab.host("vault").check("cat /srv/kept") == "kept\n"


def test_what_a_host_changed_about_its_keys_does_not_outlast_the_next_bring_up(own_lab: Foundation):
    own_lab.up()
    before = own_lab.host("vault").check("cat ~/.ssh/authorized_keys ~/.ssh/config")
    own_lab.host("vault").check("sed -i s/restrict,// ~/.ssh/authorized_keys; echo 'Host x' >>~/.ssh/config")
    own_lab.down()
    own_lab.up()
    assert own_lab.host("vault").check("cat ~/.ssh/authorized_keys ~/.ssh/config") == before


def test_without_its_router_a_host_cannot_be_started_alone(own_lab: Foundation):
    own_lab.up()
    own_lab.host("vault").kill()
    router = own_lab.process("router")
    os.kill(router.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while router.is_alive() and time.monotonic() < deadline:
        time.sleep(0.005)
    with pytest.raises(HostUnreachable) as caught:
        own_lab.host("vault").start()
    assert str(caught.value) == (
        f"error SP607: the lab's router is gone\n  where: pid {router.pid}\n  fix:   stormproof lab up"
    )


@pytest.mark.parametrize("victim", ["vault", "router"])
def test_a_host_killed_from_outside_is_noticed_and_the_next_up_makes_it_whole(own_lab: Foundation, victim: str):
    own_lab.up()
    os.kill(own_lab.process(victim).pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while own_lab.host(victim).is_alive() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert not own_lab.status().up
    own_lab.up()
    assert own_lab.status().up
    assert own_lab.host("recovery-1").check("ssh vault hostname") == "vault\n"
    os.kill(own_lab.process(victim).pid, signal.SIGKILL)
    own_lab.down()
    assert processes_that_see(own_lab.folder.path) == []


def test_a_bring_up_killed_at_any_moment_leaves_nothing_running(own_lab: Foundation, level: Level):
    """Moments from the first instruction to long after the end; the seed is printed when this fails."""
    seed = random.randrange(1 << 30)
    dice = random.Random(seed)
    own_lab.up()
    own_lab.down()  # keys and disks are there: what follows are kept bring-ups, as they are from the second on
    ended_early = 0
    for _ in range(8):
        child = subprocess.Popen([sys.executable, "-c", BRING_UP, str(own_lab.folder.path), level.value])
        time.sleep(dice.uniform(0.03, 0.4))
        child.kill()
        child.wait()
        if own_lab.status().up:
            own_lab.down()
        else:
            ended_early += 1
            assert wait_until_nothing_sees(own_lab.folder.path) == [], f"seed {seed}"
        assert processes_that_see(own_lab.folder.path) == [], f"seed {seed}"
    own_lab.up()
    assert own_lab.status().up, f"seed {seed}, {ended_early} of 8 ended early"


def test_a_first_bring_up_killed_among_its_keys_is_gone_on_with(own_lab: Foundation, level: Level):
    child = subprocess.Popen([sys.executable, "-c", BRING_UP, str(own_lab.folder.path), level.value])
    deadline = time.monotonic() + 60
    while not (own_lab.folder.path / "keys").exists() and time.monotonic() < deadline:
        time.sleep(0.001)
    child.kill()
    child.wait()
    own_lab.up()
    assert own_lab.host("recovery-1").check("ssh vault hostname") == "vault\n"


@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        ({"read_only_paths": (Path("/no/such/folder"),)}, "host 'vault' did not come up: [Errno 2] mount bind at"),
        ({"etc": {"ssh/sshd_config": "Nonsense yes\n"}}, "host 'vault' did not come up: sshd does not answer"),
    ],
)
def test_a_host_that_cannot_come_up_says_why_and_nothing_stays(own_lab: Foundation, flaw: dict[str, Any], words: str):
    hosts = [replace(spec, **flaw) if spec.name == "vault" else spec for spec in HOSTS]
    with pytest.raises(SetupFailed) as caught:
        own_lab.up(hosts)
    assert words in caught.value.what
    assert processes_that_see(own_lab.folder.path) == []
    own_lab.up()
    assert own_lab.status().up


def test_a_reused_process_number_is_never_killed(own_lab: Foundation):
    state = own_lab.up()
    bystander = subprocess.Popen(["sleep", "1000"])
    try:
        own_lab.down()
        stale = Process(bystander.pid, Process.of(bystander.pid).started - 1)
        own_lab.folder.write(replace(state, processes={**state.processes, "vault": stale}))
        assert not own_lab.host("vault").is_alive()
        own_lab.down()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_state_from_before_the_machine_was_started_anew_means_nothing(
    own_lab: Foundation, monkeypatch: pytest.MonkeyPatch
):
    state = own_lab.up()
    processes = own_lab.state().processes
    with monkeypatch.context() as before:
        before.setattr(lab_state, "boot_id", lambda: "0" * 36)
        own_lab.folder.write(state)
    assert own_lab.status().hosts == ()
    own_lab.folder.write(state)
    own_lab.down()
    assert not any(process.is_alive() for process in processes.values())


def test_two_labs_side_by_side_do_not_disturb_each_other(level: Level, tmp_path_factory: pytest.TempPathFactory):
    one = foundation_at(level, tmp_path_factory.mktemp("one") / "lab")
    two = foundation_at(level, tmp_path_factory.mktemp("two") / "lab")
    try:
        one.up()
        two.up()
        assert one.addresses("vault") != two.addresses("vault")
        assert one.host_key("vault") != two.host_key("vault")
        one.host("vault").check("echo one >/srv/whose")
        assert two.host("vault").run("cat /srv/whose").status == 1
        one.host("app-primary").kill()
        assert two.status().up
        one.destroy()
        assert two.status().up
        assert two.host("recovery-1").check("ssh vault hostname") == "vault\n"
    finally:
        one.destroy()
        two.destroy()


def test_a_folder_that_is_not_a_labs_is_neither_used_nor_destroyed(level: Level, tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("years of work")
    foundation = foundation_at(level, tmp_path)
    with pytest.raises(SetupFailed) as caught:
        foundation.up()
    assert caught.value.what == "the folder holds other things than a lab: thesis.txt"
    with pytest.raises(Refused):
        foundation.destroy()
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
