"""The stack's configuration, as the engine tells it to a policy pack.

Older engines put it into the environment (`PULUMI_CONFIG`). Newer ones (3.259, seen) say it in the call `ConfigureStack`,
of which pulumi-policy 1.21 keeps the stack's tags alone; so that call is listened to here, before the pack serves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi.runtime
from pulumi_policy import policy

_told: dict[str, str] = {}


def listen() -> None:
    """Keep what the engine says of the configuration. Once, before the pack is made."""
    servicer = policy._PolicyAnalyzerServicer
    original: Callable[[Any, Any, Any], Any] = servicer.ConfigureStack

    def configure(self: Any, request: Any, context: Any) -> Any:
        _told.clear()
        _told.update(dict(request.config))
        return original(self, request, context)

    servicer.ConfigureStack = configure  # type: ignore[method-assign, assignment]


def stack_config() -> Mapping[str, Any]:
    """Keys with their namespace (`stormproof:layer`), values as text. Empty for a program without any."""
    return {**pulumi.runtime.get_config_env(), **_told}
