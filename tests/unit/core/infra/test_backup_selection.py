"""What a backup selection selects, as AWS resolves it, and where its author was probably misled."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from stormproof.core.infra.backup_selection import Selected, Selection, TagTest

TABLE = "arn:aws:dynamodb:eu-central-1:111122223333:table/orders"
VOLUME = "arn:aws:ec2:eu-central-1:111122223333:volume/vol-1"
TABLES = "arn:aws:dynamodb:*:*:table/*"
DAILY = TagTest("StringEquals", "backup", "daily")
PRODUCTION = TagTest("StringEquals", "environment", "production")


@pytest.mark.parametrize(
    ("selection", "arn", "tags", "selected"),
    [
        (Selection(resources=[TABLE]), TABLE, {}, Selected.YES),
        (Selection(resources=[TABLE]), VOLUME, {}, Selected.NO),
        (Selection(resources=[TABLES]), TABLE, {}, Selected.YES),
        (Selection(resources=["*"]), VOLUME, {}, Selected.YES),
        (Selection(resources=["*"], not_resources=[VOLUME]), VOLUME, {}, Selected.NO),
        (Selection(list_of_tags=[DAILY]), VOLUME, {"backup": "daily"}, Selected.YES),
        (Selection(list_of_tags=[DAILY]), VOLUME, {"backup": "weekly"}, Selected.NO),
        (Selection(list_of_tags=[DAILY, PRODUCTION]), VOLUME, {"backup": "daily"}, Selected.YES),
        (Selection(resources=["*"], conditions=[DAILY, PRODUCTION]), VOLUME, {"backup": "daily"}, Selected.NO),
        (
            Selection(resources=["*"], conditions=[DAILY, PRODUCTION]),
            VOLUME,
            {"backup": "daily", "environment": "production"},
            Selected.YES,
        ),
        (Selection(resources=[TABLES], list_of_tags=[DAILY]), VOLUME, {"backup": "daily"}, Selected.YES),
        (Selection(resources=[TABLES], list_of_tags=[DAILY]), TABLE, {}, Selected.YES),
        (Selection(conditions=[DAILY]), VOLUME, {"backup": "daily"}, Selected.NO),
        (Selection(list_of_tags=[DAILY], not_resources=[VOLUME]), VOLUME, {"backup": "daily"}, Selected.NO),
    ],
)
def test_a_selection_as_aws_resolves_it(
    selection: Selection, arn: str, tags: Mapping[str, str], selected: Selected
) -> None:
    assert selection.selects(arn, tags) is selected


@pytest.mark.parametrize(
    ("selection", "arn", "tags"),
    [
        (Selection(resources=[TABLE]), None, {}),
        (Selection(list_of_tags=[DAILY]), TABLE, None),
        (Selection(resources=["*"], conditions=[DAILY]), TABLE, None),
        (Selection(resources=["*"], not_resources=[VOLUME]), None, {}),
    ],
)
def test_what_is_not_known_is_never_selected_nor_left_out(
    selection: Selection, arn: str | None, tags: Mapping[str, str] | None
) -> None:
    assert selection.selects(arn, tags) is Selected.UNKNOWN


@pytest.mark.parametrize(
    ("operator", "value", "tags", "holds"),
    [
        ("StringLike", "prod*", {"environment": "production"}, True),
        ("StringLike", "prod*", {"environment": "staging"}, False),
        ("StringNotEquals", "production", {"environment": "production"}, False),
        ("StringNotEquals", "production", {}, True),
        ("StringNotLike", "stag*", {"environment": "staging"}, False),
        ("StringEquals", "production", {}, False),
    ],
)
def test_the_operators_of_a_tag_test(operator: str, value: str, tags: Mapping[str, str], holds: bool) -> None:
    assert TagTest(operator, "environment", value).holds(tags) is holds


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (Selection(resources=[TABLES], list_of_tags=[DAILY]), "add up"),
        (Selection(conditions=[DAILY]), "select nothing"),
        (Selection(), "selects nothing"),
    ],
)
def test_a_selection_that_misleads_is_told(selection: Selection, said: str) -> None:
    assert said in (selection.trap or "")


@pytest.mark.parametrize(
    "selection",
    [
        Selection(resources=["*"], conditions=[DAILY]),
        Selection(list_of_tags=[DAILY]),
        Selection(resources=[TABLE], list_of_tags=[DAILY]),
    ],
)
def test_a_sound_selection_is_not_told(selection: Selection) -> None:
    assert selection.trap is None
