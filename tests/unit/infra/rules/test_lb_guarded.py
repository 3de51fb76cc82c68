"""A load balancer on the internet has a web firewall that blocks the greedy, and logs."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.lb_guarded import RULE
from stormproof.core.infra.resource_graph import Resource
from stormproof.core.infra.rule import RuleVerdict

LOGS = {"enabled": True, "bucket": "logs"}
LIMIT = {
    "name": "rate",
    "action": {"block": {}},
    "statement": {"rateBasedStatement": {"limit": 1000, "aggregateKeyType": "IP"}},
}
JOINED = res("aws:wafv2/webAclAssociation:WebAclAssociation", "joined", resourceArn=Ref("lb"), webAclArn=Ref("acl"))


def _balancer(**properties: Any) -> Resource:
    return res("aws:lb/loadBalancer:LoadBalancer", "lb", **{"accessLogs": LOGS, **properties})


def _acl(*rules: object) -> Resource:
    return res("aws:wafv2/webAcl:WebAcl", "acl", rules=list(rules))


def _verdict(*resources: Resource) -> RuleVerdict | None:
    found = verdicts(RULE, program(*resources))
    return max(found.values(), key=[RuleVerdict.PASSED, RuleVerdict.UNKNOWN, RuleVerdict.FAILED].index, default=None)


def test_a_guarded_one_passes() -> None:
    assert _verdict(_balancer(), JOINED, _acl(LIMIT)) is RuleVerdict.PASSED


@pytest.mark.parametrize(
    "resources",
    [
        (_balancer(),),
        (_balancer(), JOINED, _acl()),
        (_balancer(), JOINED, _acl({"name": "managed", "statement": {"managedRuleGroupStatement": {}}})),
        (_balancer(), JOINED, _acl(LIMIT | {"action": {"count": {}}})),
        (_balancer(accessLogs=None), JOINED, _acl(LIMIT)),
        (_balancer(accessLogs={"enabled": False}), JOINED, _acl(LIMIT)),
    ],
)
def test_one_with_a_hole_fails(resources: tuple[Resource, ...]) -> None:
    assert _verdict(*resources) is RuleVerdict.FAILED


@pytest.mark.parametrize("properties", [{"internal": True}, {"loadBalancerType": "network"}])
def test_one_inside_or_of_another_kind_is_not_concerned(properties: dict[str, Any]) -> None:
    assert _verdict(_balancer(**properties)) is None


@pytest.mark.parametrize(
    "resources",
    [
        (_balancer(internal=Ref("x")),),
        (_balancer(accessLogs={"enabled": Ref("x")}), JOINED, _acl(LIMIT)),
        (_balancer(), JOINED, res("aws:wafv2/webAcl:WebAcl", "acl", rules=Ref("x"))),
        (
            _balancer(),
            res("aws:wafv2/webAclAssociation:WebAclAssociation", "joined", resourceArn=Ref("lb"), webAclArn="arn:x"),
        ),
    ],
)
def test_what_cannot_be_known_is_unknown(resources: tuple[Resource, ...]) -> None:
    assert _verdict(*resources) is RuleVerdict.UNKNOWN
