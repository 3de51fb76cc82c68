"""The organisation denies what no account may do: weaken locks, trail and keys, leave, or use other regions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from infra.policy.rules._breadth import on_everything
from infra.policy.rules._callers import means_everybody, within
from infra.policy.rules._documents import read
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import NARROWING, PolicyDocument, Statement
from stormproof.core.infra.resource_graph import Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

LAYER = "organisation"
POLICY, ATTACHMENT = "aws:organizations/policy:Policy", "aws:organizations/policyAttachment:PolicyAttachment"


@dataclass(frozen=True)
class Guardrail:
    """What must be denied, to everybody but named roles.

    Args:
        condition: a key without which it is not meant (a region-deny asks for the region); None: there is to be no other.
        holds: of that condition's operator and values, whether they mean it.
        beside: further keys that do not take the refusal away.
    """

    what: str
    actions: tuple[str, ...]
    condition: str | None = None
    holds: Callable[[str, Sequence[str]], bool] = lambda operator, values: True
    beside: tuple[str, ...] = ()


def _all_but_some_regions(operator: str, values: Sequence[str]) -> bool:
    return operator.startswith("stringnot") and not any(set(one) <= {"*"} for one in values)


def _every_root(operator: str, values: Sequence[str]) -> bool:
    accounts = ("arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root")
    return operator in NARROWING and all(any(within(root, one) for one in values) for root in accounts)


GUARDRAILS = (
    Guardrail("removing backup locks", ("backup:DeleteBackupVaultLockConfiguration", "backup:DeleteRecoveryPoint")),
    Guardrail("going round locks on objects", ("s3:BypassGovernanceRetention",)),
    Guardrail("stopping the trail", ("cloudtrail:StopLogging", "cloudtrail:DeleteTrail")),
    Guardrail("deleting and disabling keys", ("kms:ScheduleKeyDeletion", "kms:DisableKey")),
    Guardrail("leaving the organisation", ("organizations:LeaveOrganization",)),
    Guardrail(
        "other regions", ("ec2:RunInstances", "rds:CreateDBInstance"), "aws:requestedregion", _all_but_some_regions
    ),
    # Sessions by which the management account unlocks something (`sts:AssumeRoot`) may be let through.
    Guardrail(
        "what the root user does",
        ("ec2:RunInstances", "iam:CreateUser"),
        "aws:principalarn",
        _every_root,
        ("aws:assumedroot",),
    ),
)


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    denying: list[tuple[Resource, Statement]] = []
    for policy in graph.of(POLICY):
        if policy.get("type", "SERVICE_CONTROL_POLICY") != "SERVICE_CONTROL_POLICY":
            continue
        found = read(policy, "content")
        if isinstance(found, Answer):
            yield found
        elif isinstance(found, PolicyDocument):
            if not graph.pointing_at(policy, "policyId", ATTACHMENT):
                yield failed(policy, "it is attached to nothing", "declare a PolicyAttachment to the root or a unit")
            denying += [(policy, one) for one in found.denying]
    for rail in GUARDRAILS:
        yield _answer(rail, denying)


def _answer(rail: Guardrail, denying: Sequence[tuple[Resource, Statement]]) -> Answer:
    for action in rail.actions:
        if not any(one.covers_action(action) and _meant(one, rail) for _, one in denying):
            return failed(
                None, f"no policy of the organisation denies {rail.what} ({action})",
                "add a denying statement to a service control policy that is attached, which exempts nobody but roles that it names",
            )  # fmt: skip
    return passed(denying[0][0])


def _meant(statement: Statement, rail: Guardrail) -> bool:
    """Whether a refusal holds for all but those whom it names (`ArnNotLike aws:PrincipalArn`), and everywhere."""
    asked = rail.condition is None
    for (operator, key), values in statement.conditions.items():
        if key == "aws:principalarn" and "not" in operator:
            if means_everybody(values):
                return False
        elif key == rail.condition:
            if not rail.holds(operator, values):
                return False
            asked = True
        elif key not in rail.beside:
            return False
    return asked and on_everything(statement)


RULE = Rule(
    id="organisation-guardrails",
    title="The organisation denies what no account may do",
    statements=("1-b", "3.1-a", "5-c", "7-a", "9-b"),
    severity=Severity.HIGH,
    risk="Whoever administers one account takes its locks, its trail and its keys away.",
    remedy="Attach service control policies that deny weakening locks, trail and keys, other regions, and root.",
    check=_check,
    soc2=("CC6.1", "CC6.6"),
    iso27001=("A.5.15", "A.8.2"),
    layer=LAYER,
)
