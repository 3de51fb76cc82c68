"""What an AWS Backup selection really selects: resources and tag lists add up, conditions narrow, exclusions win.

Source: the Backup API's BackupSelection: Resources and ListOfTags are joined by OR, ListOfTags' own entries too;
Conditions are joined by AND and narrow the whole; NotResources is taken away last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Selected(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TagTest:
    """`operator`: StringEquals, StringLike, StringNotEquals or StringNotLike. `key` without `aws:ResourceTag/`."""

    operator: str
    key: str
    value: str

    def holds(self, tags: Mapping[str, str]) -> bool:
        """A negative test holds for a resource without the tag, as AWS has it."""
        have = tags.get(self.key)
        if self.operator in ("StringNotEquals", "StringNotLike"):
            return have is None or not self._same(have)
        return have is not None and self._same(have)

    def _same(self, have: str) -> bool:
        if self.operator in ("StringLike", "StringNotLike"):
            return _glob(self.value).fullmatch(have) is not None
        return have == self.value


@dataclass(frozen=True)
class Selection:
    """One selection of a plan. `list_of_tags` are StringEquals tests by AWS's own rule."""

    resources: Sequence[str] = ()
    not_resources: Sequence[str] = ()
    list_of_tags: Sequence[TagTest] = ()
    conditions: Sequence[TagTest] = ()

    def selects(self, arn: str | None, tags: Mapping[str, str] | None) -> Selected:
        """Args: arn: None when it is not known; tags: None when they are not known."""
        if arn is not None and any(_arn_matches(pattern, arn) for pattern in self.not_resources):
            return Selected.NO
        if arn is None and self.not_resources:
            return Selected.UNKNOWN
        by_arn = self._by_arn(arn)
        by_tag = self._by_tag(tags)
        either = _or(by_arn, by_tag)
        if either is Selected.NO or not self.conditions:
            return either
        if tags is None:
            return Selected.UNKNOWN
        return either if all(test.holds(tags) for test in self.conditions) else Selected.NO

    def _by_arn(self, arn: str | None) -> Selected:
        if "*" in self.resources:
            return Selected.YES
        if not self.resources:
            return Selected.NO
        if arn is None:
            return Selected.UNKNOWN
        return Selected.YES if any(_arn_matches(pattern, arn) for pattern in self.resources) else Selected.NO

    def _by_tag(self, tags: Mapping[str, str] | None) -> Selected:
        if not self.list_of_tags:
            return Selected.NO
        if tags is None:
            return Selected.UNKNOWN
        return Selected.YES if any(test.holds(tags) for test in self.list_of_tags) else Selected.NO

    @property
    def trap(self) -> str | None:
        """What its author probably did not mean, in words; None when there is nothing to say."""
        if any("*" in pattern for pattern in self.resources) and self.list_of_tags:
            return "resources with a wildcard and a list of tags add up: everything of that kind, and everything tagged"
        if not self.resources and self.conditions and not self.list_of_tags:
            return "conditions alone select nothing: they narrow `resources`"
        if not self.resources and not self.list_of_tags:
            return "it selects nothing"
        return None


def _or(a: Selected, b: Selected) -> Selected:
    if Selected.YES in (a, b):
        return Selected.YES
    return Selected.UNKNOWN if Selected.UNKNOWN in (a, b) else Selected.NO


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern))


def _arn_matches(pattern: str, arn: str) -> bool:
    return _glob(pattern).fullmatch(arn) is not None
