"""The two commands of the README: what they hand on, and what they say where the lab cannot run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from checkout_support import Checkout, ready_checkout

pytestmark = pytest.mark.component


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return ready_checkout(tmp_path)


WORKS_ALL_THE_SAME = """\
  works all the same, from {root}:
         .venv/bin/stormproof doctor               what this machine has and lacks
         .venv/bin/stormproof drill check          every mistake in the drills' specs
         .venv/bin/stormproof runbook plan|doc     the procedures, without touching anything
         .venv/bin/stormproof evidence verify      signed evidence, offline
         .venv/bin/pytest -m 'not component'       the tests that need no lab
"""


def test_a_checkout_that_is_ready_says_nothing(checkout: Checkout):
    done = checkout.run("scripts/setup")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_drill_runs_shop_latest_from_any_folder_and_hands_its_arguments_on(checkout: Checkout, tmp_path: Path):
    done = checkout.run("scripts/drill", "--json", "--targets-from", "a file", cwd=tmp_path)
    expected = [
        "stormproof",
        "-C",
        str(checkout.root),
        "drill",
        "run",
        "shop-latest",
        "--json",
        "--targets-from",
        "a file",
    ]
    assert done.stdout.splitlines() == expected


def test_names_of_drills_add_to_shop_latest(checkout: Checkout):
    done = checkout.run("scripts/drill", "shop-pitr", "--keep")
    assert done.stdout.splitlines()[3:] == ["drill", "run", "shop-latest", "shop-pitr", "--keep"]


def test_shop_latest_is_not_run_twice_when_it_is_named(checkout: Checkout):
    done = checkout.run("scripts/drill", "shop-pitr", "shop-latest")
    assert done.stdout.splitlines()[3:] == ["drill", "run", "shop-pitr", "shop-latest"]


@pytest.mark.parametrize("code", [0, 1, 3, 5, 69])
def test_drill_ends_with_the_code_of_the_drill(checkout: Checkout, code: int):
    checkout.environment["ENDS_WITH"] = str(code)
    assert checkout.run("scripts/drill").returncode == code


def test_test_hands_its_arguments_to_pytest_and_ends_with_its_code(checkout: Checkout, tmp_path: Path):
    checkout.environment["ENDS_WITH"] = "5"
    done = checkout.run("scripts/test", "-k", "a b", cwd=tmp_path)
    assert done.stdout.splitlines() == ["python", "-m", "pytest", "-k", "a b"]
    assert done.returncode == 5


def test_an_argument_that_setup_does_not_know_is_refused(checkout: Checkout):
    done = checkout.run("scripts/setup", "--fast")
    assert (done.returncode, done.stderr) == (
        2,
        f"usage: {checkout.root}/scripts/setup [--tests|--infra|--benchmarks]\n",
    )


def test_without_namespaces_one_message_says_so_and_what_still_works(checkout: Checkout):
    checkout.stub("unshare", "exit 1")
    checkout.stub(
        "cat", 'case "$*" in */proc/sys/user/max_user_namespaces) echo 0 ;; /proc/*) ;; *) exec /bin/cat "$@" ;; esac'
    )
    done = checkout.run("scripts/drill")
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr == (
        "error SP681: the lab cannot run on this machine: it needs network namespaces, as root or as an ordinary user, and "
        "user namespaces are switched off here (user.max_user_namespaces=0)\n"
        "  fix:   run as root, or have an administrator allow user namespaces\n"
        + WORKS_ALL_THE_SAME.format(root=checkout.root)
    )


def test_on_macos_one_message_says_so_and_what_still_works(checkout: Checkout):
    checkout.stub("uname", "echo Darwin")
    (checkout.tools / "dpkg-query").unlink()
    (checkout.tools / "flock").unlink()
    done = checkout.run("scripts/drill")
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr == (
        "error SP681: the lab cannot run on this machine: it needs Linux, and this is Darwin\n"
        "  fix:   use a Debian 12 machine, real or virtual\n" + WORKS_ALL_THE_SAME.format(root=checkout.root)
    )


def test_without_root_or_sudo_it_names_exactly_the_packages_to_ask_for(checkout: Checkout):
    checkout.has_packages(all_but=("restic", "nftables"))
    checkout.stub("id", "echo 1000")
    done = checkout.run("scripts/drill")
    assert done.returncode == 69
    said = [line.partition(" s  ")[2] for line in done.stderr.splitlines() if line.startswith("set-up")]
    assert said == [
        f"making {checkout.root} ready",
        "these Debian packages are missing, and neither root nor sudo is to be had here. Please ask for:",
        "    apt-get install --no-install-recommends restic nftables",
        "going on without them, and without root",
        "ready",
    ]
    assert done.stderr.splitlines()[5:7] == [
        "error SP681: the lab cannot run on this machine: Debian packages are missing: restic nftables, and there is no "
        "apt-get to fetch them with",
        "  fix:   ask for: apt-get install --no-install-recommends restic nftables",
    ]


def test_packages_that_cannot_be_unpacked_either_end_it_with_where_to_read_why(checkout: Checkout):
    checkout.has_packages(all_but=("restic", "nftables"))
    checkout.stub("id", "echo 1000")
    checkout.stub("apt-get", "exit 100")
    checkout.environment["ENDS_WITH"] = "69"
    done = checkout.run("scripts/setup")
    assert done.returncode == 69
    state = f"{checkout.root.parent}/.local/state/stormproof"
    assert (checkout.root / ".setup/tools.log").read_text().splitlines() == [
        "python", "-B", "-m", "stormproof.lab.toolbox", f"{state}/tools", "restic", "nftables",
    ]  # fmt: skip
    assert (
        "error SP681: the lab cannot run on this machine: Debian packages are missing: restic nftables, and they could not "
        f"be unpacked without root (see {checkout.root}/.setup/tools.log)\n" in done.stderr
    )


def unpack(checkout: Checkout, *packages: str, system: str = "$ID $VERSION_ID $(uname -m)") -> None:
    stamp = checkout.root.parent / "state" / "tools" / "packages"
    stamp.parent.mkdir(parents=True)
    told = subprocess.run(
        ["sh", "-c", f'. /etc/os-release; echo "{system}"'], capture_output=True, text=True, check=True
    )
    stamp.write_text(told.stdout + "".join(f"{name}\n" for name in packages))
    checkout.environment["STORMPROOF_HOME"] = str(stamp.parents[1])
    checkout.stub("id", "echo 1000")


def test_with_unpacked_packages_nobody_is_asked_again(checkout: Checkout):
    checkout.has_packages(all_but=("restic", "nftables"))
    unpack(checkout, "nftables", "restic")
    done = checkout.run("scripts/setup")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("system", ["debian 11 $(uname -m)", "$ID $VERSION_ID pdp11"])
def test_packages_unpacked_for_another_system_do_not_count(checkout: Checkout, system: str):
    checkout.has_packages(all_but=("restic",))
    unpack(checkout, "restic", system=system)
    assert "Debian packages are missing: restic" in checkout.run("scripts/setup").stderr


def test_only_what_is_neither_installed_nor_unpacked_stops_a_drill(checkout: Checkout):
    checkout.has_packages(all_but=("restic", "pgbackrest"))
    unpack(checkout, "restic")
    assert "Debian packages are missing: pgbackrest, and" in checkout.run("scripts/setup").stderr


def test_a_sudo_that_refuses_is_as_good_as_none(checkout: Checkout):
    """At a terminal it is asked; who may not use it goes on rootless."""
    checkout.has_packages(all_but=("restic",))
    checkout.stub("id", "echo 1000")
    checkout.stub("sudo", "exit 1")
    script = f'. "{checkout.root}/scripts/lib/say.sh"; . "{checkout.root}/scripts/lib/packages.sh"; '
    ask = "started=0; as_root() { echo sudo; }; install_packages restic && echo goes on"
    done = subprocess.run(
        ["sh", "-euc", script + ask],
        env={"PATH": str(checkout.tools)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == "goes on\n"
    assert "    apt-get install --no-install-recommends restic\n" in done.stderr


def test_a_browser_that_is_missing_stops_no_test(checkout: Checkout):
    checkout.has_packages(all_but=("chromium",))
    checkout.stub("id", "echo 1000")
    done = checkout.run("scripts/test")
    assert (done.returncode, done.stdout.splitlines()) == (0, ["python", "-m", "pytest"])


def test_a_drill_does_not_ask_for_the_browser(checkout: Checkout):
    checkout.has_packages(all_but=("chromium",))
    done = checkout.run("scripts/drill")
    assert (done.returncode, done.stderr) == (0, "")


def test_packages_are_installed_by_sudo_where_it_asks_nothing(checkout: Checkout, tmp_path: Path):
    checkout.has_packages(all_but=("restic",))
    checkout.stub("id", "echo 1000")
    checkout.stub("sudo", f'[ "$*" != "-n true" ] || exit 0; printf "%s\\n" "$@" >"{tmp_path}/called"')
    checkout.run("scripts/setup")
    installer = f"{checkout.root}/scripts/lib/install-debian-packages"
    assert (tmp_path / "called").read_text().splitlines() == ["-n", "sh", installer, "restic"]


def test_an_installation_that_fails_shows_the_end_of_its_log(checkout: Checkout):
    checkout.has_packages(all_but=("restic",))
    checkout.stub("id", "echo 1000")
    checkout.stub("sudo", '[ "$*" != "-n true" ] || exit 0; echo "E: no such package"; exit 100')
    done = checkout.run("scripts/setup")
    assert done.returncode == 69
    assert done.stderr.splitlines()[-3:] == [
        "    E: no such package",
        "error SP680: Debian packages could not be installed",
        f"  fix:   read {checkout.root}/.setup/packages.log; when it names a held lock or a broken package, "
        "run 'dpkg --configure -a' as root; then run this again",
    ]
