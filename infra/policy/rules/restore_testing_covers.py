"""Whatever kind of thing is backed up is also restored, as a test, where restore tests are declared.

Within one program: what another stack protects is not seen here, so where tests stand in a stack of their own, as ours
do, only that there are some is judged. That every kind is among them, the stack that protects it cannot know either.
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import is_left_out, stateful
from infra.policy.rules._recovery import SELECTION
from infra.policy.rules.backup_kinds_opted_in import KINDS
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

PLAN = "aws:backup/restoreTestingPlan:RestoreTestingPlan"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    plans = graph.of(PLAN)
    if not plans:
        return
    tested = [one.get("protectedResourceType") for one in graph.of(SELECTION)]
    kinds = {KINDS[one.type]: one for one in stateful(graph) if one.type in KINDS and not is_left_out(one)}
    missing = [(kind, one) for kind, one in kinds.items() if kind not in tested]
    if not tested:
        yield failed(plans[0], "it tests nothing", "declare a RestoreTestingSelection for each protected kind")
    elif not missing:
        yield passed(plans[0])
    elif any(kind is UNKNOWN for kind in tested):
        yield unknown(plans[0], "which kinds it tests", "write `protected_resource_type` out")
    for kind, one in missing if tested and UNKNOWN not in tested else ():
        yield failed(one, f"no restore test covers its kind ({kind})", "declare a RestoreTestingSelection for it")


RULE = Rule(
    id="restore-testing-covers",
    title="Every kind of backup is restored as a test",
    statements=("9-c",),
    severity=Severity.MEDIUM,
    risk="The one kind that nobody ever restored is the one that cannot be.",
    remedy="Declare a RestoreTestingSelection for every kind that is protected; of kinds that another stack protects, compare by hand.",
    check=_check,
    soc2=("A1.3",),
    iso27001=("A.5.30",),
)
