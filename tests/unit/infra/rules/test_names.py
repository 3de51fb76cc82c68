"""Rules and their twins speak of types and properties that pulumi_aws has: a misspelt one would never be found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from declared import Twins
from pulumi_names import modules, properties

import infra.policy.rules as rules
from stormproof.core.infra.resource_graph import Resource
from tables.rules import TWINS

# Types of older major versions, which other people's programs may still have.
OLDER = {
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:s3/bucketV2:BucketV2",
}
TOKENS = {
    (path.name, token)
    for path in Path(rules.__path__[0]).glob("*.py")
    for token in re.findall(r'"(aws:[a-z0-9]+/\w+:\w+)"', path.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize(("file", "token"), sorted(TOKENS))
def test_a_type_that_a_rule_names_is_there(file: str, token: str) -> None:
    assert token in modules() or token in OLDER, file


def _resources(twins: Twins) -> list[Resource]:
    programs = [*twins.failed.values(), *twins.passed.values(), *twins.unknown.values(), *twins.silent.values()]
    return [one for program in programs for one in ([program] if isinstance(program, Resource) else program)]


@pytest.mark.parametrize("rule", sorted(TWINS))
def test_a_twin_has_properties_that_its_type_has(rule: str) -> None:
    strange = {
        f"{one.type}.{name}"
        for one in _resources(TWINS[rule])
        if one.type.startswith("aws:") and one.type not in OLDER
        for name in set(one.properties) - properties(one.type)
    }
    assert strange == set()


def test_a_misspelt_name_would_be_noticed() -> None:
    assert "aws:s3/bukcet:Bukcet" not in modules()
    assert "bucket" in properties("aws:s3/bucket:Bucket")
    assert "bukcet" not in properties("aws:s3/bucket:Bucket")
