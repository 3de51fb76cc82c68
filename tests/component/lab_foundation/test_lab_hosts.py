"""What a host of the lab is like from inside."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from stormproof.adapters.namespace_dial import dial
from stormproof.core.errors import CommandFailed, HostUnreachable, TimedOut
from stormproof.lab.foundation import Foundation
from stormproof.lab.level import Level
from stormproof.lab.topology import HOSTS, PERSISTENT

pytestmark = pytest.mark.component
NAMES = [spec.name for spec in HOSTS]


def test_the_level_is_the_one_asked_for(lab: Foundation, level: Level):
    assert lab.status().up
    assert lab.status().level is level


@pytest.mark.parametrize("name", NAMES)
def test_every_host_answers_with_its_own_ssh(lab: Foundation, name: str):
    for address in (lab.addresses(name).ipv4, lab.addresses(name).ipv6):
        with dial(lab.folder.state_json, name, address, 22, 5.0) as connection:
            assert connection.recv(8) == b"SSH-2.0-"


def test_no_two_hosts_share_a_host_key(lab: Foundation):
    assert len({lab.host_key(name) for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_host_has_its_own_name_and_its_own_user(lab: Foundation, name: str):
    assert lab.host(name).check("hostname; id -un; pwd").split() == [name, "postgres", "/var/lib/postgresql"]


def test_nothing_on_a_host_has_a_privilege(lab: Foundation):
    script = (
        "for p in /proc/[0-9]*; do stat -c %U $p; grep -E 'CapEff|NoNewPrivs' $p/status; done 2>/dev/null | sort -u"
    )
    assert lab.host("app-primary").check(script).split() == ["CapEff:", "0" * 16, "NoNewPrivs:", "1", "postgres"]


def test_a_host_sees_nothing_of_the_machine(lab: Foundation):
    host = lab.host("recovery-1")
    allowed = {"bin", "lib", "lib32", "lib64", "libx32", "sbin", "usr", "dev", "etc", "home", "mnt", "proc", "root"}
    allowed |= {"run", "srv", "sys", "tmp", "var"}
    assert set(host.check("ls /").split()) <= allowed
    assert host.run(["test", "-e", str(lab.folder.path)]).status == 1
    assert host.check("ls -A /tmp /home /srv /mnt /var/tmp | grep -v : || true").split() == []
    assert host.run("ls -A /root").stdout == ""


def test_a_host_sees_only_its_own_processes(lab: Foundation):
    names = set(lab.host("vault").check("cat /proc/[0-9]*/comm").split())
    assert names <= {"bash", "sshd", "sleep", "timeout", "cat", "rc.local", "init"}


def test_a_host_cannot_write_outside_its_own_directories(lab: Foundation):
    for path in ("/etc/x", "/usr/x", "/x", "/var/x", "/etc/ssh/sshd_config"):
        assert lab.host("app-primary").run(f"echo x >{path}").status == 1, path


@pytest.mark.parametrize("path", PERSISTENT)
def test_persistent_directories_are_the_users_own_and_no_other_hosts(lab: Foundation, path: str):
    lab.host("vault").check(f"echo mine >{path}/seen")
    assert lab.host("recovery-1").run(f"cat {path}/seen").status == 1
    assert (lab.files("vault") / path.lstrip("/") / "seen").read_text() == "mine\n"


def test_a_host_has_what_postgresql_and_a_terminal_need(lab: Foundation):
    script = (
        "echo x >/dev/shm/x; echo x >/run/postgresql/x; echo x >/tmp/x; echo x >/run/stormproof/x; : >/dev/null;"
        " head -c1 /dev/urandom >/dev/null; script -qec tty /dev/null"
    )
    assert lab.host("app-primary").check(script).strip().startswith("/dev/pts/")


def test_a_host_knows_only_the_hosts_that_it_may_reach(lab: Foundation):
    names = lab.host("recovery-1").check("awk '{print $2}' /etc/hosts").split()
    assert names == ["localhost", "localhost", "recovery-1", "recovery-1-v6", "vault", "vault-v6"]
    known = lab.host("recovery-1").check("cut -d, -f1 /etc/ssh/ssh_known_hosts").split()
    assert known == ["vault"]


def test_private_keys_lie_only_where_they_are_needed(lab: Foundation):
    held = {name: set(lab.host(name).check("ls ~/.ssh").split()) - {"authorized_keys", "config"} for name in NAMES}
    assert held == {
        "app-primary": {"vault"},
        "app-web": {"app-primary"},
        "vault": {"app-primary"},
        "recovery-1": {"vault-pgbackrest", "vault-files"},
        "outside": set(),
    }
    assert oct(lab.folder.path.stat().st_mode & 0o777) == "0o700"
    assert oct(lab.control_key("vault").stat().st_mode & 0o777) == "0o600"


def test_hosts_reach_each_other_with_their_keys_and_strict_host_keys(lab: Foundation):
    assert lab.host("recovery-1").check("ssh vault hostname") == "vault\n"
    assert lab.host("vault").check("ssh app-primary hostname") == "app-primary\n"
    assert lab.host("app-primary").check("ssh vault hostname") == "vault\n"
    assert lab.host("app-web").check("ssh app-primary hostname") == "app-primary\n"


def test_a_key_for_files_opens_no_shell(lab: Foundation):
    done = lab.host("recovery-1").run("ssh vault-files hostname")
    assert (done.status, done.stdout) == (1, "This service allows sftp connections only.\n")


def test_a_passphrase_never_travels_to_the_vault(lab: Foundation):
    script = "PGBACKREST_REPO1_CIPHER_PASS=told ssh vault 'echo $PGBACKREST_REPO1_CIPHER_PASS'"
    assert lab.host("recovery-1").check(script) == "\n"


def test_scripts_input_and_environment_never_stand_in_an_argument_list(lab: Foundation):
    script = "read -r line; cat /proc/*/cmdline | tr '\\0' ' '; echo; echo $line $WORD; : hidden-in-script"
    done = lab.host("vault").run(script, stdin=b"hidden-in-input\n", env={"WORD": "hidden-in-env"})
    arguments, _, said = done.stdout.strip().rpartition("\n")
    assert said == "hidden-in-input hidden-in-env"
    assert "hidden" not in arguments


def test_status_and_both_outputs_come_back(lab: Foundation):
    done = lab.host("vault").run("echo out; echo err >&2; exit 7")
    assert (done.status, done.stdout, done.stderr) == (7, "out\n", "err\n")


def test_check_says_what_a_failed_command_said(lab: Foundation):
    with pytest.raises(CommandFailed) as caught:
        lab.host("vault").check("echo no such luck >&2; exit 3")
    assert str(caught.value) == (
        "error SP609: a command on vault ended with status 3: no such luck\n"
        "  where: vault\n"
        "  fix:   read its own words above; to look around: stormproof lab shell vault"
    )
    assert caught.value.status == 3


def test_a_command_that_leaves_a_server_holding_its_output_does_not_hang(lab: Foundation) -> None:
    with pytest.raises(TimedOut) as caught:
        lab.host("vault").run("setsid sleep 985 & exit 0", timeout_seconds=3)
    assert "held its output open" in caught.value.what
    lab.host("vault").check("pkill -f 'sleep 985'")


def test_a_command_that_takes_too_long_is_ended_inside_the_host(lab: Foundation):
    with pytest.raises(TimedOut) as caught:
        lab.host("vault").run("sleep 987 & sleep 986", timeout_seconds=0.3)
    assert caught.value.what == "a command on vault did not end within 0.3 s"
    assert lab.host("vault").run("cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c 'sleep 98[67]'").stdout == "0\n"


class Stop(BaseException):
    """What a signal's handler may raise in the middle of anything."""


def test_an_interrupted_call_ends_its_command_inside_the_host(lab: Foundation):
    def stop(*_: object) -> None:
        raise Stop

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(Stop):
            lab.host("vault").run("sleep 765 & sleep 764")
    finally:
        signal.signal(signal.SIGALRM, before)
    script = "for i in $(seq 5000); do grep -qs sleep.76[45] /proc/[0-9]*/cmdline || exit 0; sleep 0.01; done; exit 1"
    assert lab.host("vault").run(script).status == 0


def test_a_program_on_our_own_terminal_hands_its_status_on(lab: Foundation):
    assert lab.host("vault").interactive(["bash", "-c", "exit 9"]) == 9


def test_a_spawned_daemon_outlives_the_call_and_logs(lab: Foundation):
    pid = lab.host("vault").spawn("echo up $WORD; exec sleep 4321", "/var/log/daemon.log", env={"WORD": "and away"})
    script = f"for i in $(seq 200); do [ -s /var/log/daemon.log ] && break; sleep 0.01; done; cat /var/log/daemon.log; kill -0 {pid}"
    assert lab.host("vault").check(script) == "up and away\n"
    assert lab.host("vault").check(f"kill -- -{pid}") == ""


def test_root_of_a_host_is_there_for_the_lab_only(lab: Foundation):
    assert lab.host("vault").check("id -u", as_user="root") == "0\n"
    assert lab.host("router").check("id -u") == "0\n"


def test_an_unknown_host_is_named_with_the_ones_there_are(lab: Foundation):
    with pytest.raises(HostUnreachable) as caught:
        lab.host("nobody").run("true")
    assert caught.value.what == "the lab has no host 'nobody'"
    assert "vault" in caught.value.fix


def test_files_are_written_from_outside_as_the_hosts_user(lab: Foundation):
    lab.write("vault", "/srv/a/b/text", "hello\n", mode=0o640)
    assert lab.host("vault").check("stat -c '%U %a' /srv/a/b/text; cat /srv/a/b/text") == "postgres 640\nhello\n"


def test_the_lab_writes_only_into_its_own_folder(lab: Foundation):
    empty = [lab.folder.mount_point(name) for name in NAMES]
    assert all(not any(folder.iterdir()) for folder in empty)
    assert not Path("/var/run/netns").exists() or not any(Path("/var/run/netns").iterdir())
    assert lab.folder.path.stat().st_uid == os.geteuid()
