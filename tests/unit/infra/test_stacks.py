"""Each shipped stack, as the preview of an empty one sees it and with every value known: declared, guarded, in its place."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import get_args

import pytest
import stacks
from pulumi_mocks import Declared

from infra.policy.rules import all_rules
from infra.policy.rules._backup import ALWAYS_STATEFUL, BUCKETS
from infra.policy.rules.stateful_protected import GUARDS
from infra.spec.settings import AccountName, Layer
from stormproof.core.infra.check import check
from stormproof.core.infra.policy_document import read_policy
from stormproof.core.infra.recovery_inventory import read_outputs
from stormproof.core.infra.resource_graph import UNKNOWN

TODAY = date(2026, 11, 26)
STACKS = stacks.names()
PROD = [name for name in STACKS if name != "lab"]
# Inputs that hold a policy document, whatever the type.
DOCUMENTS = ("policy", "policyDocument", "assumeRolePolicy", "inlinePolicy", "content", "resourcePolicy")
# Services without regions: their resources carry none.
GLOBAL_PACKAGES = (
    "aws:iam/",
    "aws:organizations/",
    "aws:account/",
    "aws:ssoadmin/",
    "aws:identitystore/",
    "aws:route53/",
)
NAMED = ("name", "bucket", "identifier", "alarmName", "functionName", "ruleName")


def _own(name: str, *, preview: bool = True) -> list[Declared]:
    """What it declares at AWS: without the components, which only hold others."""
    return [one for one in stacks.stack(name, preview=preview).declared if one.custom]


def _documents(one: Declared) -> Iterator[tuple[str, object]]:
    for key in DOCUMENTS:
        if key in one.inputs:
            yield key, one.inputs[key]


@pytest.mark.parametrize("name", STACKS)
def test_it_is_declared_whatever_is_known(name: str) -> None:
    for preview in (True, False):
        declared = _own(name, preview=preview)
        assert declared, f"{name} declares nothing"
    assert {one.urn for one in _own(name)} == {one.urn for one in _own(name, preview=False)}


@pytest.mark.parametrize("name", STACKS)
def test_nothing_has_the_urn_of_another(name: str) -> None:
    count = Counter(one.urn for one in stacks.stack(name).declared)
    assert [urn for urn, times in count.items() if times > 1] == []


@pytest.mark.parametrize("name", STACKS)
def test_no_name_is_taken_twice_in_a_place(name: str) -> None:
    taken = Counter(
        (one.type, one.account, one.region, key, one.inputs[key])
        for one in _own(name)
        for key in NAMED
        if isinstance(one.inputs.get(key), str) and not (key == "bucket" and one.type not in BUCKETS)
        if not one.type.startswith(("aws:iam/rolePolicy", "aws:ec2/"))
    )
    assert [what for what, times in taken.items() if times > 1] == []


@pytest.mark.parametrize("name", STACKS)
def test_every_policy_document_is_known_at_preview_and_can_be_read(name: str) -> None:
    unknown, seen = [], 0
    for one in _own(name):
        for key, text in _documents(one):
            if text is UNKNOWN:
                unknown.append(f"{one.type} {one.name}.{key}")
            elif isinstance(text, str) and text.startswith("{") and "Statement" in text:
                read_policy(text)
                seen += 1
    assert unknown == []
    assert seen, f"{name} declares no policy document"


@pytest.mark.parametrize("name", PROD)
def test_state_is_protected_and_kept_and_its_guards_are_protected(name: str) -> None:
    bare = [one.urn for one in _own(name) if one.type in (*ALWAYS_STATEFUL, *BUCKETS, *GUARDS) and not one.protect]
    assert bare == []
    lost = [one.urn for one in _own(name) if one.type in (*ALWAYS_STATEFUL, *BUCKETS) and not one.retain]
    assert lost == []


def test_nothing_in_the_lab_outlives_it() -> None:
    assert [one.urn for one in _own("lab") if one.protect or one.retain] == []


@pytest.mark.parametrize("name", STACKS)
def test_each_resource_is_made_by_its_layer_s_provider(name: str) -> None:
    settings = stacks.settings(name)
    accounts = {settings.place(layer).account for layer in settings.layers}
    astray = [f"{one.urn}: {one.account}" for one in _own(name) if one.account not in accounts]
    assert astray == []


@pytest.mark.parametrize("name", STACKS)
def test_each_regional_resource_names_an_allowed_region(name: str) -> None:
    settings = stacks.settings(name)
    silent, outside = [], []
    for one in _own(name):
        if one.type.startswith(GLOBAL_PACKAGES):
            continue
        if one.region is None:
            silent.append(one.urn)
        elif one.region not in settings.regions.all:
            outside.append(f"{one.urn}: {one.region}")
    assert (silent, outside) == ([], [])


def test_recovery_and_vault_need_nothing_of_the_primary_s_region() -> None:
    for layer in (Layer.RECOVERY, Layer.VAULT):
        name = f"prod-{layer.value}"
        primary = stacks.settings(name).regions.primary
        stack = stacks.stack(name)
        assert [one["region"] for one in stack.providers.values() if one.get("region") == primary] == []
        assert [one.urn for one in _own(name) if one.region == primary] == []


def test_recovery_touches_no_account_but_its_own() -> None:
    settings = stacks.settings("prod-recovery")
    for inputs in stacks.stack("prod-recovery").providers.values():
        assert json.loads(inputs["allowedAccountIds"]) == [settings.accounts.recovery]
    assert {one.account for one in _own("prod-recovery")} == {settings.accounts.recovery}


@pytest.mark.parametrize("name", STACKS)
def test_outputs_are_no_secrets_and_the_inventory_takes_them(name: str) -> None:
    outputs = stacks.stack(name, preview=False).outputs
    assert [key for key, one in outputs.items() if one.secret] == []
    assert read_outputs(json.dumps({key: one.value for key, one in outputs.items()}), source=name)


@pytest.mark.parametrize("preview", [True, False], ids=["at preview", "all known"])
@pytest.mark.parametrize("name", STACKS)
def test_every_rule_is_silent(name: str, preview: bool) -> None:
    checked = check(all_rules(), stacks.graph(name, preview=preview), today=TODAY)
    told = [
        f"{one.rule.id}: {one.answer.resource.shown if one.answer.resource else 'the stack'}: {one.answer.said}"
        for one in checked.refused
    ]
    assert told == []


def test_the_shipped_accounts_are_those_of_documentation() -> None:
    """AWS's own examples use them; a real id would be somebody's."""
    documented = {"".join(str((digit + step) % 10) * 4 for step in range(3)) for digit in range(10)} | {"123456789012"}
    for name in STACKS:
        used = set(stacks.settings(name).accounts.model_dump(exclude_none=True).values())
        assert used - documented == set(), name


def test_every_stack_of_production_says_the_same_but_for_its_layer() -> None:
    """Names and ARNs are computed from all of it: a stack that thinks otherwise would name things that are not there."""
    alike = {"stormproof:layer", "stormproof:accountOf"}
    first, *others = [{k: v for k, v in stacks.configuration(name).items() if k not in alike} for name in PROD]
    assert [one for one in others if one != first] == []


def test_each_layer_and_each_account_has_a_stack() -> None:
    settings = [stacks.settings(name) for name in PROD]
    assert {layer for one in settings for layer in one.layers} == set(Layer)
    accounts = {one.account_of for one in settings if Layer.ACCOUNT in one.layers}
    assert accounts == set(get_args(AccountName))
    watched = {one.place(Layer.ACCOUNT).account for one in settings if Layer.ACCOUNT in one.layers}
    assert {account for one in settings for account in one.accounts.all} == watched
