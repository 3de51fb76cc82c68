"""The isolated recovery environment."""

from __future__ import annotations

from infra.spec.base import Spec


class RecoverySpec(Spec):
    """The isolated recovery environment.

    Args:
        same_account: recover within production's own account, which is weaker: whoever holds that account holds both.
            Buys: no second account to run. Costs nothing. The safer way is an account of its own, which costs nothing either.
    """

    same_account: bool = False
