"""Listeners take TLS 1.2 and newer, and plain HTTP only redirects."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.lb_tls_policy import POLICIES, RULE
from stormproof.core.infra.rule import RuleVerdict

REDIRECT = {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}


def _verdict(**properties: Any) -> RuleVerdict:
    return verdicts(RULE, program(res("aws:lb/listener:Listener", "one", **properties)))["one"]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_of_tls_1_2_and_newer_passes(policy: str) -> None:
    assert _verdict(protocol="HTTPS", sslPolicy=policy) is RuleVerdict.PASSED


@pytest.mark.parametrize(
    "properties",
    [
        {"protocol": "HTTPS"},
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-2016-08"},
        {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"},
        {"protocol": "HTTP", "defaultActions": [{"type": "forward"}]},
        {"protocol": "HTTP", "defaultActions": []},
        {"protocol": "HTTP", "defaultActions": [{"type": "redirect", "redirect": {"protocol": "HTTP"}}]},
        {"protocol": "HTTP", "defaultActions": [REDIRECT, {"type": "forward"}]},
        {"defaultActions": [{"type": "fixed-response"}]},
        {"protocol": "TCP"},
    ],
)
def test_less_than_that_fails(properties: dict[str, Any]) -> None:
    assert _verdict(**properties) is RuleVerdict.FAILED


def test_a_redirect_to_tls_passes() -> None:
    assert _verdict(protocol="HTTP", defaultActions=[REDIRECT]) is RuleVerdict.PASSED


@pytest.mark.parametrize(
    "properties",
    [
        {"protocol": Ref("x")},
        {"protocol": "HTTPS", "sslPolicy": Ref("x")},
        {"protocol": "HTTP", "defaultActions": Ref("x")},
        {"protocol": "HTTP", "defaultActions": [{"type": "redirect", "redirect": Ref("x")}]},
    ],
)
def test_what_cannot_be_known_is_unknown(properties: dict[str, Any]) -> None:
    assert _verdict(**properties) is RuleVerdict.UNKNOWN
