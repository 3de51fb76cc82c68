"""What steps handed on, as a drill reads it: a runbook of a user's own may leave something out."""

from __future__ import annotations

from typing import Any

import pytest

from stormproof.core.errors import Unverified
from stormproof.drill.gather import outputs_under

WHOLE: dict[str, dict[str, Any]] = {
    "postgres.choose_point": {"label": "F1"},
    "files.choose_snapshot": {"label": "s"},
    "open": {},
}


def test_an_included_books_steps_are_read_by_their_own_names() -> None:
    assert outputs_under(WHOLE, "postgres") == {"choose_point": {"label": "F1"}}
    assert outputs_under({"choose_point": {"label": "F1"}}, "postgres") == {"choose_point": {"label": "F1"}}


@pytest.mark.parametrize(
    ("step", "name", "missing", "where"),
    [("prepare", "pg_bin", "prepare", "steps postgres.*"), ("choose_point", "at", "at", "step postgres.choose_point")],
)
def test_what_a_runbook_does_not_hand_on_is_unverified_and_named(
    step: str, name: str, missing: str, where: str
) -> None:
    with pytest.raises(Unverified) as caught:
        outputs_under(WHOLE, "postgres")[step][name]
    assert caught.value.what == f"the runbook says nothing of '{missing}', which a drill looks at"
    assert (caught.value.where, caught.value.code) == (where, "SP238")


def test_what_may_be_left_out_is_asked_for_without_an_error() -> None:
    assert outputs_under(WHOLE, "postgres").get("disarm_catalog", {}) == {}
