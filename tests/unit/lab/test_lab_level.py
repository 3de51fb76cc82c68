"""What a machine that cannot have a lab is told."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from stormproof.lab import level as level_module
from stormproof.lab.level import Level, probe_level


def test_macos_is_told_what_still_works(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    probe = probe_level()
    assert (probe.level, probe.reason) == (
        Level.NONE,
        "Darwin has no network namespaces, so isolation would not be enforced",
    )
    assert probe.fix == (
        "run the lab on Linux (a virtual machine will do); doctor, runbook plan and doc, evidence verify and drill "
        "check work here"
    )


def test_an_old_kernel_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "release", lambda: "4.18.0-553.el8.x86_64")
    assert probe_level().reason == "Linux 4.18.0-553.el8.x86_64 is older than 5.12"


@pytest.mark.parametrize(("release", "version"), [("6.1.0-18-amd64", (6, 1)), ("5.15.167.4-microsoft", (5, 15))])
def test_kernel_releases_are_understood(monkeypatch: pytest.MonkeyPatch, release: str, version: tuple[int, int]):
    monkeypatch.setattr(platform, "release", lambda: release)
    assert level_module.kernel_version() == version


def test_missing_programs_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "release", lambda: "6.1.0")
    monkeypatch.setattr(level_module, "SEARCH_PATH", str(tmp_path))
    probe = probe_level()
    assert (probe.level, probe.reason, probe.fix) == (
        Level.NONE,
        "programs are missing: ip, nft, sshd, nsenter, setpriv, unshare, bash",
        "install the packages iproute2, nftables, openssh-server, util-linux and bash",
    )


def test_a_refused_namespace_is_explained_in_the_systems_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(level_module, "try_unshare", lambda *flags: "unshare failed: Operation not permitted")
    monkeypatch.setattr(level_module, "missing_tools", lambda tools_dir: ())
    probe = probe_level(force_user=True)
    assert probe.reason == "no unprivileged user namespaces: unshare failed: Operation not permitted"
    assert probe.fix != ""
