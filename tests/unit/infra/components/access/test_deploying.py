"""A deploy role reaches whatever its layer declares, in every shipped stack, and not the data in it."""

from __future__ import annotations

import pytest
import stacks

from infra.components.access import trusts
from infra.components.access.boundaries import boundaries, deploy_boundary
from infra.components.access.deploying import MORE, SERVICES, deploy_policy, layers_here
from infra.context import Context
from infra.spec.settings import Layer
from tests.support.iam_verdicts import may_by_all
from tests.support.infra_components import context, may

# Module of pulumi_aws -> prefix of IAM's actions, where they differ.
PREFIXES = {
    "accessanalyzer": "access-analyzer", "cfg": "config", "ebs": "ec2", "efs": "elasticfilesystem",
    "lb": "elasticloadbalancing", "networkfirewall": "network-firewall", "ssoadmin": "sso", "vpc": "ec2",
}  # fmt: skip
ACTION_BY_ACTION = ("iam", "kms", "organizations", "account")
STACKS = [name for name in stacks.names() if name != "lab"]


def _prefix(token: str) -> str:
    _, path, kind = token.split(":")
    module = path.partition("/")[0]
    if module == "cloudwatch":
        return "events" if kind.startswith("Event") else "logs" if kind.startswith("Log") else "cloudwatch"
    if module == "route53" and kind.startswith("Resolver"):
        return "route53resolver"
    return PREFIXES.get(module, module)


def _here(stack: str) -> tuple[Context, Layer]:
    settings = stacks.settings(stack)
    [layer] = settings.layers
    return Context(settings, layer, settings.names, settings.place(layer)), layer


@pytest.mark.parametrize("stack", STACKS)
def test_it_reaches_every_service_of_which_its_layer_declares_something(stack: str) -> None:
    where, layer = _here(stack)
    needed = {_prefix(one.type) for one in stacks.stack(stack).declared if one.custom} - set(ACTION_BY_ACTION)
    text = deploy_policy(where, layer)
    more = {one.partition(":")[0] for one in MORE.get(layer, ())}
    assert sorted(one for one in needed - more if not may(text, f"{one}:CreateAnything")) == []


@pytest.mark.parametrize("stack", STACKS)
def test_its_boundary_lets_it_reach_them_too(stack: str) -> None:
    where, layer = _here(stack)
    text = dict(boundaries(where))[deploy_boundary(layer)]
    assert [one for one in SERVICES[layer] if not may(text, f"{one}:CreateAnything")] == []


@pytest.mark.parametrize("stack", STACKS)
def test_it_makes_the_roles_of_its_layer_with_boundaries_that_it_may_give(stack: str) -> None:
    """People alone make duties and what CI takes: a deploy role that could, would write its own rights."""
    where, layer = _here(stack)
    given = {
        one.inputs.get("permissionsBoundary", "").rpartition("boundary-")[2]
        for one in stacks.stack(stack).declared
        if one.type == "aws:iam/role:Role"
    }
    mine = {"workload", "recovery"} if where.place.account == where.settings.accounts.recovery else {"workload"}
    by_people = {"people", "break-glass", *(f"deploy-{one.value}" for one in layers_here(where))}
    assert given - mine - (by_people if layer is Layer.ACCOUNT else set()) == set()


def test_an_account_has_deploy_roles_for_the_layers_in_it_alone() -> None:
    assert layers_here(context()) == (Layer.ACCOUNT, Layer.PRIMARY)
    assert layers_here(context(accountOf="vault")) == (Layer.ACCOUNT, Layer.VAULT)


@pytest.mark.parametrize("service", sorted({*trusts.SERVICES, "config.amazonaws.com"}))
def test_every_service_that_a_role_of_ours_trusts_may_be_handed_it_and_no_other_one(service: str) -> None:
    here, layer = _here("prod-primary")
    text = deploy_policy(here, layer)
    role = here.names.role_arn("x", here.place)
    assert may_by_all([text], "iam:PassRole", role, **{"iam:PassedToService": service})
    assert not may_by_all([text], "iam:PassRole", role, **{"iam:PassedToService": f"not-{service}"})
