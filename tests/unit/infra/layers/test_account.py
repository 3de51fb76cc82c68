"""The account's layer: its outputs, and one stack for each account."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from infra.layers.account import declare
from infra.spec.settings import AccountName, Layer
from stormproof.core.infra.resource_graph import UNKNOWN
from tests.support.infra_components import SHAPE, broken_rules, context, of, settings
from tests.support.pulumi_mocks import declared, run

CONTACT: dict[str, Any] = {"detection": {"contact": {"phone": "+1 555 0100"}}}
ACCOUNTS = {**SHAPE["accounts"], "log": "222233334444", "organisation": "555566667777"}


def test_every_output_is_known_at_preview() -> None:
    outputs = run(lambda: declare(context(**CONTACT)), preview=True).outputs
    assert [name for name, one in outputs.items() if one.value is UNKNOWN] == []
    assert not outputs["logsApart"].value
    assert "accounts.log is not set" in outputs["weaker"].value[0]


def test_with_a_log_account_nothing_is_weaker() -> None:
    outputs = run(lambda: declare(context(accounts=ACCOUNTS, **CONTACT)), preview=True).outputs
    assert outputs["logsApart"].value
    assert outputs["weaker"].value == []
    assert outputs["auditBucket"].value == "shop-prod-audit-trail-222233334444-eu-central-1"


@pytest.mark.parametrize("whose", get_args(AccountName))
def test_each_account_has_such_a_stack_and_the_rules_are_silent_on_it(whose: str) -> None:
    made = context(accounts=ACCOUNTS, accountOf=whose, **CONTACT)
    assert made.place.account == ACCOUNTS[whose]
    seen = declared(lambda: declare(made) and None)
    but = () if whose != "log" else ("log-account-apart",)  # the log account watches itself
    assert broken_rules(seen, layer=Layer.ACCOUNT, but=but) == {}


def test_a_disposable_account_is_not_protected() -> None:
    made = context(environment="lab", disposable=True, **CONTACT)
    assert [one.name for one in declared(lambda: declare(made) and None) if one.protect or one.retain] == []


@pytest.mark.parametrize("whose", ["log", "organisation"])
def test_the_layer_of_an_account_needs_that_account(whose: str) -> None:
    with pytest.raises(ValidationError, match=rf"accounts\.{whose} is not set"):
        settings(accountOf=whose)


def test_the_management_account_is_watched_and_bounded_as_every_other() -> None:
    """No guardrail binds it, so its own boundaries and alarms are all that it has."""
    kinds = {
        whose: {
            (one.type, one.inputs.get("name"))
            for one in declared(
                lambda whose=whose: declare(context(accounts=ACCOUNTS, accountOf=whose, **CONTACT)) and None
            )
            if one.custom
        }
        for whose in ("vault", "organisation")
    }
    apart = {"shop-prod-boundary-deploy-vault", "shop-prod-boundary-deploy-organisation"}
    differ = {name for _, name in kinds["vault"] ^ kinds["organisation"]}
    assert differ <= apart


def test_everybody_who_is_told_is_subscribed() -> None:
    seen = declared(
        lambda: (
            declare(context(detection={**CONTACT["detection"], "emails": ["a@example.com", "b@example.com"]})) and None
        )
    )
    found = of(seen, "aws:sns/topicSubscription:TopicSubscription")
    assert {one.inputs["endpoint"] for one in found} == {"a@example.com", "b@example.com"}
