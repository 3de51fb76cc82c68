"""Every plan copies to another region or another account, into a vault that takes the copy."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import AIR_GAPPED, PLAN, VAULT, VAULT_POLICY, plan_rules
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

ARN_PARTS = 6


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for plan in graph.of(PLAN):
        found = [answer for one in plan_rules(graph, plan) for answer in _copies(graph, plan, one.path, one.copies)]
        doubts = [one for one in found if isinstance(one, str)]
        problems = [one for one in found if isinstance(one, Answer)]
        if problems:
            yield from problems
        elif any(one is None for one in found):
            yield passed(plan)
        elif doubts:
            yield unknown(plan, doubts[0], "write the destination's ARN out: names, accounts and regions are known")
        else:
            yield failed(
                plan, "none of its rules copies to another region or account",
                "give a rule a copy action into a vault elsewhere: one mistake, or one intruder, reaches a whole account",
            )  # fmt: skip


def _copies(graph: ResourceGraph, plan: Resource, path: str, copies: object) -> Iterator[Answer | str | None]:
    """None for a copy that goes elsewhere; words for one of which that is not known; an Answer for a mistake."""
    if isinstance(copies, Unknown):
        yield "its copy actions"
        return
    assert isinstance(copies, tuple), "an unknown list was asked for before"
    for number, _ in enumerate(copies):
        place = f"{path}.copyActions.{number}.destinationVaultArn"
        arn = plan.get(place)
        vaults = graph.targets(plan, place, VAULT, AIR_GAPPED)
        for vault in vaults:
            if vault.type == VAULT and not graph.pointing_at(vault, "backupVaultName", VAULT_POLICY):
                yield failed(
                    vault,
                    "it is copied into and has no policy",
                    "declare a VaultPolicy that admits the sources by name",
                )
        stranger = _stranger(graph, arn)
        if stranger is not None:
            yield failed(
                plan, f"it copies into account {stranger}, which the configuration does not name",
                "name the account in `stormproof:accounts` once it is decided",
            )  # fmt: skip
        elif isinstance(arn, str):
            yield _known(arn, plan)
        elif arn is UNKNOWN and vaults:
            here, there = plan.region, {vault.region for vault in vaults}
            if here is None or None in there:
                yield f"the region of {vaults[0].shown}"
            elif here not in there:
                yield None
            elif vaults[0].provider == plan.provider or len(there) == 1:
                yield failed(
                    plan, f"it copies into {vaults[0].shown}, in the same region", "copy to another region or account"
                )
        else:
            yield "where it copies to"


def _stranger(graph: ResourceGraph, arn: object) -> str | None:
    """The account of a vault that nobody named, where the stack says which accounts are ours."""
    parts = arn.split(":") if isinstance(arn, str) else []
    if "accounts" not in graph.settings or len(parts) < ARN_PARTS or not parts[4]:
        return None
    return None if any(parts[4] in text for text in graph.settings.values()) else parts[4]


def _known(arn: str, plan: Resource) -> str | Answer | None:
    parts = arn.split(":")
    if len(parts) < ARN_PARTS:
        return failed(plan, f"it copies to {arn!r}, which is no ARN", "write the destination vault's ARN")
    if plan.region is None:
        return "its own region"
    own = plan.get("arn")
    account = own.split(":")[4] if isinstance(own, str) and own.count(":") >= ARN_PARTS - 1 else plan.tag("account")
    if parts[3] != plan.region or (isinstance(account, str) and parts[4] != account):
        return None
    return failed(plan, f"it copies to {arn}, in the same region", "copy to another region or account")


RULE = Rule(
    id="backup-copied-elsewhere",
    title="Backups are copied to another place",
    statements=("9-b",),
    severity=Severity.CRITICAL,
    risk="A region that is down, or an account that is taken over, has the data and every backup of it.",
    remedy="Copy into a vault in another region, and better in another account, whose policy admits the source.",
    check=_check,
    soc2=("A1.2", "CC6.1"),
    iso27001=("A.8.13", "A.8.14"),
)
