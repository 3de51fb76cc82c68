"""What no account may do: within AWS's limits, with exemptions by role, and never a way to lock everybody out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from infra.components.access.actions import BLINDS, ENDS_KEYS, REMOVES_LOCKS
from infra.components.organisation.guardrails import (
    POLICY_MAX,
    GuardrailTooLong,
    resource_control_policy,
    service_control_policies,
)
from infra.spec.organisation import OrganisationSpec
from tests.support.infra_components import settings

GLASS = "arn:*:iam::*:role/shop-prod-break-glass"


def _denied(**changes: Any) -> dict[str, dict[str, Any]]:
    """Sid -> statement, over all service control policies."""
    texts = service_control_policies(settings(**changes)).values()
    return {one["Sid"]: one for text in texts for one in json.loads(text)["Statement"]}


def test_they_only_deny() -> None:
    assert {one["Effect"] for one in _denied().values()} == {"Deny"}


def test_an_account_has_room_for_them_beside_its_full_access() -> None:
    assert len(service_control_policies(settings())) <= 4  # AWS: five attached, FullAWSAccess among them


def test_locks_stay_but_for_break_glass() -> None:
    locks = _denied()["LocksStay"]
    assert set(REMOVES_LOCKS) <= set(locks["Action"])
    assert locks["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [GLASS]}}


def test_keys_are_ended_by_their_administrator_alone() -> None:
    keys = _denied()["KeysStay"]
    assert set(ENDS_KEYS) <= set(keys["Action"])
    assert "arn:*:iam::*:role/shop-prod-key-administrator" in keys["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    assert not any("deploy" in one for one in keys["Condition"]["ArnNotLike"]["aws:PrincipalArn"])


def test_whoever_watches_stays() -> None:
    assert set(BLINDS) <= set(_denied()["WatchersStay"]["Action"])


def test_the_trail_and_the_recorder_are_not_weakened_where_they_stand() -> None:
    weakens = {"cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors", "config:PutConfigurationRecorder"}
    assert weakens <= set(_denied()["WatchersStay"]["Action"])


def test_whoever_brings_an_account_up_first_sets_its_watchers_and_defaults_and_ends_no_lock_nor_key() -> None:
    first = "arn:aws:iam::111122223333:role/first"
    denied = _denied(keys={"administrators": [first]})
    exempt = {sid for sid, one in denied.items() if first in json.dumps(one.get("Condition", {}))}
    assert exempt == {"WatchersStay", "DefaultsStay", "BucketLocksStay"}


def test_how_long_a_bucket_locks_is_changed_by_break_glass_alone() -> None:
    said = _denied()["BucketLocksStay"]
    assert said["Action"] == ["s3:PutBucketObjectLockConfiguration"]
    assert said["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [GLASS]}}


def test_other_regions_are_denied_and_services_without_regions_are_not() -> None:
    regions = _denied(regions={"primary": "eu-central-1", "recovery": "eu-west-1", "vault": "eu-north-1"})[
        "AllowedRegions"
    ]
    assert regions["Condition"]["StringNotEquals"] == {
        "aws:RequestedRegion": ["eu-central-1", "eu-west-1", "eu-north-1"]
    }
    assert {"iam:*", "sts:*", "organizations:*", "route53:*", "support:*"} <= set(regions["NotAction"])
    assert "ec2:*" not in regions["NotAction"]


def test_root_is_denied_and_the_management_account_s_unlocking_is_not() -> None:
    root = _denied()["NotRoot"]
    assert root["Action"] == "*"
    assert root["Condition"] == {
        "StringLike": {"aws:PrincipalArn": "arn:*:iam::*:root"},
        "BoolIfExists": {"aws:AssumedRoot": "false"},
    }


def test_a_statement_that_denies_everything_names_whom() -> None:
    assert [sid for sid, one in _denied().items() if one.get("Action") == "*" and not one.get("Condition")] == []


def test_encryption_can_be_left_to_the_accounts_defaults() -> None:
    assert "DatabasesEncrypted" in _denied()
    assert "DatabasesEncrypted" not in _denied(organisation={"encryptedOnly": False})


def test_every_policy_fits() -> None:
    assert [name for name, text in service_control_policies(settings()).items() if len(text) > POLICY_MAX] == []


def test_one_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.components.organisation.guardrails.POLICY_MAX", 100)
    with pytest.raises(GuardrailTooLong, match="AWS takes 100"):
        service_control_policies(settings())


def test_stores_are_for_the_organisation_s_principals_and_those_trusted_by_name() -> None:
    statements = {
        one["Sid"]: one for one in json.loads(resource_control_policy("o-exampleorg1", ["999999999999"]))["Statement"]
    }
    assert statements["OurPrincipalsOnly"]["Condition"] == {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorg1", "aws:PrincipalAccount": ["999999999999"]},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    assert statements["ServicesForUsOnly"]["Condition"]["Null"] == {"aws:SourceAccount": "false"}


def test_without_a_trusted_account_none_is_exempt() -> None:
    assert "aws:PrincipalAccount" not in resource_control_policy("o-exampleorg1")


def test_exemptions_without_a_policy_are_a_mistake() -> None:
    with pytest.raises(ValidationError, match="exempt from nothing"):
        OrganisationSpec(trusted_accounts=("999999999999",))
