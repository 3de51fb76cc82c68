"""Which policies pulumi-policy asks about a stack: those that have something to tell.

It reads the whole stack anew for each policy that it asks (measured: 5 s for 400 resources and 115 policies, of which the
rules are 0.05 s). And the engine configures every policy's level at the start (3.259, seen), so that a level of the policy's
own, changed later, is not looked at: what is left out must be left out where the level is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi_policy import EnforcementLevel, Policy, StackValidationPolicy, policy


class Quietable(StackValidationPolicy):
    """A stack policy that is left out while `quiet()` is true."""

    def __init__(self, quiet: Callable[[], bool], **facts: Any) -> None:
        self.quiet = quiet
        super().__init__(**facts)


def leave_quiet_ones_out() -> None:
    """Let pulumi-policy pass over who is quiet, whatever level it was given. Once, before the pack serves."""
    servicer = policy._PolicyAnalyzerServicer
    original: Callable[[Any, Policy], EnforcementLevel] = servicer._get_enforcement_level

    def level(self: Any, one: Policy) -> EnforcementLevel:
        if isinstance(one, Quietable) and one.quiet():
            return EnforcementLevel.DISABLED
        return original(self, one)

    servicer._get_enforcement_level = level  # type: ignore[method-assign]
