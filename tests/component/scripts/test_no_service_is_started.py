"""Packages are installed under a policy that starts no service, and the policy never outlives the installation.

Each case runs in a user and mount namespace of its own, with empty /usr/sbin and /etc/postgresql-common, and an apt-get
that only says what it sees: the machine's own files are not touched.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from repository_files import ROOT

pytestmark = pytest.mark.component

APT = """#!/bin/sh
case "$*" in *update*) exit 0 ;; esac
test -x /usr/sbin/policy-rc.d && echo "policy says $(/usr/sbin/policy-rc.d; echo $?)" >>"$SEEN"
cat /etc/postgresql-common/createcluster.d/stormproof-setup.conf >>"$SEEN"
case ${APT_DOES-} in
    fail) exit 100 ;;
    wait) : >"$SEEN.waits"; read -r _ <"$SEEN.go" ;;
esac
"""
INSTALL = 'sh "$SCRIPTS/lib/install-debian-packages" restic'
LOOK = "ls /usr/sbin /etc/postgresql-common"
NOTHING = ["/etc/postgresql-common:", "", "/usr/sbin:"]


def in_private_system(tmp_path: Path, script: str, **environment: str) -> list[str]:
    """Run a shell script where it is root, apt-get is ours, and nothing that it writes is seen outside."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "apt-get").write_text(APT)
    (tools / "apt-get").chmod(0o755)
    prepare = (
        "set -eu; mount -t tmpfs none /usr/sbin; [ -d /etc/postgresql-common ]; "
        "mount -t tmpfs none /etc/postgresql-common; "
    )
    done = subprocess.run(
        [
            "unshare",
            "--user",
            "--map-root-user",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            prepare + script,
        ],
        env={
            "PATH": f"{tools}:/usr/bin:/bin",
            "SCRIPTS": str(ROOT / "scripts"),
            "SEEN": str(tmp_path / "seen"),
            "TMPDIR": str(tmp_path),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def seen(tmp_path: Path) -> list[str]:
    return (tmp_path / "seen").read_text().splitlines()


DURING = [
    "policy says 101",
    "# Written by Stormproof while it installs packages. Removed when it is done.",
    "create_main_cluster = false",
]


def test_nothing_may_start_and_no_cluster_is_made_while_packages_are_installed(tmp_path: Path):
    assert in_private_system(tmp_path, f"{INSTALL} >&2; {LOOK}") == NOTHING
    assert seen(tmp_path) == DURING


def test_the_policy_goes_when_the_installation_fails(tmp_path: Path):
    said = in_private_system(tmp_path, f"{INSTALL} >&2 && exit 1; echo status $?; {LOOK}", APT_DOES="fail")
    assert said == ["status 100", *NOTHING]
    assert seen(tmp_path) == DURING


def test_after_kill_9_the_policy_stays_until_apt_has_ended_and_then_goes(tmp_path: Path):
    script = f"""
        mkfifo "$SEEN.go"
        {INSTALL} >&2 & installer=$!
        i=0; until [ -e "$SEEN.waits" ]; do i=$((i + 1)); [ $i -lt 1000 ]; sleep 0.01; done
        kill -9 $installer
        wait $installer || echo killed
        ls /usr/sbin
        echo >"$SEEN.go"
        i=0; while [ -e /usr/sbin/policy-rc.d ] || [ -e /etc/postgresql-common/createcluster.d ]; do
            i=$((i + 1)); [ $i -lt 1000 ]; sleep 0.01
        done
        {LOOK}
    """
    assert in_private_system(tmp_path, script, APT_DOES="wait") == ["killed", "policy-rc.d", *NOTHING]


def test_a_policy_and_settings_of_somebody_else_stay_as_they_were(tmp_path: Path):
    script = f"""
        printf '#!/bin/sh\\nexit 104\\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
        mkdir /etc/postgresql-common/createcluster.d; echo mine >/etc/postgresql-common/createcluster.d/mine.conf
        {INSTALL} >&2
        cat /usr/sbin/policy-rc.d; ls /etc/postgresql-common/createcluster.d
    """
    assert in_private_system(tmp_path, script) == ["#!/bin/sh", "exit 104", "mine.conf"]
    assert seen(tmp_path)[0] == "policy says 104"


def test_what_an_earlier_set_up_left_behind_is_removed(tmp_path: Path):
    """After a loss of power, say: then not even the guard could."""
    script = f"""
        printf '#!/bin/sh\\n# Written by Stormproof\\nexit 101\\n' >/usr/sbin/policy-rc.d
        sh "$SCRIPTS/lib/install-debian-packages"
        {LOOK}
    """
    assert in_private_system(tmp_path, script) == NOTHING


def test_temporary_files_go_too(tmp_path: Path):
    in_private_system(tmp_path, f"{INSTALL} >&2")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seen", "tools"]
