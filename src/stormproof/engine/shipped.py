"""What stormproof brings along to start a project from: runbooks, drills, the Pulumi program and its stacks."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from stormproof.core.errors import SetupFailed


def starter_folder(name: str) -> Traversable:
    """Runbooks, drills, the Pulumi program or its stacks to start from.

    In an installed package they lie beside its modules, in a checkout on its top (where stacks lie without a folder).
    Raises SetupFailed when they are in neither.
    """
    packaged = files("stormproof") / "starter" / name
    if packaged.is_dir():
        return packaged
    top = Path(__file__).resolve().parents[3]
    checkout = top if name == "stacks" else top / name
    if checkout.is_dir():
        return checkout
    raise SetupFailed(
        f"the starting {name} are missing from this installation",
        where=str(packaged),
        fix="install stormproof again",
        code="SP127",
    )


def is_as_shipped(runbook: Path) -> bool:
    """Whether a module of a project's runbooks is, byte for byte, the one that this version brings along."""
    try:
        return (starter_folder("runbooks") / runbook.name).read_bytes() == runbook.read_bytes()
    except (OSError, SetupFailed):
        return False
