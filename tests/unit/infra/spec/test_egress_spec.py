"""The way out: switches are on in production, and only names that were allowed may be asked for."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import pytest
from pydantic import ValidationError

from infra.spec.egress import EgressSpec

REGION = "eu-central-1"


def _spec(**changes: Any) -> EgressSpec:
    return EgressSpec.model_validate(changes)


@pytest.mark.parametrize("prod", [True, False])
def test_what_nobody_set_is_on_in_production_alone(prod: bool) -> None:
    assert set(astuple(_spec().switches(prod=prod))) == {prod}


@pytest.mark.parametrize("switch", ["networkFirewall", "dnsFirewall", "natPerZone", "interfaceEndpoints"])
@pytest.mark.parametrize("prod", [True, False])
def test_what_was_set_stays_and_moves_nothing_else(switch: str, prod: bool) -> None:
    switches = astuple(_spec(**{switch: not prod}).switches(prod=prod))
    assert sorted(switches) == sorted([not prod, prod, prod, prod])


def test_the_block_on_public_access_is_on_everywhere() -> None:
    assert _spec().block_public_access


def test_a_name_for_all_below_is_written_as_each_firewall_reads_it() -> None:
    spec = _spec(allowedDomains=["*.example.org", "api.example.com", "api.example.com"])
    assert spec.tls_targets(REGION, prod=True) == (".example.org", "api.example.com")
    assert spec.names(REGION)[-2:] == ("*.example.org", "api.example.com")


def test_services_are_let_through_the_firewall_only_where_they_have_no_endpoint() -> None:
    spec = _spec(services=["kms", "sts"], interfaceEndpoints=False)
    assert spec.tls_targets(REGION, prod=True) == ("kms.eu-central-1.amazonaws.com", "sts.eu-central-1.amazonaws.com")
    assert _spec(services=["kms", "sts"]).tls_targets(REGION, prod=True) == ()


def test_a_service_is_let_through_under_the_name_that_it_has() -> None:
    spec = _spec(services=["ecr.api", "ecr.dkr"], interfaceEndpoints=False)
    assert spec.tls_targets(REGION, prod=True) == (
        "api.ecr.eu-central-1.amazonaws.com",
        ".dkr.ecr.eu-central-1.amazonaws.com",
    )


@pytest.mark.parametrize("name", ["attacker.eu-central-1.elb.amazonaws.com", "d1.cloudfront.net", "example.com"])
def test_names_that_anybody_can_have_at_aws_are_not_resolved(name: str) -> None:
    def allows(pattern: str) -> bool:
        return name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern

    assert not [pattern for pattern in _spec().names(REGION) if allows(pattern)]


def test_our_own_names_at_aws_are_resolved() -> None:
    allowed = _spec().names(REGION)
    for name in ("s3.eu-central-1.amazonaws.com", "x.y.eu-central-1.rds.amazonaws.com"):
        assert [pattern for pattern in allowed if name.endswith(pattern.removeprefix("*"))], name


@pytest.mark.parametrize(
    "changes",
    [
        {"allowedDomains": ["*"]},
        {"allowedDomains": ["example"]},
        {"allowedDomains": ["https://example.com"]},
        {"allowedDomains": ["api.*.example.com"]},
        {"allowedDomains": ["API.example.com"]},
        {"services": ["s3"]},
        {"services": ["nothing"]},
        {"networkFirewal": True},
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _spec(**changes)
