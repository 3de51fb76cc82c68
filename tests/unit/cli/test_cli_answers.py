"""What a person says about a step that nobody else can decide."""

from __future__ import annotations

import pytest

from stormproof.cli.runbook_run import answers_of
from stormproof.core.errors import Refused
from stormproof.engine.resume import Answer


def test_a_step_has_happened_or_is_done_again() -> None:
    assert answers_of(["a", "b"], ["c"]) == {"a": Answer.HAPPENED, "b": Answer.HAPPENED, "c": Answer.AGAIN}


def test_both_cannot_be_said_of_one_step() -> None:
    with pytest.raises(Refused, match="step 'a' cannot have happened and be done again"):
        answers_of(["a"], ["a"])
