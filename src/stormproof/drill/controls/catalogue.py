"""Every control there is, and the choice of them by name."""

from __future__ import annotations

from collections.abc import Sequence

from stormproof.core.errors import Refused
from stormproof.core.spec_text import nearest_fix
from stormproof.drill.controls.control import Control
from stormproof.drill.controls.data import DATABASE_CONTROLS
from stormproof.drill.controls.files import FILES_CONTROLS
from stormproof.drill.controls.repository import REPOSITORY_CONTROLS

ALL = "all"
ALL_CONTROLS: tuple[Control, ...] = (*DATABASE_CONTROLS, *FILES_CONTROLS, *REPOSITORY_CONTROLS)


def chosen(wanted: str) -> list[str]:
    """Names of the controls that were asked for: one, several with commas, or `all`. Raises Refused for an unknown one."""
    known = [control.name for control in ALL_CONTROLS]
    names = [name.strip() for name in wanted.split(",")]
    for name in names:
        if name not in (ALL, *known):
            raise Refused(
                f"there is no negative control '{name}'",
                where="--negative-control",
                fix=nearest_fix(name, [ALL, *known]),
                code="SP515",
            )
    return known if ALL in names else list(dict.fromkeys(names))


def controls_of(names: Sequence[str]) -> list[Control]:
    """The records of these names, in their order; a name that a newer version dropped is left out."""
    return [control for name in names for control in ALL_CONTROLS if control.name == name]
