"""What the entrance may be told, and the text of security.txt, which follows from a date and never from a clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from infra.naming import Names
from infra.spec.edge import EdgeSpec, security_txt

GIVEN: dict[str, Any] = {"domain": "shop.example.com", "securityReviewed": "2026-11-26"}
NAMES = Names("shop", "prod")


def _spec(**changes: Any) -> EdgeSpec:
    return EdgeSpec.model_validate({**GIVEN, **changes})


def _lines(spec: EdgeSpec) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in security_txt(spec, "security@example.com").splitlines())


def test_security_txt_says_whom_until_when_and_where_it_stands() -> None:
    assert _lines(_spec()) == {
        "Contact": "mailto:security@example.com",
        "Expires": "2027-11-25T00:00:00Z",
        "Preferred-Languages": "en",
        "Canonical": "https://shop.example.com/.well-known/security.txt",
    }


@pytest.mark.parametrize("reviewed", ["2026-02-28", "2027-12-31", "2028-02-29"])
def test_it_ends_within_a_year_of_the_last_look_as_rfc_9116_asks(reviewed: str) -> None:
    ends = datetime.fromisoformat(_lines(_spec(securityReviewed=reviewed))["Expires"]).date()
    assert timedelta(days=330) < ends - date.fromisoformat(reviewed) < timedelta(days=365)


def test_a_policy_is_told_where_there_is_one() -> None:
    assert _lines(_spec(securityPolicy="https://example.com/report"))["Policy"] == "https://example.com/report"


def test_the_longest_text_fits_a_load_balancer_s_answer() -> None:
    longest = _spec(domain=".".join(["a" * 61] * 4), securityPolicy="https://" + "b" * 192)
    assert len(security_txt(longest, "c" * 64 + "@" + "d" * 255)) <= 1024


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"domain": None}, r"edge\.domain: is missing"),
        ({"securityReviewed": None}, r"edge\.securityReviewed: is missing"),
    ],
)
def test_what_the_layer_needs_is_asked_for_by_its_key(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _spec(**changes).check_given(NAMES)


def test_a_project_too_long_for_a_load_balancer_is_told_before_anything_is_made() -> None:
    _spec().check_given(Names("shop", "production"))
    with pytest.raises(ValueError, match=r"project: .* a load balancer takes 32"):
        _spec().check_given(Names("shop", "production-frankfurt"))


@pytest.mark.parametrize(
    "changes",
    [
        {"domain": "shop"},
        {"domain": "https://shop.example.com"},
        {"domain": "*.example.com"},
        {"zoneId": "example.com"},
        {"certificateArn": "arn:aws:acm:eu-central-1:111122223333:certificate/x"},
        {"applicationPort": 80},
        {"healthPath": "health"},
        {"requestsPerFiveMinutes": 9},
        {"managedGroups": ["Mine"]},
        {"securityPolicy": "http://example.com"},
        {"securityReviewed": "yesterday"},
        {"certificate": "x"},
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _spec(**changes)


def test_a_zone_without_a_domain_is_refused() -> None:
    with pytest.raises(ValidationError, match="write the name that users type"):
        EdgeSpec.model_validate({"zoneId": "Z0123456789ABC"})


def test_no_limit_and_no_group_can_be_left_out_by_mistake() -> None:
    assert EdgeSpec().requests_per_five_minutes == 2000
    assert "AWSManagedRulesCommonRuleSet" in EdgeSpec().managed_groups
