"""A key's material is renewed."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.kms_rotation import RULE
from stormproof.core.infra.rule import RuleVerdict

KIND = "aws:kms/key:Key"
KEY = res("aws:kms/key:Key", "key")
OTHER = res("aws:s3/bucket:Bucket", "other")


def _verdict(properties: dict[str, Any]) -> RuleVerdict | None:
    return verdicts(RULE, program(KEY, OTHER, res(KIND, "one", **properties))).get("one")


@pytest.mark.parametrize("properties", [{}, {"enableKeyRotation": False}])
def test_it_is_refused(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "properties",
    [
        {"enableKeyRotation": True},
        {"enableKeyRotation": "true"},
        {"enableKeyRotation": True, "rotationPeriodInDays": 90},
    ],
)
def test_it_passes(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.PASSED


@pytest.mark.parametrize("properties", [{"enableKeyRotation": Ref("other")}])
def test_what_cannot_be_known_is_unknown(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.UNKNOWN


@pytest.mark.parametrize("properties", [{"customerMasterKeySpec": "RSA_2048"}, {"keyUsage": "GENERATE_VERIFY_MAC"}])
def test_a_key_that_cannot_rotate_is_not_asked(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is None
