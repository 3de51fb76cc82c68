"""Who may take a role: people with MFA, CI from one environment, and nobody else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.components.access.trusts import (
    SERVICES,
    NameTooLong,
    UnknownService,
    deploy_trust,
    duty_trust,
    permission_set,
    preview_trust,
    service_trust,
)
from infra.naming import Names, Place
from infra.spec.access import Duty, Pipeline
from infra.spec.settings import Layer
from tests.support.iam_verdicts import verdict
from tests.support.infra_components import context

PIPELINE = Pipeline(repository="example/shop")
CENTRE = {
    "instanceArn": "arn:aws:sso:::instance/ssoins-1234567890abcdef",
    "groups": {"operator": "11111111-2222-3333-4444-555555555555"},
}


def _statements(text: str) -> list[dict[str, Any]]:
    return list(json.loads(text)["Statement"])


def test_people_by_iam_need_mfa_and_a_fresh_sign_in() -> None:
    [people] = _statements(duty_trust(context(), Duty.OPERATOR))
    assert people["Condition"] == {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
    }


def test_break_glass_needs_a_fresher_one() -> None:
    [people] = _statements(duty_trust(context(), Duty.BREAK_GLASS))
    assert people["Condition"]["NumericLessThan"] == {"aws:MultiFactorAuthAge": "900"}


def test_named_people_stand_in_place_of_the_account() -> None:
    people = "arn:aws:iam::999999999999:role/people"
    [statement] = _statements(duty_trust(context(access={"people": [people]}), Duty.AUDITOR))
    assert statement["Principal"] == {"AWS": [people]}


def test_people_by_identity_center_come_by_its_role_of_that_duty_and_without_a_condition_on_mfa() -> None:
    [people] = _statements(duty_trust(context(access={"identityCenter": CENTRE}), Duty.OPERATOR))
    assert people["Condition"] == {
        "ArnLike": {
            "aws:PrincipalArn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/"
            "*AWSReservedSSO_shop-prod-operator_????????????????"
        }
    }


@pytest.mark.parametrize("layer", list(Layer))
def test_ci_deploys_from_the_layer_s_environment_alone_and_never_with_a_condition_on_mfa(layer: Layer) -> None:
    job = _statements(deploy_trust(context(), PIPELINE, layer))[0]
    apart = layer in (Layer.VAULT, Layer.ORGANISATION)
    environment = f"production-{layer.value}" if apart else "production"
    assert job["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert job["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": f"repo:example/shop:environment:{environment}",
        }
    }


def test_what_only_looks_has_an_environment_of_its_own() -> None:
    [job] = _statements(preview_trust(context(), PIPELINE))
    assert job["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"].endswith(":environment:preview")


def test_nobody_from_the_workload_s_account_takes_the_vault_s_role() -> None:
    vault = context(Layer.ACCOUNT, accountOf="vault")
    refusal = _statements(deploy_trust(vault, PIPELINE, Layer.VAULT))[1]
    assert refusal["Effect"] == "Deny"
    assert refusal["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}


def test_the_drill_runner_is_taken_by_a_schedule_too_and_other_duties_are_not() -> None:
    with_ci = context(access={"pipeline": {"repository": "example/shop"}})
    assert [one["Sid"] for one in _statements(duty_trust(with_ci, Duty.DRILL_RUNNER))] == [
        "PeopleWithMfa",
        "JobOfOneEnvironment",
    ]
    assert len(_statements(duty_trust(with_ci, Duty.OPERATOR))) == 1


def test_a_permission_set_s_name_that_identity_center_does_not_take_is_refused() -> None:
    with pytest.raises(NameTooLong, match="Identity Center takes 32"):
        permission_set(Names("a-rather-long-name", "production"), Duty.KEY_ADMINISTRATOR)


# -- services of AWS

HERE = Place("111122223333", "eu-central-1")
SOURCE = "arn:aws:ec2:eu-central-1:111122223333:vpc-flow-log/*"
SILENT = sorted(service for service, sends in SERVICES.items() if not sends.account)


def _taken(service: str, **keys: str) -> str:
    source = SOURCE if SERVICES[service].source else None
    return verdict(service_trust(service, HERE, source), "sts:AssumeRole", principal=f"Service:{service}", **keys)


@pytest.mark.parametrize("service", SILENT)
def test_a_service_that_sends_no_source_is_asked_for_none_or_it_could_never_take_the_role(service: str) -> None:
    assert _taken(service) == "allowed"


def test_a_service_that_sends_its_account_acts_for_ours_alone() -> None:
    service = "monitoring.rds.amazonaws.com"
    assert _taken(service, **{"aws:SourceAccount": "111122223333"}) == "allowed"
    assert _taken(service, **{"aws:SourceAccount": "999999999999"}) == "nothing"


@pytest.mark.parametrize(
    ("account", "source", "answer"),
    [
        ("111122223333", SOURCE.replace("*", "fl-1"), "allowed"),
        ("999999999999", SOURCE.replace("*", "fl-1"), "nothing"),
        ("111122223333", SOURCE.replace("eu-central-1", "us-east-1"), "nothing"),
    ],
)
def test_one_that_sends_what_it_acts_for_is_held_to_that(account: str, source: str, answer: str) -> None:
    keys = {"aws:SourceAccount": account, "aws:SourceArn": source}
    assert _taken("vpc-flow-logs.amazonaws.com", **keys) == answer


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_the_trust_is_of_one_service_and_the_table_says_where_that_is_documented(service: str) -> None:
    source = SOURCE if SERVICES[service].source else None
    (one,) = _statements(service_trust(service, HERE, source))
    assert one["Principal"] == {"Service": service}
    assert "Resource" not in one
    assert SERVICES[service].page


def test_a_service_that_nobody_looked_up_is_refused() -> None:
    with pytest.raises(UnknownService, match="look up which source it sends"):
        service_trust("glue.amazonaws.com", HERE)
