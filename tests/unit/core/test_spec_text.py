"""YAML with lines: what is read, and every mistake with its place."""

from __future__ import annotations

import pytest

from stormproof.core.errors import SpecInvalid
from stormproof.core.spec_text import nearest_fix
from stormproof.core.yaml_text import read_yaml


def problems(text: str) -> list[tuple[str, str, str]]:
    read = read_yaml(text, file="a.yaml")
    return [(p.what, p.where, p.fix) for p in read.problems]


def test_only_plain_numbers_and_the_words_true_false_null_are_more_than_text() -> None:
    read = read_yaml(
        "a: 5\nb: 1.5\nc: true\nd: null\ne: no\nf: 5:00\ng: 2026-01-31\nh: 0x10\ni: '5'\nj: 1e3\nk: .5\n", file="a"
    )
    assert read.data == {
        "a": 5, "b": 1.5, "c": True, "d": None, "e": "no", "f": "5:00", "g": "2026-01-31", "h": "0x10", "i": "5",
        "j": "1e3", "k": ".5",
    }  # fmt: skip


def test_lines_are_those_of_keys_and_items() -> None:
    read = read_yaml("a:\n  b: 1\n  c:\n    - x\n    - y: 2\n", file="a.yaml")
    assert read.where(("a", "b")) == "a.yaml:2"
    assert read.where(("a", "c", 1, "y")) == "a.yaml:5"
    assert read.where(("a", "missing")) == "a.yaml:1"


def test_every_duplicate_key_is_told_with_the_first_one() -> None:
    assert problems("a: 1\nb: {x: 1, x: 2}\na: 2\n") == [
        ("'x' is given twice (first in line 2)", "a.yaml:2", "keep one of them"),
        ("'a' is given twice (first in line 1)", "a.yaml:3", "keep one of them"),
    ]


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("a: b: c\n", "this is not YAML: mapping values are not allowed here", "a.yaml:1"),
        ("a:\n\t- b\n", "this is not YAML: found character '\\t' that cannot start any token", "a.yaml:2"),
        ("- a\n", "this file holds no mapping of keys to values", "a.yaml:1"),
        ("", "this file holds no mapping of keys to values", "a.yaml:1"),
        ("a: 1\n---\nb: 2\n", "this is not YAML: but found another document", "a.yaml:2"),
        ("a: !!python/object:os.system x\n", "the tag tag:yaml.org,2002:python/object:os.system is not used here", "a.yaml:1"),
        ("a: !mine x\n", "the tag !mine is not used here", "a.yaml:1"),
        ("a: &x [*x]\n", "aliases make this text endless or huge", "a.yaml:1"),
        ("a: \x07\n", "a character that YAML does not allow: U+0007", "a.yaml:1"),
        ("? [a]\n: b\n", "a key is a list or a mapping", "a.yaml:1"),
    ],
)  # fmt: skip
def test_what_is_no_plain_document_is_told_at_its_line(text: str, what: str, where: str) -> None:
    assert [found[:2] for found in problems(text)] == [(what, where)]


def test_aliases_that_multiply_are_stopped() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]" for before, name in zip("abcde", "bcdef", strict=True)
    ]
    assert ("aliases make this text endless or huge", "write the values out") in [
        (p[0], p[2]) for p in problems("\n".join(lines))
    ]


def test_deep_nesting_is_a_message_and_no_crash() -> None:
    assert problems("a: " + "[" * 5000 + "]" * 5000)[0][0] == "this is nested too deeply"


def test_problems_are_raised_together_in_the_order_of_lines() -> None:
    read = read_yaml("a: 1\nb: 2\n", file="a.yaml")
    read.problem(("b",), "second", fix="x")
    read.problem(("a",), "first", fix="x")
    read.problem(("a",), "first", fix="x")
    with pytest.raises(SpecInvalid) as caught:
        read.raise_if_wrong()
    assert [problem.what for problem in caught.value.problems] == ["first", "second"]


def test_the_nearest_name_is_suggested_and_all_are_named() -> None:
    assert nearest_fix("titel", ["title", "owner"]) == "did you mean 'title'? use one of: owner, title"
    assert nearest_fix("zzz", ["title", "owner"]) == "use one of: owner, title"
    assert nearest_fix("x", []) == "remove it; nothing can be given here"
