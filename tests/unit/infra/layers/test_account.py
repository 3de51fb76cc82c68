"""The account's layer: its outputs, and one stack for each account."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from infra.layers.account import declare
from infra.spec.settings import Layer
from stormproof.core.infra.resource_graph import UNKNOWN
from tests.support.infra_components import SHAPE, broken_rules, context, of, settings
from tests.support.pulumi_mocks import declared, run

CONTACT: dict[str, Any] = {"detection": {"contact": {"phone": "+1 555 0100"}}}
ACCOUNTS = {**SHAPE["accounts"], "log": "222233334444"}


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


@pytest.mark.parametrize("whose", ["workload", "recovery", "vault", "log"])
def test_each_account_has_such_a_stack_and_the_rules_are_silent_on_it(whose: str) -> None:
    made = context(accounts=ACCOUNTS, accountOf=whose, **CONTACT)
    assert made.place.account == ACCOUNTS[whose]
    seen = declared(lambda: declare(made) and None)
    but = () if whose != "log" else ("log-account-apart",)  # the log account watches itself
    assert broken_rules(seen, layer=Layer.ACCOUNT, but=but) == {}


def test_a_disposable_account_is_not_protected() -> None:
    made = context(environment="lab", disposable=True, **CONTACT)
    assert [one.name for one in declared(lambda: declare(made) and None) if one.protect or one.retain] == []


def test_the_log_account_s_layer_needs_a_log_account() -> None:
    with pytest.raises(ValidationError, match=r"accounts\.log is not set"):
        settings(accountOf="log")


def test_everybody_who_is_told_is_subscribed() -> None:
    seen = declared(
        lambda: (
            declare(context(detection={**CONTACT["detection"], "emails": ["a@example.com", "b@example.com"]})) and None
        )
    )
    found = of(seen, "aws:sns/topicSubscription:TopicSubscription")
    assert {one.inputs["endpoint"] for one in found} == {"a@example.com", "b@example.com"}
