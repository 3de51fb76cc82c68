"""Servers are patched: front of the layer `primary`. Pulumi is imported only when something is declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.components.keys import Keys
    from infra.context import Context


def declare_patching(context: Context, keys: Keys | None = None) -> dict[str, Any]:
    """Baselines and windows. Outputs: `patchGroup`, the value of the tag `PatchGroup` that instances need.

    Args:
        keys: with `internal`, for the log group of what was installed; None: no such group.
    """
    if not context.settings.patching.enabled:
        return {}
    from infra.components.log_group import log_group
    from infra.components.patching.baselines import Baselines
    from infra.components.patching.windows import LOGS, Windows

    group = context.names.name("application")
    baselines = Baselines("patching-baselines", context, group, context.top())
    logs = None
    if keys is not None:
        logs = context.names.log_group(LOGS)
        log_group(baselines, context, LOGS, keys.arn("internal"))
    Windows(
        "patching-windows", context, group, log_group=logs, depends_on=baselines.registered, opts=context.top()
    )  # fmt: skip
    return {"patchGroup": group}
