"""A copy of a backup is encrypted with another key than the data and the first vault."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import PLAN, VAULT, stateful, taken_by
from stormproof.core.finding import Severity
from stormproof.core.infra.backup_selection import Selected
from stormproof.core.infra.resource_graph import Resource, ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

KEY = "aws:kms/key:Key"
# What keeps data -> where it names its key.
KEY_PATHS = ("kmsKeyId", "serverSideEncryption.kmsKeyArn")
Keys = frozenset[str]


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for plan in graph.of(PLAN):
        rules = plan.items("rules")
        if isinstance(rules, Unknown):
            yield unknown(plan, "its rules", "write them out")
            continue
        for number, rule in enumerate(rules):
            copies = rule.get("copyActions") if isinstance(rule, dict) else None
            if not isinstance(copies, list | tuple):
                continue
            sources = graph.targets(plan, f"rules.{number}.targetVaultName", VAULT)
            for place in range(len(copies)):
                for there in graph.targets(plan, f"rules.{number}.copyActions.{place}.destinationVaultArn", VAULT):
                    yield _answer(graph, plan, there, sources)


def _answer(graph: ResourceGraph, plan: Resource, there: Resource, sources: list[Resource]) -> Answer:
    theirs = _keys(graph, there, "kmsKeyArn")
    ours = [(one, _keys(graph, one, "kmsKeyArn")) for one in sources if one != there]
    # Where ARNs are not known yet, Pulumi keeps a plan's vaults together: then this may be the first vault itself.
    for resource in stateful(graph) if there not in sources else ():
        if any(taker is plan and how is Selected.YES for taker, how in taken_by(graph, resource)):
            ours += [(resource, _keys(graph, resource, path)) for path in KEY_PATHS]
    same = next((one for one, keys in ours if keys & theirs), None)
    if same is not None:
        return failed(there, f"copies in it have the key of {same.shown}", "give the vault of copies a key of its own")
    if not theirs and has_unknown(there.get("kmsKeyArn")):
        return unknown(there, "which key it has", "refer to a key of this program, or write its ARN out")
    return passed(there)


def _keys(graph: ResourceGraph, one: Resource, path: str) -> Keys:
    """Keys by URN, and by what is written out where it is no key of this program."""
    found = {key.urn for key in graph.targets(one, path, KEY)}
    value = one.get(path)
    return frozenset(found or ({value} if isinstance(value, str) else ()))


RULE = Rule(
    id="backup-copies-other-key",
    title="Copies of backups have another key",
    statements=("9-b", "3.2-c"),
    severity=Severity.HIGH,
    risk="One key that is deleted, or lost, makes the data and every backup of it unreadable.",
    remedy="Give each vault of copies a key of its own, in its own region and account.",
    check=_check,
    soc2=("A1.2", "CC6.1"),
    iso27001=("A.8.24", "A.8.13"),
)
