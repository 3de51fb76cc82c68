"""Load balancers speak TLS 1.2 and 1.3 alone, and plain HTTP only to send people to TLS."""

from __future__ import annotations

from collections.abc import Iterator

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

LISTENER = ("aws:lb/listener:Listener",)
LISTENER_RULE, CLASSIC = "aws:lb/listenerRule:ListenerRule", "aws:elb/loadBalancer:LoadBalancer"
# Source: Elastic Load Balancing, security policies: these accept nothing below TLS 1.2.
POLICIES = (
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-FS-1-2-Res-2020-10",
    "ELBSecurityPolicy-FS-1-2-Res-2019-08",
    "ELBSecurityPolicy-TLS-1-2-2017-01",
)


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for listener in graph.of(*LISTENER):
        protocol = listener.get("protocol", "HTTP")
        if protocol is UNKNOWN:
            yield unknown(listener, "its protocol", "write it out")
        elif protocol in ("HTTPS", "TLS"):
            yield _tls(listener)
        elif protocol == "HTTP":
            yield _plain(listener, "defaultActions")
            yield from (_plain(rule, "actions") for rule in graph.pointing_at(listener, "listenerArn", LISTENER_RULE))
        else:
            yield failed(listener, f"it speaks {protocol} without TLS", "end TLS here (protocol TLS), or do not listen")
    for classic in graph.of(CLASSIC):
        yield failed(
            classic, "it is a classic load balancer, whose TLS no policy keeps at 1.2 and which no web firewall guards",
            "declare an application load balancer (lb.LoadBalancer)",
        )  # fmt: skip


def _tls(listener: Resource) -> Answer:
    policy = listener.get("sslPolicy")
    if policy is UNKNOWN:
        return unknown(listener, "its `ssl_policy`", "write it out")
    if policy in POLICIES:
        return passed(listener)
    what = "AWS's default, which takes TLS 1.0" if policy is None else f"{policy}, which takes TLS below 1.2"
    return failed(listener, f"its policy is {what}", f"set `ssl_policy` to {POLICIES[1]}")


def _plain(listener: Resource, path: str) -> Answer:
    """Of a listener, or of a rule on it, which comes before the listener's own action."""
    actions = listener.items(path)
    if isinstance(actions, Unknown):
        return unknown(listener, "where it sends people", "write its default action out")
    for action in actions:
        if not isinstance(action, dict) or action.get("redirect") is UNKNOWN:
            return unknown(listener, "where it sends people", "write its default action out")
        redirect = action.get("redirect")
        if action.get("type") != "redirect" or not redirect or redirect.get("protocol") != "HTTPS":
            return failed(listener, "it serves plain HTTP", "redirect to HTTPS, and serve nothing else there")
    return passed(listener) if actions else failed(listener, "it serves plain HTTP", "redirect to HTTPS")


RULE = Rule(
    id="lb-tls-policy",
    title="Load balancers speak TLS 1.2 and newer only",
    statements=("3.2-a",),
    severity=Severity.HIGH,
    risk="Sessions are read and taken over on any network between.",
    remedy="Name a policy of TLS 1.2 and 1.3, and let port 80 only redirect.",
    check=_check,
    soc2=("CC6.7",),
    iso27001=("A.8.24",),
)
