"""What an account's layer declares of access: every role within a boundary, no user, no key, no wildcard."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.components.access import declare_account_access, declare_workload_roles
from infra.spec.settings import Layer
from tests.support.infra_components import broken_rules, context, of, weakened
from tests.support.pulumi_mocks import Declared, declared, run

ROLE, POLICY, OIDC = "aws:iam/role:Role", "aws:iam/policy:Policy", "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
CI: dict[str, Any] = {"access": {"pipeline": {"repository": "example/shop"}}}


@pytest.fixture(scope="module")
def seen() -> list[Declared]:
    return declared(lambda: declare_account_access(context(**CI)) and None)


def _names(seen: list[Declared]) -> set[str]:
    return {one.inputs["name"].removeprefix("shop-prod-") for one in of(seen, ROLE)}


def test_every_role_has_a_boundary_that_is_declared_here(seen: list[Declared]) -> None:
    limits = {f"arn:aws:iam::111122223333:policy/{one.inputs['name']}" for one in of(seen, POLICY)}
    assert {one.inputs.get("permissionsBoundary") for one in of(seen, ROLE)} <= limits


def test_no_users_and_no_keys_are_declared(seen: list[Declared]) -> None:
    assert [one.type for one in seen if "iam/user" in one.type or "accessKey" in one.type] == []


def test_sessions_end_within_the_hour(seen: list[Declared]) -> None:
    assert {one.inputs["maxSessionDuration"] for one in of(seen, ROLE)} == {3600}


def test_each_account_has_the_duties_and_deploy_roles_of_what_lies_in_it(seen: list[Declared]) -> None:
    assert _names(seen) == {
        "auditor", "break-glass", "key-administrator", "operator", "preview", "deploy-account", "deploy-primary",
    }  # fmt: skip
    vault = declared(lambda: declare_account_access(context(accountOf="vault", **CI)) and None)
    assert _names(vault) == {
        "auditor", "break-glass", "key-administrator", "preview", "deploy-account", "deploy-vault",
    }  # fmt: skip
    recovery = declared(lambda: declare_account_access(context(accountOf="recovery", **CI)) and None)
    assert {"drill-runner", "deploy-recovery"} < _names(recovery)


def test_without_a_pipeline_nothing_trusts_one() -> None:
    seen = declared(lambda: declare_account_access(context()) and None)
    assert of(seen, OIDC) == []
    assert [one.name for one in of(seen, ROLE) if "WebIdentity" in one.inputs["assumeRolePolicy"]] == []


def test_an_analyzer_looks_in_every_allowed_region(seen: list[Declared]) -> None:
    found = of(seen, "aws:accessanalyzer/analyzer:Analyzer")
    assert {one.inputs["region"] for one in found if one.inputs["type"] == "ACCOUNT"} == {
        "eu-central-1", "eu-west-1", "eu-north-1",
    }  # fmt: skip
    assert [one.inputs["region"] for one in found if one.inputs["type"] == "ACCOUNT_UNUSED_ACCESS"] == ["eu-central-1"]


def test_the_rules_are_silent(seen: list[Declared]) -> None:
    assert broken_rules(seen) == {}


def _trust(**changes: Any) -> str:
    condition = {
        "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
        "StringLike": {"token.actions.githubusercontent.com:sub": "repo:example/*:*"},
    }
    provider = {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}
    action = "sts:AssumeRoleWithWebIdentity"
    return json.dumps(
        {"Statement": [{"Effect": "Allow", "Action": action, "Principal": provider, "Condition": condition}]}
    )


def test_a_rule_speaks_when_any_repository_may_deploy(seen: list[Declared]) -> None:
    assert "iam-oidc-bound" in broken_rules(weakened(seen, ROLE, assumeRolePolicy=_trust()))


def test_outputs_name_roles_by_computed_arns() -> None:
    outputs = run(lambda: declare_account_access(context(**CI)), preview=True).outputs
    assert outputs["roles"].value["deploy-primary"] == "arn:aws:iam::111122223333:role/shop-prod-deploy-primary"
    assert outputs["peopleBy"].value == "iam with mfa"


def test_the_application_s_instances_run_within_the_workloads_boundary() -> None:
    seen = declared(lambda: declare_workload_roles(context(Layer.PRIMARY)) and None)
    [role] = of(seen, ROLE)
    assert role.inputs["permissionsBoundary"].endswith("policy/shop-prod-boundary-workload")
    assert broken_rules(seen) == {}
