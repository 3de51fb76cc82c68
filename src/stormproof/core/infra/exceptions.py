"""Exceptions from a rule, as data: for one resource, by somebody, for a reason, until a day."""

from __future__ import annotations

from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BeforeValidator, Field

from stormproof.core.infra.rule import Answer, Rule
from stormproof.core.spec_part import SpecPart, Text, mistake
from stormproof.core.spec_text import validate
from stormproof.core.yaml_text import read_yaml

DAYS_MAX = 90  # POLICY.md, register: an exception lives at most 90 days


def _day(value: object) -> object:
    """Specs are read strictly, and YAML's date is a text to us."""
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise mistake(f"{value!r} is no day", "write it as 2026-12-31") from None


class RuleException(SpecPart):
    """One entry of `infra/policy/exceptions.yaml`.

    Args:
        resource: the resource's name in the program, or its URN; `*` stands for any run of characters.
        expires: the last day on which it holds.
    """

    rule: Text
    resource: Text
    owner: Text
    reason: Annotated[str, Field(min_length=10)]
    expires: Annotated[date, BeforeValidator(_day)]

    def expired(self, today: date) -> bool:
        return today > self.expires

    def covers(self, rule: Rule, answer: Answer) -> bool:
        if rule.id != self.rule:
            return False
        if answer.resource is None:
            return self.resource == "stack"
        return any(fnmatchcase(one, self.resource) for one in (answer.resource.name, answer.resource.urn))


class _File(SpecPart):
    exceptions: list[RuleException]


def read_exceptions(text: str, *, file: str, today: date) -> list[RuleException]:
    """The entries of a YAML file, key `exceptions`. Raises SpecInvalid with every mistake and its line.

    One that ends more than 90 days from today is a mistake: it would outlive every review.
    """
    read = read_yaml(text, file=file)
    read.raise_if_wrong()
    found = validate(_File, read)
    for number, one in enumerate(found.exceptions if found is not None else []):
        if one.expires > today + timedelta(days=DAYS_MAX):
            read.problem(
                ("exceptions", number, "expires"),
                f"the exception from {one.rule} lasts longer than {DAYS_MAX} days",
                fix=f"end it by {today + timedelta(days=DAYS_MAX)}; it can be decided anew then",
            )
    read.raise_if_wrong()
    assert found is not None, "a mistake without a message"
    return found.exceptions
