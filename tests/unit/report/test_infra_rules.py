"""The page of rules: every rule once, with why and what to write, and found from each statement that it helps to prove."""

from __future__ import annotations

import re
from pathlib import Path

import infra.policy.rules
from infra.policy.rules import all_rules
from stormproof.report.infra_rules import AREAS, SETTINGS, TAGS, page, statement_order

PAGE = page(all_rules(), "made")


def test_every_rule_stands_there_once_with_why_and_what_to_write() -> None:
    assert sorted(re.findall(r"^### (.+)$", PAGE, re.MULTILINE)) == [rule.id for rule in all_rules()]
    for rule in all_rules():
        for text in (rule.title, f"**Why:** {rule.risk}", f"**Write:** {rule.remedy}"):
            assert text in PAGE


def test_each_statement_names_the_rules_that_help_to_prove_it() -> None:
    rows = dict(re.findall(r"^\| (\S+) \| (.+) \|$", PAGE, re.MULTILINE))
    for rule in all_rules():
        for statement in rule.statements:
            assert f"(#{rule.id})" in rows[statement]


def test_statements_stand_in_the_policy_s_order() -> None:
    assert sorted(["10-a", "3.2-b", "1-a", "3.1-b"], key=statement_order) == ["1-a", "3.1-b", "3.2-b", "10-a"]


def test_no_area_is_left_over() -> None:
    assert set(AREAS) == {rule.id.split("-")[0] for rule in all_rules()}


def test_every_tag_and_setting_that_a_rule_reads_is_told() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path(infra.policy.rules.__path__[0]).glob("*.py")]
    tags = {
        tag
        for text in sources
        for tag in re.findall(r'\.tag\("([\w-]+)"\)|declared\(plan, "([\w-]+)"\)', text)
        for tag in tag
        if tag
    }
    told = {one for names in TAGS for one in names.split(", ")}
    assert tags - told <= {"backup-reason", "account"}
    settings = {key for text in sources for key in re.findall(r'settings\.get\("(\w+)"', text)}
    assert settings <= {one for names in SETTINGS for one in names.split(", ")}
