"""The operator's page says what runs, in Markdown and in HTML that needs nothing else."""

from __future__ import annotations

import itertools
from html.parser import HTMLParser

from engine_support import a_book, add

from stormproof.core.errors import HostUnreachable
from stormproof.core.phase import Phase
from stormproof.engine.document import markdown, seconds_in_words
from stormproof.engine.document_html import html
from stormproof.engine.retry import Retry
from stormproof.engine.runbook import Context, Outputs, Runbook


def shop() -> Runbook:
    book = Runbook(
        "restore_shop",
        title="Bring the shop back",
        service_kind="application",
        description="""
        When the shop's data is lost. The owner on call decides.

        Stop when the vault does not answer.
        """,
        parameters={"target": "instant to go back to"},
    )

    @book.step(title="Choose the point | first", phase=Phase.DECIDE, repeatable=True, expected_seconds=2)
    def choose(context: Context) -> Outputs:
        """Look at `vault` and take the newest point <before> the failure.

        * never a later one
        """
        return {}

    @book.step(
        title="Promote",
        phase=Phase.START,
        needs=(choose,),
        expected_seconds=65,
        retry=Retry(on=(HostUnreachable,), attempts=3, seconds=30),
        repeatable=True,
        in_drill="The same, in the isolated copy.",
    )
    def promote(context: Context) -> None:
        """Make it writable."""

    @promote.verify
    def promote_verify(context: Context) -> bool:
        """`pg_is_in_recovery()`
        answers false."""
        return True

    @promote.undo
    def promote_undo(context: Context) -> None:
        """The server is stopped and its folder removed."""

    add(book, "send", skip_in_drill=True, in_drill="Users stay where they are.", needs=(promote,), phase=Phase.CUT_OVER)
    return book


class Reader(HTMLParser):
    VOID = frozenset({"meta", "br", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


def read(document: str) -> Reader:
    reader = Reader()
    reader.feed(document)
    assert reader.open == []
    return reader


def test_the_markdown_page_is_whole() -> None:
    page = markdown(shop())
    assert page.startswith(
        "# Bring the shop back\n\nRunbook `restore_shop`, for services of kind `application`.\n\n"
        "When the shop's data is lost. The owner on call decides.\n\nStop when the vault does not answer.\n"
    )
    assert "Expected on the critical path: **1 min 7 s**" in page
    assert "| ● | 1. Choose the point \\| first | decide | 2 s |  |" in page
    assert (
        "### 2. Promote\n\n`promote`\n\n* phase: start\n* waits for: `choose`\n"
        "* expected: 1 min 5 s, stopped after 5 min\n* may be repeated: yes\n"
        "* tried again: on HostUnreachable, up to 3 times within 30 s\n\nMake it writable.\n\n"
        "**How to see that it happened.** `pg_is_in_recovery()` answers false.\n\n"
        "**How it is taken back.** The server is stopped and its folder removed.\n\n"
        "**In a drill.** The same, in the isolated copy.\n"
    ) in page
    assert "**In a drill.** Left out. Users stay where they are.\n" in page
    assert "stormproof runbook resume RUN" in page


def test_html_says_the_same_and_needs_nothing_else() -> None:
    document = html(shop())
    reader = read(document)
    for text in ("Bring the shop back", "Make it writable.", "answers false", "Users stay where they are", "1 min 7 s"):
        assert text in reader.text
    assert "take the newest point <before> the failure" in reader.text  # a docstring is text, never markup
    names = {tag for tag, _ in reader.tags}
    assert not names & {"script", "link", "img", "iframe"}
    assert "http" not in document.replace("http-equiv", "")


def test_html_is_built_for_everybody() -> None:
    reader = read(html(shop()))
    tags = [tag for tag, _ in reader.tags]
    assert dict(reader.tags)["html"] == {"lang": "en"}
    assert [tags.count(tag) for tag in ("h1", "main", "header", "nav", "title")] == [1, 1, 1, 1, 1]
    levels = [int(tag[1]) for tag in tags if tag in ("h1", "h2", "h3", "h4")]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for tag, attributes in reader.tags if tag == "a"]
    labels = [attributes["aria-labelledby"] for _, attributes in reader.tags if "aria-labelledby" in attributes]
    assert {str(link).removeprefix("#") for link in links} | set(labels) <= set(ids)
    assert all("scope" in attributes for tag, attributes in reader.tags if tag == "th")


def test_a_book_with_nothing_but_a_step_has_a_page_too() -> None:
    book = a_book()
    add(book, "a")
    read(html(book))
    assert "## Parameters" not in markdown(book)


def test_seconds_are_said_in_words() -> None:
    said = {0: "0 s", 0.5: "0.5 s", 45: "45 s", 60: "1 min", 125: "2 min 5 s", 3600: "1 h", 4210: "1 h 10 min 10 s"}
    assert {seconds: seconds_in_words(seconds) for seconds in said} == said
