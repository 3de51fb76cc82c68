"""One call of one verb: its arguments, its voice, and its project once it asks for one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stormproof.cli.named_path import named_path
from stormproof.cli.output import Output

if TYPE_CHECKING:
    from stormproof.cli.settings import Project


@dataclass
class Call:
    """What a verb's function is given. It answers an exit code."""

    args: argparse.Namespace
    rest: list[str]
    out: Output
    environment: Mapping[str, str]

    @cached_property
    def project(self) -> Project:
        """The project with its settings. Raises Refused where there is none, SpecInvalid where they are wrong."""
        from stormproof.cli.settings import load_project

        return load_project(self.project_folder_given, self.environment, self._flags())

    @property
    def project_folder_given(self) -> str | None:
        """What -C says; None when it was not given."""
        given: str | None = getattr(self.args, "project", None)
        return given

    def has_project(self) -> bool:
        """Whether there is one, for verbs that need none but use it. A wrong -C is still refused."""
        from stormproof.cli.settings import find_folder
        from stormproof.core.errors import Refused

        if self.project_folder_given is not None:
            return True
        try:
            find_folder(None, self.environment)
        except Refused:
            return "STORMPROOF_PROJECT" in self.environment
        return True

    @cached_property
    def home(self) -> Path:
        from stormproof.cli.settings import home

        return home(self.environment)

    def _flags(self) -> dict[tuple[str, ...], Any]:
        """Flags that stand above settings, by the setting's path."""
        args, flags = self.args, dict[tuple[str, ...], Any]()
        if getattr(args, "inventory", None):
            flags["inventory",] = _absolute(args.inventory)
        for name in ("profile", "size", "rate", "synchronous"):
            value = getattr(args, name, None)
            if value is not None:
                flags["lab", name] = _lab_value(name, value)
        return flags


def _absolute(inventory: str) -> str:
    """A path on the command line is relative to where it was typed, not to the project."""
    return inventory if inventory == "lab" else str(named_path(inventory).absolute())


def _lab_value(name: str, value: Any) -> Any:
    if name == "size":  # the flag's unit is in its name: --size MB
        return f"{value}MB" if str(value).isdigit() and value != "0" else 0 if value == "0" else value
    if name == "rate":
        try:
            return float(value)
        except ValueError:
            return value
    return value
