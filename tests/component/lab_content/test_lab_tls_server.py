"""pgBackRest's TLS server at the vault: the recovery host reads the repository through it, and can do nothing else.

The server itself refuses no command, no path and no configuration that its client names; what it sees does.
"""

from __future__ import annotations

import pytest
from drill_support import Project

pytestmark = pytest.mark.component

TLS = (
    "timeout 60 pgbackrest --stanza=main --repo1-host-type=tls --repo1-host-port=8432 --repo1-host-ca-file=/etc/pgbackrest/tls/ca.crt "
    "--repo1-host-cert-file=/etc/pgbackrest/tls/client.crt --repo1-host-key-file=/etc/pgbackrest/tls/client.key "
    "--repo1-cipher-type=none --log-level-file=off --log-level-console=error"
)


def tried(project: Project, command: str) -> str:
    """What the command said, and its status on the last line."""
    return project.on("recovery-1", f"{{ {command}; }} 2>&1; echo status $?")


def test_the_repository_is_read_over_it(project: Project):
    said = tried(project, f"{TLS} repo-ls backup/main")
    assert "backup.info" in said
    assert said.endswith("status 0\n")


@pytest.mark.parametrize(
    "where",
    ["backup/main/planted", "--repo1-path=/srv/vault/pgbackrest planted", "--repo1-path=/var/lib/postgresql planted",
     "--repo1-path=/tmp planted", "--repo1-path=/etc/pgbackrest planted"],
)  # fmt: skip
def test_nothing_can_be_written_through_it_wherever_the_client_points(project: Project, where: str):
    options, _, name = where.rpartition(" ")
    said = tried(project, f"echo planted | {TLS} {options} repo-put {name}")
    assert "Read-only file system" in said
    assert not said.endswith("status 0\n")


@pytest.mark.parametrize(
    ("folder", "kept"),
    [
        ("/var/lib/postgresql", ".ssh/app-primary"),
        ("/srv/vault", "restic"),
        ("/etc/ssh", "ssh_host_ed25519_key"),
        ("/proc", "self"),
    ],
)
def test_nothing_else_of_the_vault_can_be_seen_through_it(project: Project, folder: str, kept: str):
    assert project.on("vault", f"[ -e {folder}/{kept} ] && echo there") == "there\n"
    said = tried(project, f"{TLS} --repo1-path={folder} repo-ls --recurse")
    assert kept.split("/")[0] not in said


def test_a_stranger_without_the_certificate_is_turned_away(project: Project):
    said = tried(
        project,
        TLS.replace("--repo1-host-cert-file=/etc/pgbackrest/tls/client.crt", "").replace(
            "--repo1-host-key-file=/etc/pgbackrest/tls/client.key", ""
        )
        + " repo-ls backup/main",
    )
    assert not said.endswith("status 0\n")


def test_the_certificate_opens_one_stanza(project: Project):
    said = tried(project, TLS.replace("--stanza=main", "--stanza=other") + " repo-ls backup/other")
    assert "access denied" in said.lower() or "authoriz" in said.lower()


def test_the_server_runs_without_any_capability(project: Project):
    held = project.on(
        "vault",
        "for d in /proc/[0-9]*; do grep -qsa 'console=warn.server' $d/cmdline && grep -h CapEff $d/status; done; true",
    )
    assert held.split()
    assert set(held.split()) == {"CapEff:", "0000000000000000"}
