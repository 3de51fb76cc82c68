"""`scripts/pulumi`: which CLI it takes, when it builds one, and that a half-built one is never picked up."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from checkout_support import Checkout, ready_checkout

VERSION = "3.259.0"
# What Go would do: it is told of in a file, and writes a CLI that answers with its version.
GO = f"""
case $1 in
    version) echo go version go${{GO_IS:-1.26.8}} linux/amd64 ;;
    mod) mkdir -p "$GOMODCACHE/sdk/python/cmd"; echo exec >"$GOMODCACHE/sdk/python/cmd/pulumi-language-python-exec" ;;
    list) echo "$GOMODCACHE/sdk" ;;
    build)
        [ -z "${{BUILD_HANGS-}}" ] || {{ echo $$ >"$HOME/hangs"; exec sleep 600; }}
        echo "$GOTOOLCHAIN $GOFLAGS" >>"$HOME/builds"
        [ -z "${{BUILD_WAITS-}}" ] || sleep 1
        while [ "$1" != -o ]; do shift; done
        printf '#!/bin/sh\\n[ "$1" = version ] && echo %s || echo built "$@"\\n' "${{BUILDS:-v{VERSION}}}" >"$2"
        [ -z "${{BUILD_FAILS-}}" ] ;;
esac
"""
BESIDE = ("awk", "chmod", "cp", "mktemp")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = ready_checkout(tmp_path)
    for name in BESIDE:
        if not (made.tools / name).exists():
            path = shutil.which(name, path=f"/usr/bin:/bin:{os.environ['PATH']}")
            assert path is not None
            (made.tools / name).symlink_to(path)
    return made


def has_pulumi(checkout: Checkout, version: str) -> None:
    checkout.stub("pulumi", f'if [ "$1" = version ]; then echo {version}; else echo own "$@" "$PATH"; fi')


def cache(checkout: Checkout) -> Path:
    return checkout.root.parent / ".cache" / "stormproof" / "pulumi"


def builds(checkout: Checkout) -> list[str]:
    told = checkout.root.parent / "builds"
    return told.read_text().splitlines() if told.exists() else []


@pytest.mark.parametrize("version", [f"v{VERSION}", "v3.259.1", "v3.300.0", "v3.1000.0"])
def test_the_one_on_path_is_taken_where_it_fits(checkout: Checkout, version: str) -> None:
    has_pulumi(checkout, version)
    checkout.stub("go", GO)
    done = checkout.run("scripts/pulumi", "preview", "--stack", "a b")
    assert done.stdout.split(str(checkout.tools))[0] == "own preview --stack a b "
    assert (done.returncode, done.stderr, builds(checkout)) == (0, "", [])
    assert ".cache" not in done.stdout  # our language host is not before the vendor's


@pytest.mark.parametrize("version", ["v3.258.9", "v3.100.0", "v2.300.0", "v4.0.0", "dev"])
def test_one_that_does_not_fit_is_told_and_not_used(checkout: Checkout, version: str) -> None:
    has_pulumi(checkout, version)
    done = checkout.run("scripts/pulumi", "preview")
    assert (done.returncode, done.stdout) == (69, "")
    assert f"{checkout.tools}/pulumi is {version}, and none can be built, since no Go is on PATH" in done.stderr
    assert "https://www.pulumi.com/docs/install/" in done.stderr
    assert done.stderr.count("error ") == 1


def test_the_script_does_not_take_itself_for_a_cli(checkout: Checkout) -> None:
    checkout.environment["PATH"] = f"{checkout.root}/scripts:{checkout.tools}"
    done = checkout.run("scripts/pulumi", "version")
    assert done.returncode == 69
    assert "none is on PATH" in done.stderr


@pytest.mark.parametrize("go", ["1.19.8", "1.25.10", "1.25"])
def test_too_old_a_go_is_told(checkout: Checkout, go: str) -> None:
    checkout.stub("go", GO)
    checkout.environment["GO_IS"] = go
    done = checkout.run("scripts/pulumi", "version")
    assert (done.returncode, builds(checkout)) == (69, [])
    assert f"{checkout.tools}/go is Go {go} and 1.25.11 is asked for" in done.stderr


def test_it_is_built_once_and_what_building_took_is_removed(checkout: Checkout) -> None:
    checkout.stub("go", GO)
    first = checkout.run("scripts/pulumi", "up", "x")
    assert (first.returncode, first.stdout) == (0, "built up x\n")
    assert "building the Pulumi engine 3.259.0 from its Go modules, once: some 6 min" in first.stderr
    second = checkout.run("scripts/pulumi", "up", "y")
    assert (second.stdout, second.stderr) == ("built up y\n", "")
    assert builds(checkout) == ["local -mod=readonly -modcacherw"]
    assert sorted(path.name for path in cache(checkout).iterdir()) == [VERSION, "engine.log", "lock"]
    beside = {path.name for path in (cache(checkout) / VERSION).iterdir()}
    assert beside == {"pulumi", "pulumi-language-python", "pulumi-language-python-exec"}


@pytest.mark.parametrize(("name", "value"), [("BUILD_FAILS", "1"), ("BUILDS", "v3.0.0"), ("BUILDS", "nonsense")])
def test_a_build_that_fails_or_does_not_answer_is_not_picked_up(checkout: Checkout, name: str, value: str) -> None:
    checkout.stub("go", GO)
    checkout.environment[name] = value
    done = checkout.run("scripts/pulumi", "version")
    assert (done.returncode, done.stdout) == (69, "")
    assert "the Pulumi engine could not be built" in done.stderr
    assert f"read {cache(checkout)}/engine.log" in done.stderr
    assert sorted(path.name for path in cache(checkout).iterdir()) == ["engine.log", "lock"]


def test_what_a_killed_build_left_is_removed_by_the_next(checkout: Checkout) -> None:
    left = cache(checkout) / "building.a1b2c3" / "engine"
    left.mkdir(parents=True)
    (left / "pulumi").write_text("half")
    checkout.stub("go", GO)
    assert checkout.run("scripts/pulumi", "up").returncode == 0
    assert not left.parent.exists()


def test_a_killed_build_leaves_nothing_that_runs(checkout: Checkout) -> None:
    setpriv = shutil.which("setpriv")
    assert setpriv is not None
    (checkout.tools / "setpriv").symlink_to(setpriv)
    checkout.stub("go", GO)
    environment = {"PATH": str(checkout.tools), "HOME": str(checkout.root.parent), "BUILD_HANGS": "1"}
    process = subprocess.Popen(
        [str(checkout.root / "scripts" / "pulumi"), "up"], env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    hangs = checkout.root.parent / "hangs"
    deadline = time.monotonic() + 30
    while not (hangs.exists() and hangs.read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    compiler = os.pidfd_open(int(hangs.read_text()))
    process.kill()
    process.wait()
    with os.fdopen(compiler, "rb", buffering=0) as ended:
        assert select.select([ended], [], [], 30)[0], "the compiler outlived the script"


def test_two_at_once_build_once(checkout: Checkout) -> None:
    checkout.stub("go", GO)
    environment = {"PATH": str(checkout.tools), "HOME": str(checkout.root.parent), "BUILD_WAITS": "1"}
    both = [
        subprocess.Popen(
            [str(checkout.root / "scripts" / "pulumi"), "up"], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = [process.communicate(timeout=60) for process in both]
    assert [out for out, _ in said] == ["built up\n", "built up\n"]
    assert len(builds(checkout)) == 1


def test_a_cache_that_cannot_be_written_is_told(checkout: Checkout) -> None:
    checkout.stub("go", GO)
    cache(checkout).parent.parent.write_text("a file")
    done = checkout.run("scripts/pulumi", "up")
    assert done.returncode == 69
    assert "cannot be written" in done.stderr
    assert "XDG_CACHE_HOME" in done.stderr
