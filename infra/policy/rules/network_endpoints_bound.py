"""A VPC endpoint's policy admits our own people and programs, to our own resources."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._documents import read
from infra.policy.rules._endpoints import ENDPOINT, only_reads_by_name, stays_in_own_account
from infra.policy.rules.policies_not_for_anybody import names_somebody
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import PolicyDocument, Statement
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

WITH_POLICY = ("Gateway", "Interface")
WHO = ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:SourceAccount")
WHAT = ("aws:ResourceOrgID", "aws:ResourceOrgPaths", "aws:ResourceAccount")
FIX = "allow only principals with aws:PrincipalOrgID (or aws:PrincipalAccount), and only named resources"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for endpoint in graph.of(ENDPOINT):
        kind = endpoint.get("vpcEndpointType", "Gateway")
        if kind is UNKNOWN:
            yield unknown(endpoint, "its type", "write `vpc_endpoint_type` out")
        elif kind in WITH_POLICY:
            yield _answer(endpoint)


def _answer(endpoint: Resource) -> Answer:
    found = read(endpoint, "policy")
    if isinstance(found, Answer):
        return found
    if not isinstance(found, PolicyDocument):
        return failed(endpoint, "it has AWS's default policy, which lets everybody do everything through it", FIX)
    for one in found.allowing:
        if not _names_who(one):
            return failed(
                endpoint, "its policy lets in credentials of any account: data can be carried into another", FIX
            )
        if not _names_what(one):
            return failed(endpoint, "its policy reaches resources of any account: data can be carried there", FIX)
    return passed(endpoint)


def _names_who(statement: Statement) -> bool:
    return not statement.for_anybody or _bound(statement, WHO) or only_reads_by_name(statement)


def _names_what(statement: Statement) -> bool:
    """Resources by name, or those of our own; some services' ARNs name nothing, so a condition does as well."""
    named = bool(statement.resources) and "*" not in statement.resources
    return named or _bound(statement, WHAT) or stays_in_own_account(statement)


def _bound(statement: Statement, keys: tuple[str, ...]) -> bool:
    found = [(key, statement.only(key)) for key in keys]
    return any(values and all(names_somebody(key, value) for value in values) for key, values in found)


RULE = Rule(
    id="network-endpoints-bound",
    title="VPC endpoints let through our own alone",
    statements=("3.1-b", "1-a"),
    severity=Severity.HIGH,
    risk="Who is inside carries data into a bucket of their own, through an endpoint that no firewall sees.",
    remedy="Give each endpoint a policy that admits our organisation's principals to named resources.",
    check=_check,
    soc2=("CC6.6", "CC6.7"),
    iso27001=("A.8.20", "A.8.22"),
)
