"""Exceptions from a rule, as data: for one resource, by somebody, for a reason, until a day."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field

from stormproof.core.infra.rule import Answer, Rule
from stormproof.core.spec_part import SpecPart, Text

DAYS_MAX = 90  # POLICY.md, register: an exception lives at most 90 days


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
    expires: date

    def expired(self, today: date) -> bool:
        return today > self.expires

    def covers(self, rule: Rule, answer: Answer) -> bool:
        if rule.id != self.rule:
            return False
        if answer.resource is None:
            return self.resource == "stack"
        return any(fnmatchcase(one, self.resource) for one in (answer.resource.name, answer.resource.urn))
