"""What a policy allows an AWS service is bound to whom the service acts for: an account, a resource, an organisation."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._documents import RESOURCE_POLICIES, documents
from infra.policy.rules.policies_not_for_anybody import PERMISSION, names_somebody
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

BINDING = ("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths", "kms:CallerAccount")
# A condition by another operator (`StringNotEquals`, `…IfExists`) names nobody, or holds where the key is missing.
BINDING_OPERATORS = (
    "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "foranyvalue:stringequals",
    "foranyvalue:stringlike", "foranyvalue:arnlike",
)  # fmt: skip
BOUND_BY = ("sourceAccount", "sourceArn", "principalOrgId", "eventSourceToken")  # of a function's permission
CONTEXT = "kms:encryptioncontext:"  # a key's grant may be bound by what it encrypts: one log group, one trail
# Services whose own documented policy carries no source: they write one fixed path. Source: Elastic Load Balancing, access logs.
WITHOUT_SOURCE = ("logdelivery.elasticloadbalancing.amazonaws.com",)
# EventBridge publishes to topics without a source, so a condition that must hold would lose every event; it is bound where
# it sends one. Source: EventBridge, "Amazon SNS permissions"; SNS, "Key management" (of the topic's key).
EVENTS, TO_TOPICS = "events.amazonaws.com", ("sns:publish", "kms:decrypt", "kms:generatedatakey*")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for held in documents(graph, RESOURCE_POLICIES):
        if isinstance(held, Answer):
            yield held
            continue
        to_services = [one for one in held.document.allowing if _services(one)]
        loose = next((one for one in to_services if not (_bound(one) or _bound_where_sent(one))), None)
        if loose is not None:
            yield failed(
                held.holder, f"it lets {_services(loose)[0]} in for anybody's sake",
                "bind it by aws:SourceAccount or aws:SourceArn (a key's grant: or by its encryption context)",
            )  # fmt: skip
        elif to_services:
            yield passed(held.holder)
    for one in graph.of(PERMISSION):
        if not str(one.get("principal")).endswith(".amazonaws.com"):
            continue
        if any(one.get(path) is not None for path in BOUND_BY):
            yield passed(one)
        else:
            yield failed(
                one, f"it lets {one.get('principal')} call the function for anybody's sake",
                "set `source_account`, or `source_arn`",
            )  # fmt: skip


def _services(statement: Statement) -> list[str]:
    return [one for one in statement.principals.get("Service", ()) if one not in WITHOUT_SOURCE]


def _bound(statement: Statement) -> bool:
    keys = {key: values for (operator, key), values in statement.conditions.items() if operator in BINDING_OPERATORS}
    if any(key.startswith(CONTEXT) for key in keys):
        return True
    return any(
        keys.get(key.lower()) and all(names_somebody(key, value) for value in keys[key.lower()]) for key in BINDING
    )


def _bound_where_sent(statement: Statement) -> bool:
    """EventBridge to a topic, for one account's sake as far as it says for whose."""
    account = statement.condition("aws:SourceAccount", "StringEqualsIfExists")
    only_events = statement.principals.keys() == {"Service"} and set(_services(statement)) == {EVENTS}
    only_topics = bool(statement.actions) and {one.lower() for one in statement.actions} <= set(TO_TOPICS)
    return only_events and only_topics and bool(account) and "*" not in (account or ())


RULE = Rule(
    id="service-grants-bound",
    title="Services act for us alone",
    statements=("3.2-c", "1-a"),
    severity=Severity.HIGH,
    risk="Somebody else's account makes the service act on our resource: the service is trusted, whoever asks it.",
    remedy="Bind every Allow to a service by aws:SourceAccount, aws:SourceArn or aws:SourceOrgID.",
    check=_check,
    soc2=("CC6.1",),
    iso27001=("A.5.15", "A.8.24"),
)
