"""Programs from unpacked packages, on a machine whose user may not install them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from lab_support import foundation_at

from stormproof.core.errors import SetupFailed
from stormproof.lab.level import Level
from stormproof.lab.toolbox import fetch_tools, installs, missing_packages, unpack
from stormproof.lab.unpacked import is_whole, stamp_text

pytestmark = pytest.mark.component


def package(folder: Path, name: str, files: dict[str, str]) -> Path:
    """A real Debian package of our own."""
    tree = folder / f"tree-{name}"
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
        (tree / path).chmod(0o755)
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN" / "control").write_text(
        f"Package: {name}\nVersion: 1.0\nArchitecture: all\nMaintainer: Nobody <nobody@example.com>\nDescription: test\n"
    )
    archive = folder / f"{name}.deb"
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", str(tree), str(archive)], check=True, capture_output=True
    )
    return archive


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    archives = [
        package(tmp_path, "storm-one", {"usr/bin/storm-one": "#!/bin/sh\necho one\n", "etc/perl/storm": "kept\n"}),
        package(tmp_path, "storm-two", {"bin/storm-two": "#!/bin/sh\necho two\n"}),
    ]
    unpack(archives, tmp_path / "tools: a, b")
    return tmp_path / "tools: a, b"


def test_programs_of_unpacked_packages_run_on_every_host(tools: Path, level: Level, tmp_path: Path):
    lab = foundation_at(level, tmp_path / "lab", tools_dir=tools)
    try:
        lab.up()
        for name in ("vault", "app-primary"):
            assert lab.host(name).check("storm-one; storm-two; hostname") == f"one\ntwo\n{name}\n"
        assert lab.host("vault").run("echo x >/usr/bin/storm-one").status == 1
        assert lab.host("recovery-1").check("ssh vault storm-two") == "two\n"
        lab.host("vault").kill()
        lab.host("vault").start()
        assert lab.host("vault").check("storm-two") == "two\n"
    finally:
        lab.destroy()


def test_everything_of_a_package_lands_below_usr(tools: Path):
    assert (tools / "usr/bin/storm-one").exists()
    assert (tools / "usr/bin/storm-two").exists()
    assert not (tools / "bin").exists()


def test_a_package_that_there_is_not_is_said_with_apts_words():
    with pytest.raises(SetupFailed) as caught:
        missing_packages(["stormproof-no-such-package"])
    assert "Unable to locate package stormproof-no-such-package" in caught.value.what


def test_apts_pretended_installs_are_understood():
    simulation = (
        "Inst libpq5 (15.20-0+deb12u1 Debian:12.13/oldstable [amd64])\n"
        "Inst openssh-server (1:9.2p1-2+deb12u7 Debian:12.13/oldstable [amd64]) []\n"
        "Conf libpq5 (15.20-0+deb12u1 Debian:12.13/oldstable [amd64])\n"
    )
    assert installs(simulation) == [("libpq5", "15.20-0+deb12u1"), ("openssh-server", "1:9.2p1-2+deb12u7")]


def test_an_upgrade_that_new_packages_need_is_unpacked_with_them():
    simulation = "Inst libssl3 [3.0.11-1] (3.0.17-1~deb12u2 Debian:12.13/oldstable [amd64])\n"
    assert installs(simulation) == [("libssl3", "3.0.17-1~deb12u2")]


def test_a_folder_that_has_the_packages_is_left_as_it_is(tmp_path: Path):
    """Not even apt is asked: there is no such package."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "packages").write_text(stamp_text(["stormproof-no-such-package"]))
    fetch_tools(tmp_path / "tools", ["stormproof-no-such-package"])
    assert [path.name for path in tmp_path.iterdir()] == ["tools"]


def test_a_folder_without_its_stamp_or_of_another_system_counts_for_nothing(tmp_path: Path):
    assert not is_whole(tmp_path, [])
    (tmp_path / "packages").write_text("debian 11 x86_64\nrestic\n")
    assert not is_whole(tmp_path, ["restic"])


def test_unpacked_packages_must_have_every_package_that_is_asked_for(tmp_path: Path):
    (tmp_path / "packages").write_text(stamp_text(["restic", "nftables"]))
    assert is_whole(tmp_path, ["restic"])
    assert not is_whole(tmp_path, ["restic", "pgbackrest"])
