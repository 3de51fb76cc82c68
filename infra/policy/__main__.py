"""The policy pack: `pulumi preview --policy-pack infra/policy`. Any program can be held against it, in any style."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Pulumi starts this file by its path, with this folder alone on the path; rules are `infra.policy.rules`.
sys.path.insert(0, str(HERE.parents[1]))

from pulumi_policy import EnforcementLevel, PolicyPack  # noqa: E402

from infra.policy.asking import leave_quiet_ones_out  # noqa: E402
from infra.policy.pack import NAME, Pack, exceptions_text  # noqa: E402
from infra.policy.rules import all_rules  # noqa: E402
from infra.policy.stack_config import listen  # noqa: E402

if __name__ == "__main__":  # as Pulumi starts it; whoever only imports it serves nothing
    listen()
    leave_quiet_ones_out()
    PolicyPack(
        name=NAME,
        description="What stormproof refuses in declared infrastructure: docs/rules.md.",
        enforcement_level=EnforcementLevel.MANDATORY,
        policies=Pack(all_rules(), exceptions=exceptions_text(HERE)).policies(),
    )
