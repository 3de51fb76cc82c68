"""Pulumi's entry point: reads the configuration, declares the stack's layers, exports their outputs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import get_config_env

# Pulumi starts this file by its path, with this folder alone on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from infra.short_life import live_shortly

live_shortly()  # before the rest is imported: most of what is made then is kept

from infra.config import read_settings  # noqa: E402
from infra.program import declare  # noqa: E402


async def main() -> dict[str, Any]:
    """The stack's outputs. Raises RunError, whose text is for a person."""
    try:
        return await declare(read_settings(get_config_env(), stack=pulumi.get_stack()))
    except ValueError as error:
        if not type(error).__module__.startswith("infra."):
            raise  # a mistake of ours: with its traceback
        raise pulumi.RunError(str(error)) from None


pulumi.run(main)
