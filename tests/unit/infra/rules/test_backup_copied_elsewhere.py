"""Backups are copied to another region or account, into a vault that takes them."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, document, program, res, statement, verdicts

from infra.policy.rules.backup_copied_elsewhere import RULE
from stormproof.core.infra.resource_graph import Resource
from stormproof.core.infra.rule import RuleVerdict

FAR = res("aws:backup/vault:Vault", "far", region="eu-west-1")
NEAR = res("aws:backup/vault:Vault", "near")
POLICIES = [
    res(
        "aws:backup/vaultPolicy:VaultPolicy",
        f"p-{one}",
        backupVaultName=Ref(one),
        policy=document(statement(Principal={"AWS": "x"})),
    )
    for one in ("far", "near")
]
ARN = "arn:aws:backup:{}:{}:backup-vault:copies"


def _plan(*copies: object, **properties: Any) -> Resource:
    rule = {"ruleName": "daily", "copyActions": [{"destinationVaultArn": one} for one in copies]}
    return res("aws:backup/plan:Plan", "plan", rules=[rule], **properties)


def _verdict(plan: Resource, *more: Resource) -> RuleVerdict:
    return verdicts(RULE, program(FAR, NEAR, *POLICIES, plan, *more))["plan"]


@pytest.mark.parametrize(
    "plan",
    [
        _plan(Ref("far")),
        _plan(ARN.format("eu-west-1", "111122223333")),
        _plan(ARN.format("eu-central-1", "444455556666"), tags={"account": "111122223333"}),
        _plan(ARN.format("eu-central-1", "444455556666"), arn=ARN.format("eu-central-1", "111122223333")),
    ],
)
def test_a_copy_to_another_place_passes(plan: Resource) -> None:
    assert _verdict(plan) is RuleVerdict.PASSED


@pytest.mark.parametrize(
    "plan",
    [
        _plan(),
        _plan(Ref("near")),
        _plan(ARN.format("eu-central-1", "111122223333"), arn=ARN.format("eu-central-1", "111122223333")),
        _plan("copies"),
        res("aws:backup/plan:Plan", "plan", rules=[]),
    ],
)
def test_no_copy_or_one_to_the_same_place_fails(plan: Resource) -> None:
    assert _verdict(plan) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "plan",
    [
        _plan(Ref("elsewhere")),
        res("aws:backup/plan:Plan", "plan", rules=Ref("x")),
        res(
            "aws:backup/plan:Plan",
            "plan",
            region=None,
            rules=[{"copyActions": [{"destinationVaultArn": ARN.format("a", "1")}]}],
        ),
    ],
)
def test_what_cannot_be_known_is_unknown(plan: Resource) -> None:
    assert _verdict(plan) is RuleVerdict.UNKNOWN


def test_a_vault_that_is_copied_into_needs_a_policy() -> None:
    assert verdicts(RULE, program(FAR, _plan(Ref("far"))))["far"] is RuleVerdict.FAILED


def test_an_air_gapped_vault_needs_none() -> None:
    gapped = res("aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault", "gapped", region="eu-west-1")
    assert verdicts(RULE, program(gapped, _plan(Ref("gapped")))) == {"plan": RuleVerdict.PASSED}
