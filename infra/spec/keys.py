"""What a stack may set about its keys. Which keys there are is no setting: `infra.spec.key_table`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from infra.spec.base import Spec

ROTATION_DAYS_MIN, ROTATION_DAYS_MAX = 90, 2560  # AWS: EnableKeyRotation
RoleArn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$")]


class KeysSpec(Spec):
    """Keys of all layers.

    Args:
        rotation_days: new material that often. Each of the first two rotations of a key adds US$ 1 a month; later ones
            add nothing. Cheaper: up to 2560 days.
        administrators: roles that administer keys beside the deploy role and `key-administrator`, which must exist for
            the policies to be taken: whoever brings an account up for the first time, before its deploy role is there.
            The organisation's guardrails let them set watchers and defaults, too. Take it out afterwards.
    """

    rotation_days: int = Field(default=365, ge=ROTATION_DAYS_MIN, le=ROTATION_DAYS_MAX)
    administrators: tuple[RoleArn, ...] = ()
