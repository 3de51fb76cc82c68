"""docs/rules.md: every rule with what it refuses, why, and what to write; and which statement of the policy it helps to prove."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stormproof.core.infra.rule import EVERY_LAYER, Rule

# The first word of a rule's id -> what it is about.
AREAS = {
    "account": "Accounts",
    "alarms": "Alarms",
    "api": "APIs",
    "backup": "Backups",
    "caches": "Stores and encryption",
    "cloudfront": "The edge",
    "cognito": "The edge",
    "declared": "The program itself",
    "dynamodb": "Stores and encryption",
    "ec2": "Machines",
    "ecr": "Machines",
    "edge": "The edge",
    "efs": "Stores and encryption",
    "iam": "Access",
    "kms": "Keys",
    "lb": "The edge",
    "log": "Logs",
    "logs": "Logs",
    "network": "Network",
    "organisation": "The organisation",
    "patching": "Machines",
    "policies": "Access",
    "queues": "Stores and encryption",
    "rds": "Databases",
    "recovery": "The recovery environment",
    "regions": "The program itself",
    "restore": "Backups",
    "s3": "Buckets",
    "secrets": "Secrets",
    "security": "The edge",
    "service": "Access",
    "sso": "Access",
    "stateful": "The program itself",
    "tagged": "The program itself",
    "topics": "Stores and encryption",
    "vaults": "Backups",
    "volumes": "Stores and encryption",
    "waf": "The edge",
}
# Tag -> what rules read in it. Without a tag they go by structure: a subnet that holds a database is a data tier.
TAGS = {
    "environment": "`recovery`: has no way out (so has where restore tests restore to, and what its stack, its block or its name says is one); `production`: databases have a standby in another zone",
    "Name": "of a VPC without `environment`: `recovery`, `restore` or `drill` in it says that it is one to restore into",
    "tier": "which subnets belong together; `data` has no route out",
    "data-class": "`confidential`, `restricted`: such buckets are backed up",
    "rpo": "`15m`, `4h`, `8d`: the plans that take it must keep it",
    "backup": "`none` with `backup-reason`: left out on purpose",
    "backup-duration, copy-duration": "of a plan: how long its backups and copies take, as measured (`30m`)",
    "PatchGroup": "of instances: which baseline and window patch them",
    "criticality": "`critical`: databases have a standby in another zone",
    "pii": "`true`: the bucket's lifecycle ends what is in it",
    "holds": "`logs`: a bucket whose own readers need no log",
    "duty": "`deploy`: a role that may remove no lock, as one that a pipeline takes",
    "layer": "`vault`: a role that the service's account may not take",
    "owner": "who answers for it (advice)",
}
SETTINGS = {
    "project, environment": "what the names of our permission boundaries begin with",
    "accountOf": "`vault`: the roles of that account's stack are the vault's",
    "layer": "which rules of a layer are asked",
    "regions": "the allowed ones: `allowed`, else all that are named",
    "accounts": "`workload` and `vault`: apart, where both are named",
    "boundaries": "ARNs of permission boundaries that another program declares; ours are known by `project`, `environment` and `accounts`",
    "prefixLists": "ids of prefix lists of somebody else's that security groups may let in (CloudFront's)",
    "recoveryNetwork": "its `cidr`: the VPC with that block is the recovery environment, whatever its tag",
    "recoveryPlaces": "names and ids of the recovery environment's subnet groups and security groups, where another program declares them",
    "acknowledgeComplianceLock": "`true`: somebody decided that a vault's lock can never be taken away",
    "disposable": "`true`: the lab, where nothing is protected",
}


def page(rules: Sequence[Rule], note: str) -> str:
    """The page in Markdown. Raises KeyError for a rule of an area that nobody named."""
    return "\n".join([*_head(rules, note), *_what_they_read(), *_by_statement(rules), *_by_area(rules)])


def _head(rules: Sequence[Rule], note: str) -> Iterator[str]:
    advice = sum(rule.advisory for rule in rules)
    layered = sorted({rule.layer for rule in rules if rule.layer is not None})
    yield from (
        "# Rules over declared infrastructure", "", f"<!-- {note} -->", "",
        f"{len(rules)} rules are asked of every preview, by the policy pack and by `stormproof infra check`; {advice} of them only advise.",
        "A rule that could not know what it asks about refuses too, and says what to write so that it can be known:",
        "explicit names, computed ARNs, values written out. Rules read the graph of resources, so they hold for programs of any",
        f"style. Those of a layer ({', '.join(layered)}) are asked of a stack that declares it in `stormproof:layer`, or `{EVERY_LAYER}`.",
        "",
        "```sh",
        "pulumi preview --policy-pack infra/policy             # refuses before anything is touched",
        "pulumi preview --json | stormproof infra check --preview -",
        "```",
        "",
        "An exception is data (`infra/policy/exceptions.yaml`): resource, rule, owner, reason, and an end within 90 days.",
        "",
    )  # fmt: skip


def _what_they_read() -> Iterator[str]:
    yield from ("## What they read", "", "| tag | means |", "|---|---|")
    yield from (f"| `{tag}` | {means} |" for tag, means in TAGS.items())
    yield from ("", "| configuration (`stormproof:…`) | means |", "|---|---|")
    yield from (f"| `{key}` | {means} |" for key, means in SETTINGS.items())
    yield ""


def _by_statement(rules: Sequence[Rule]) -> Iterator[str]:
    statements = {one for rule in rules for one in rule.statements}
    yield from ("## By statement of the policy", "", "| statement | rules |", "|---|---|")
    for statement in sorted(statements, key=statement_order):
        proving = [f"[{rule.id}](#{rule.id})" for rule in rules if statement in rule.statements]
        yield f"| {statement} | {', '.join(proving)} |"
    yield ""


def statement_order(statement: str) -> tuple[float, str]:
    """`3.1-b` comes before `10-a`."""
    section, _, letter = statement.partition("-")
    return float(section), letter


def _by_area(rules: Sequence[Rule]) -> Iterator[str]:
    areas: dict[str, list[Rule]] = {}
    for rule in rules:
        areas.setdefault(AREAS[rule.id.split("-")[0]], []).append(rule)
    for area in sorted(areas):
        yield from (f"## {area}", "")
        for rule in areas[area]:
            yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    where = f" · layer {rule.layer}" if rule.layer else ""
    how = " · advice only" if rule.advisory else ""
    yield from (f"### {rule.id}", "", f"**{rule.title}.** {rule.severity.value}{where}{how}", "")
    yield from (f"- **Why:** {rule.risk}", f"- **Write:** {rule.remedy}", f"- **Proves:** {', '.join(rule.statements)}")
    references = list(_references(rule))
    if references:
        yield f"- **See:** {'; '.join(references)}"
    yield ""


def _references(rule: Rule) -> Iterator[str]:
    named: Iterable[tuple[str, tuple[str, ...]]] = (
        ("SOC 2", rule.soc2),
        ("ISO/IEC 27001:2022", rule.iso27001),
        ("CIS AWS Foundations v5", rule.cis),
    )
    yield from (f"{name} {', '.join(refs)}" for name, refs in named if refs)
