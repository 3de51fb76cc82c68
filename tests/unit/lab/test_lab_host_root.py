"""What a host's root is made of: the machine's programs, its own settings, its own disk, and nothing besides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stormproof.lab.host_root import READ_ONLY, Owner, accounts, describe_root
from stormproof.lab.topology import PERSISTENT, HostSpec


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with merged /usr, as Debian has it."""
    for folder in ("usr/bin", "usr/lib", "etc/alternatives", "etc/ssl/certs", "etc/ssh", "lib32"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "lib").symlink_to("usr/lib")
    for name in ("etc/ld.so.cache", "etc/shadow"):
        (tmp_path / name).write_text("")
    return tmp_path


def described(machine: Path, spec: HostSpec, **changes: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    settings: dict[str, Any] = {
        "disk": Path("/state/disk"), "owner": Owner(101, 104), "etc": accounts(101, 104), "host_key": "KEY",
        "machine_root": machine, **changes,
    }  # fmt: skip
    return describe_root(spec, **settings)


def test_of_the_machine_only_programs_are_seen_and_only_to_read(machine: Path):
    operations, _ = described(machine, HostSpec("vault", 3))
    binds = {o["at"]: o for o in operations if o["do"] == "bind" and not o["at"].startswith("/dev/")}
    shared = {at: o for at, o in binds.items() if at not in PERSISTENT}
    assert set(shared) == {"/usr", "/lib32", "/etc/alternatives", "/etc/ssl/certs", "/etc/ld.so.cache"}
    assert all(o["attributes"] & READ_ONLY for o in shared.values())


def test_links_of_a_merged_usr_are_kept_as_links(machine: Path):
    operations, _ = described(machine, HostSpec("vault", 3))
    links = {o["at"]: o["to"] for o in operations if o["do"] == "symlink"}
    assert (links["/bin"], links["/lib"]) == ("usr/bin", "usr/lib")


def test_each_persistent_directory_comes_from_the_hosts_disk(machine: Path):
    operations, _ = described(machine, HostSpec("vault", 3))
    sources = {o["at"]: o["source"] for o in operations if o["do"] == "bind"}
    assert {path: sources[path] for path in PERSISTENT} == {path: f"/state/disk{path}" for path in PERSISTENT}


def test_the_host_key_is_its_users_and_nobody_elses(machine: Path):
    operations, _ = described(machine, HostSpec("vault", 3))
    [key] = [o for o in operations if o["at"] == "/etc/ssh/ssh_host_ed25519_key"]
    assert (key["content"], key["mode"], key["owner"]) == ("KEY", 0o600, [101, 104])


def test_a_host_without_ssh_has_no_key(machine: Path):
    operations, _ = described(machine, HostSpec("router", 0), host_key=None)
    assert not [o for o in operations if "host_ed25519" in o["at"]]


def test_no_account_has_a_password_and_none_is_locked():
    fields = [line.split(":")[1] for line in accounts(101, 104)["shadow"].splitlines()]
    assert fields == ["*", "*", "*"]


def test_a_folder_of_the_machine_is_shown_to_read_at_the_same_path(machine: Path):
    operations, _ = described(machine, HostSpec("app-web", 2, read_only_paths=(Path("/root/python"),)))
    [shown] = [o for o in operations if o["at"] == "/root/python"]
    assert (shown["source"], bool(shown["attributes"] & READ_ONLY)) == ("/root/python", True)
    [root_home] = [o for o in operations if o["at"] == "/root"]
    assert root_home["mode"] == 0o755, "the host's user must be able to pass through"


def test_mounts_inside_the_hosts_own_disk_come_after_the_root_is_its_own(machine: Path):
    spec = HostSpec("vault", 3, memory_dirs=("/srv/vault/wal",), read_only_views={"/srv/view": "/srv/vault"})
    operations, late = described(machine, spec)
    assert [(o["do"], o["at"]) for o in late] == [("mount", "/srv/vault/wal"), ("bind", "/srv/view")]
    assert late[0]["owner"] == [101, 104]
    assert late[1]["attributes"] & READ_ONLY
    assert not [o for o in operations if o["at"] in ("/srv/vault/wal", "/srv/view")]


def test_unpacked_tools_are_laid_over_the_machines_programs(machine: Path):
    operations, _ = described(machine, HostSpec("vault", 3), tools_dir=Path("/tools"))
    [usr] = [o for o in operations if o["at"] == "/usr"]
    assert (usr["kind"], usr["options"]) == ("overlay", f"lowerdir=/tools/usr:{machine}/usr")
    assert not [o for o in operations if o["at"] == "/etc/ld.so.cache"], "it would not know the tools' libraries"
