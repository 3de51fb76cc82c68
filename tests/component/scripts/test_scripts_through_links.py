"""A link to a script does what the script does, from any folder: `~/bin/drill` is how people keep it at hand."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from checkout_support import Checkout, ready_checkout
from repository_files import ROOT

pytestmark = pytest.mark.component

SCRIPTS = sorted(path.name for path in (ROOT / "scripts").iterdir() if path.is_file())
FIRST = """root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd -P)"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return ready_checkout(tmp_path)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_link_to_a_link_finds_the_checkout(name: str, checkout: Checkout, tmp_path: Path) -> None:
    script = checkout.root / "scripts" / name
    head, found, _ = script.read_text().partition(FIRST)
    assert found, f"{name} finds its root in another way than the other scripts"
    script.write_text(f'{head}{FIRST}\necho "$root"\n')
    bin_ = tmp_path / "my bin"
    bin_.mkdir()
    (bin_ / "real").symlink_to(f"../a checkout/scripts/{name}")
    (bin_ / "called").symlink_to("real")
    done = subprocess.run(
        [str(bin_ / "called")], cwd="/", env={"PATH": str(checkout.tools), "CDPATH": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{checkout.root}\n", "")


def test_a_drill_is_run_through_a_link(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "rehearse").symlink_to(checkout.root / "scripts" / "drill")
    done = subprocess.run(
        [str(tmp_path / "rehearse"), "--json"], cwd="/",
        env={"PATH": str(checkout.tools), "HOME": str(tmp_path), "ENDS_WITH": "1"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == ["stormproof", "-C", str(checkout.root), "drill", "run", "shop-latest", "--json"]


def test_a_link_named_pulumi_to_ours_is_not_taken_for_the_vendors(checkout: Checkout, tmp_path: Path) -> None:
    """It would ask itself for its version, and that one the next."""
    link = tmp_path / "pulumi"
    link.symlink_to(checkout.root / "scripts" / "pulumi")
    vendors = tmp_path / "vendors"
    vendors.write_text("")
    script = '. "$root/scripts/engine/provide.sh"; for one; do is_ours "$one" && echo ours || echo theirs; done'
    done = subprocess.run(
        ["sh", "-euc", script, "sh", str(link), str(vendors)],
        env={"PATH": str(checkout.tools), "HOME": str(tmp_path), "root": str(checkout.root)},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["ours", "theirs"]
