"""The log account switches detectors, findings and scans on in the others, in every allowed region; they leave it to it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from infra.layers.account import declare
from infra.spec.settings import Layer
from tests.support.infra_components import SHAPE, broken_rules, context, of, settings
from tests.support.pulumi_mocks import Declared, declared, run

REGIONS = {"eu-central-1", "eu-west-1", "eu-north-1"}
ACCOUNTS = {**SHAPE["accounts"], "log": "222233334444", "organisation": "555566667777"}
OTHERS = set(ACCOUNTS.values()) - {"222233334444"}
ORGANISATION = "aws:{}/organizationConfiguration:OrganizationConfiguration"
GUARD, HUB, SCAN = (ORGANISATION.format(one) for one in ("guardduty", "securityhub", "inspector2"))
FEATURE = "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature"
OWN_FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"
MEMBERS = ("aws:securityhub/member:Member", "aws:inspector2/memberAssociation:MemberAssociation")
TOGETHER = "aws:securityhub/findingAggregator:FindingAggregator"
ANALYZER = "aws:accessanalyzer/analyzer:Analyzer"


def _settings(whose: str, **changes: Any) -> dict[str, Any]:
    detection = {"contact": {"phone": "+1 555 0100"}, **changes.pop("detection", {})}
    return {"accounts": ACCOUNTS, "accountOf": whose, "detection": detection, **changes}


def _declared(whose: str, **changes: Any) -> list[Declared]:
    return declared(lambda: declare(context(**_settings(whose, **changes))) and None)


@pytest.fixture(scope="module")
def log() -> list[Declared]:
    return _declared("log")


@pytest.fixture(scope="module")
def workload() -> list[Declared]:
    return _declared("workload")


def test_every_account_of_the_organisation_gets_a_detector_with_the_features_of_ours(log: list[Declared]) -> None:
    assert {(one.inputs["region"], one.inputs["autoEnableOrganizationMembers"]) for one in of(log, GUARD)} == {
        (region, "ALL") for region in REGIONS
    }
    features = set(settings().detection.guard_features)
    assert {(one.inputs["region"], one.inputs["name"], one.inputs["autoEnable"]) for one in of(log, FEATURE)} == {
        (region, feature, "ALL") for region in REGIONS for feature in features
    }


def test_agents_are_managed_for_members_as_for_the_administrator_itself(log: list[Declared]) -> None:
    def agents(kind: str, key: str) -> set[str]:
        found = [one.inputs.get("additionalConfigurations") for one in of(log, kind)]
        return {each["name"] for more in found if more for each in more if each[key] in ("ALL", "ENABLED")}

    assert agents(FEATURE, "autoEnable") == agents(OWN_FEATURE, "status") == {"EC2_AGENT_MANAGEMENT"}


def test_accounts_that_are_there_are_members_of_hub_and_scanner_and_new_ones_become_it(log: list[Declared]) -> None:
    for kind in MEMBERS:
        assert {(one.inputs["region"], one.inputs["accountId"]) for one in of(log, kind)} == {
            (region, account) for region in REGIONS for account in OTHERS
        }
    assert {one.inputs["region"] for one in of(log, HUB) if one.inputs["autoEnable"]} == REGIONS
    assert {one.inputs["autoEnableStandards"] for one in of(log, HUB)} == {"DEFAULT"}
    assert {one.inputs["region"]: one.inputs["autoEnable"] for one in of(log, SCAN)} == {
        region: {"ec2": True, "ecr": True, "lambda": True} for region in REGIONS
    }


def test_a_member_leaves_to_the_administrator_what_aws_lets_it_no_longer_set(workload: list[Declared]) -> None:
    for kind in (GUARD, HUB, SCAN, FEATURE, *MEMBERS, OWN_FEATURE, TOGETHER):
        assert of(workload, kind) == [], kind
    for kind in (
        "aws:guardduty/detector:Detector",
        "aws:securityhub/account:Account",
        "aws:inspector2/enabler:Enabler",
    ):
        assert {one.inputs["region"] for one in of(workload, kind)} == REGIONS
    assert broken_rules(workload, layer=Layer.ACCOUNT) == {}


def test_members_come_after_the_home_region_of_findings(log: list[Declared]) -> None:
    [together] = of(log, TOGETHER)
    assert all(together.urn in one.depends_on for one in of(log, HUB))


@pytest.mark.parametrize("members", ["new", "none"])
def test_until_then_each_account_stands_by_itself_and_that_is_told(members: str) -> None:
    how = {"organisation": {"members": members}}
    alone = _declared("workload", **how)
    assert len(of(alone, TOGETHER)) == 1
    assert {one.inputs["region"] for one in of(alone, OWN_FEATURE)} == REGIONS
    outputs = run(lambda: declare(context(**_settings("log", **how))), preview=True).outputs
    assert [one for one in outputs["weaker"].value if f"organisation.members is {members}" in one]
    administrator = _declared("log", **how)
    assert [one for kind in MEMBERS for one in of(administrator, kind)] == []
    assert {one.inputs["autoEnableOrganizationMembers"] for one in of(administrator, GUARD)} == (
        {"NEW"} if members == "new" else set()
    )


@pytest.mark.parametrize(
    "alone", [{"accounts": {**SHAPE["accounts"], "log": "222233334444"}}, {"organisation": {"delegate": False}}]
)
def test_without_an_organisation_or_its_word_nobody_is_administered(alone: dict[str, Any]) -> None:
    for whose in ("log", "workload"):
        seen = declared(lambda whose=whose: declare(context(**{**_settings(whose), **alone})) and None)
        assert [one for kind in (GUARD, HUB, SCAN) for one in of(seen, kind)] == []
        assert of(seen, OWN_FEATURE)


def test_what_is_switched_off_is_switched_on_in_nobody_s_account() -> None:
    off = _declared("log", detection={"guardDuty": False, "securityHub": False, "inspector": False})
    assert [one for kind in (GUARD, HUB, SCAN, FEATURE, *MEMBERS) for one in of(off, kind)] == []


def test_an_analyzer_of_the_whole_organisation_stands_in_the_administrator_s_account(
    log: list[Declared], workload: list[Declared]
) -> None:
    found = {one.inputs["region"] for one in of(log, ANALYZER) if one.inputs["type"] == "ORGANIZATION"}
    assert found == REGIONS
    assert [one for one in of(workload, ANALYZER) if one.inputs["type"] == "ORGANIZATION"] == []


def test_the_management_account_administers_nobody() -> None:
    with pytest.raises(ValidationError, match=r"accounts\.log: the management account administers no detectors"):
        settings(accounts={**SHAPE["accounts"], "log": "555566667777", "organisation": "555566667777"})
