"""A network firewall drops what no rule allows."""

from __future__ import annotations

from collections.abc import Iterator

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import Resource, ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

POLICY = "aws:networkfirewall/firewallPolicy:FirewallPolicy"
STATELESS = ("firewallPolicy.statelessDefaultActions", "firewallPolicy.statelessFragmentDefaultActions")
STATEFUL = "firewallPolicy.statefulDefaultActions"
ORDER = "firewallPolicy.statefulEngineOptions.ruleOrder"
DROPS = ("aws:drop_strict", "aws:drop_established", "aws:drop_established_app_layer")
HANDS_ON = ("aws:forward_to_sfe", "aws:drop")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for policy in graph.of(POLICY):
        yield _answer(policy)


def _answer(policy: Resource) -> Answer:
    actions = {path: policy.items(path) for path in (*STATELESS, STATEFUL)}
    order = policy.get(ORDER, "DEFAULT_ACTION_ORDER")
    for path in STATELESS:
        listed = actions[path]
        if not isinstance(listed, Unknown) and any(isinstance(one, str) and one not in HANDS_ON for one in listed):
            return failed(policy, f"`{path.rsplit('.')[-1]}` lets packets pass unseen", "set it to aws:forward_to_sfe")
    unseen = next((path for path, listed in actions.items() if has_unknown(listed)), None)
    if unseen is not None or isinstance(order, Unknown):
        return unknown(policy, f"`{unseen or ORDER}`", "write it out")
    if order != "STRICT_ORDER":
        return failed(
            policy, "it has no strict order, and so no default: what no rule names passes",
            "set `stateful_engine_options.rule_order` to STRICT_ORDER, with aws:drop_established",
        )  # fmt: skip
    listed = actions[STATEFUL]
    if isinstance(listed, Unknown) or not any(one in DROPS for one in listed):
        return failed(policy, "what no rule allows passes", "set `stateful_default_actions` to aws:drop_established")
    return passed(policy)


RULE = Rule(
    id="network-firewall-drops",
    title="Network firewalls drop what no rule allows",
    statements=("3.1-b",),
    severity=Severity.HIGH,
    risk="A firewall that passes what it does not know stops nobody who knows another address.",
    remedy="Use STRICT_ORDER, drop established connections by default, and allow domains by name.",
    check=_check,
    soc2=("CC6.6",),
    iso27001=("A.8.20", "A.8.21"),
)
