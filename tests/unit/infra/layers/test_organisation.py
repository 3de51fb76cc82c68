"""The organisation's layer: guardrails attached to every account, delegation, people by groups."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from infra.components.access.roles import duties_here
from infra.components.organisation.people import accounts_of
from infra.layers.organisation import declare
from infra.spec.access import Duty
from infra.spec.settings import AccountName, Layer
from stormproof.core.infra.resource_graph import UNKNOWN
from tests.support.infra_components import SHAPE, broken_rules, context, of, weakened
from tests.support.pulumi_mocks import Declared, declared, run

ACCOUNTS = {**SHAPE["accounts"], "log": "222233334444", "organisation": "555566667777"}
CENTRE = {
    "instanceArn": "arn:aws:sso:::instance/ssoins-1234567890abcdef",
    "groups": {"operator": "11111111-2222-3333-4444-555555555555", "auditor": "11111111-2222-3333-4444-666666666666"},
}
FULL: dict[str, Any] = {
    "accounts": ACCOUNTS,
    "organisation": {"id": "o-exampleorg1", "manage": True},
    "access": {"identityCenter": CENTRE},
}
POLICY, ATTACHED = "aws:organizations/policy:Policy", "aws:organizations/policyAttachment:PolicyAttachment"
ASSIGNED = "aws:ssoadmin/accountAssignment:AccountAssignment"


@pytest.fixture(scope="module")
def seen() -> list[Declared]:
    return declared(lambda: declare(context(Layer.ORGANISATION, **FULL)) and None)


@pytest.mark.parametrize("preview", [False, True])
def test_the_rules_of_an_organisation_are_silent(preview: bool) -> None:
    seen = declared(lambda: declare(context(Layer.ORGANISATION, **FULL)) and None, preview=preview)
    assert broken_rules(seen, layer=Layer.ORGANISATION) == {}


def test_a_rule_speaks_when_a_guardrail_is_emptied(seen: list[Declared]) -> None:
    empty = '{"Statement":[{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}]}'
    assert "organisation-guardrails" in broken_rules(weakened(seen, POLICY, content=empty), layer=Layer.ORGANISATION)


def test_each_guardrail_holds_in_every_account_but_the_management_account(seen: list[Declared]) -> None:
    held = {one.inputs["targetId"] for one in of(seen, ATTACHED)}
    assert held == set(ACCOUNTS.values()) - {"555566667777"}
    assert len(of(seen, ATTACHED)) == len(of(seen, POLICY)) * len(held)


def test_units_can_be_named_in_place_of_accounts() -> None:
    made = context(Layer.ORGANISATION, **{**FULL, "organisation": {"targets": ["r-abcd"]}})
    assert {one.inputs["targetId"] for one in of(declared(lambda: declare(made) and None), ATTACHED)} == {"r-abcd"}


def test_a_resource_policy_is_declared_where_the_organisation_s_id_is_known(seen: list[Declared]) -> None:
    assert [one.inputs["type"] for one in of(seen, POLICY)].count("RESOURCE_CONTROL_POLICY") == 1
    made = context(Layer.ORGANISATION, accounts=ACCOUNTS)
    outputs = run(lambda: declare(made), preview=True).outputs
    assert outputs["weaker"].value == ["organisation.id is not set: no resource control policy"]


def test_without_the_organisation_s_account_nothing_is_declared_and_that_is_told() -> None:
    made = context(Layer.ORGANISATION, environment="lab", disposable=True)
    result = run(lambda: declare(made), preview=True)
    assert result.declared == []
    assert "accounts.organisation is not set" in result.outputs["weaker"].value[0]


def test_the_log_account_administers_findings_of_all_in_every_region(seen: list[Declared]) -> None:
    for kind in (
        "guardduty/organizationAdminAccount:OrganizationAdminAccount",
        "securityhub/organizationAdminAccount:OrganizationAdminAccount",
    ):
        found = of(seen, f"aws:{kind}")
        assert {one.inputs["region"] for one in found} == {"eu-central-1", "eu-west-1", "eu-north-1"}
        assert {one.inputs["adminAccountId"] for one in found} == {"222233334444"}


def test_copies_between_accounts_are_let(seen: list[Declared]) -> None:
    [found] = of(seen, "aws:backup/globalSettings:GlobalSettings")
    assert found.inputs["globalSettings"] == {"isCrossAccountBackupEnabled": "true"}


def test_people_get_rights_by_groups_and_only_the_right_to_take_a_duty(seen: list[Declared]) -> None:
    assert {one.inputs["principalType"] for one in of(seen, ASSIGNED)} == {"GROUP"}
    policies = [
        one.inputs["inlinePolicy"]
        for one in of(seen, "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy")
    ]
    assert all('"Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]' in one for one in policies)


@pytest.mark.parametrize("duty", list(Duty))
def test_a_duty_is_assigned_in_the_accounts_that_declare_its_role(duty: Duty) -> None:
    declaring = {
        ACCOUNTS[whose]
        for whose in get_args(AccountName)
        if duty in duties_here(context(Layer.ACCOUNT, accounts=ACCOUNTS, accountOf=whose))
    }
    assert set(accounts_of(context(accounts=ACCOUNTS).settings, duty)) == declaring


def test_every_output_is_known_at_preview() -> None:
    outputs = run(lambda: declare(context(Layer.ORGANISATION, **FULL)), preview=True).outputs
    assert [name for name, one in outputs.items() if one.value is UNKNOWN] == []
    assert outputs["weaker"].value == []
