"""Whatever a result holds: every view of it is made, none says that it went better, and none lets its text act."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from hypothesis import example, given
from hypothesis import strategies as st
from mutating import broken_documents, outcome

from stormproof.cli.report import render
from stormproof.core.drill_result import DrillResult
from stormproof.core.evidence import Evidence, NotAStatement, evidence_of, result_statement
from stormproof.core.history import compare, history
from stormproof.core.verdict import CheckResult, Verdict
from stormproof.report.history_text import comparison_lines, history_lines
from stormproof.report.terminal_result import result_text
from stormproof.report.trust import NOT_LOOKED_AT

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[1] / "unit" / "core" / "evidence_v1_result.json").read_text())  # fmt: skip
STATEMENT: dict[str, Any] = json.loads(result_statement(DrillResult.model_validate(DOCUMENT), [], None))
FORMS = ("html", "junit", "markdown", "openmetrics", "json")
HOSTILE = "<script>alert(1)</script><img src=x onerror=y>]]>&\"'`\x1b[2J\u202e\x00"


class Page(HTMLParser):
    """What could act on a page: its elements, and their attributes that name a script or another place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, value in attrs if name.startswith("on") or "javascript:" in (value or "")]


def read(document: Any) -> DrillResult | None:
    """The result as a record hands it on that somebody else wrote."""
    predicate = {**STATEMENT["predicate"], "result": document}
    payload = json.dumps({**STATEMENT, "predicate": predicate}, sort_keys=True, separators=(",", ":")).encode()
    found = outcome(lambda: evidence_of(payload, file="f", sha256="0" * 64), NotAStatement)
    return found.result if isinstance(found, Evidence) else None


def texts_in(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of every text in a document."""
    if isinstance(document, dict):
        return [one for key, inner in document.items() for one in texts_in(inner, (*path, key))]
    if isinstance(document, list):
        return [one for number, inner in enumerate(document) for one in texts_in(inner, (*path, number))]
    return [path] if isinstance(document, str) else []


def replaced(document: Any, path: tuple[Any, ...], text: str) -> Any:
    made = json.loads(json.dumps(document))
    here = made
    for part in path[:-1]:
        here = here[part]
    here[path[-1]] = text
    return made


def test_the_result_is_read_and_shown_so_that_the_others_mean_something() -> None:
    result = read(DOCUMENT)
    assert result is not None
    for form in FORMS:
        assert result.run in render(form, result, NOT_LOOKED_AT, [result])


@given(broken_documents(DOCUMENT, most=4), st.integers(20, 200), st.booleans())
@example(DOCUMENT | {"unaccounted_s": float("nan")}, 80, False)
@example(DOCUMENT | {"drill": "a" * 10_000}, 80, False)
@example(DOCUMENT | {"secrets": {"from": "file:keys/", "read": True}}, 80, False)
@example(DOCUMENT | {"started": "0001-01-01T00:00:00+14:00"}, 80, False)
@example(
    DOCUMENT | {"negative_controls": [DOCUMENT["negative_controls"][0] | {"what": "\x00\ud800", "status": "missed"}]},
    80,
    False,
)
def test_any_result_that_can_be_read_has_every_view(document: Any, width: int, color: bool) -> None:
    result = read(document)
    if result is None:
        return
    assert result.verdict.value == document["verdict"]
    for form in FORMS:
        render(form, result, NOT_LOOKED_AT, [result]).encode()
    text = result_text(result, width=width, color=color)
    text.encode()
    assert color or "\x1b" not in text
    root = ElementTree.fromstring(render("junit", result, NOT_LOOKED_AT, []))
    cases = [(case.get("classname", ""), len(case)) for case in root.iter("testcase")]
    passed = sum(group.endswith(".check") and not inner for group, inner in cases)
    assert passed == sum(check.result is CheckResult.PASSED for check in result.checks)
    if result.verdict is not Verdict.MET:
        assert any(inner for _, inner in cases)


@given(st.lists(broken_documents(DOCUMENT, most=3), min_size=1, max_size=4), st.integers(20, 200))
def test_any_results_that_can_be_read_are_listed_and_compared(documents: list[Any], width: int) -> None:
    results = [result for document in documents if (result := read(document)) is not None]
    "\n".join(history_lines(history(results), width=width)).encode()
    for result in results[1:]:
        "\n".join(comparison_lines(compare(results[0], result), width=width)).encode()


@given(st.sampled_from(texts_in(DOCUMENT)))
def test_no_text_of_a_restored_system_becomes_a_part_of_a_page(path: tuple[Any, ...]) -> None:
    result = read(replaced(DOCUMENT, path, HOSTILE))
    if result is not None:
        tags = Page(render("html", result, NOT_LOOKED_AT, [])).tags
        assert not {"script", "img", "iframe", "object"} & set(tags)
        assert "\x1b" not in render("markdown", result, NOT_LOOKED_AT, [])
        ElementTree.fromstring(render("junit", result, NOT_LOOKED_AT, []))
