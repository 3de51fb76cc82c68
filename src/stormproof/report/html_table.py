"""Tables and words with a tone, as every section of the HTML report uses them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stormproof.report.markup import Child, Markup, el, join

TONES: dict[str, str] = {
    "met": "good",
    "passed": "good",
    "proved": "good",
    "good": "good",
    "caught": "good",
    "missed": "warn",
    "unverified": "warn",
    "unknown": "warn",
    "medium": "warn",
    "failed": "bad",
    "stopped": "bad",
    "broken": "bad",
    "bad": "bad",
    "not noticed": "bad",
    "blind spot": "bad",
    "not applicable": "still",
    "critical": "bad",
    "high": "bad",
    "refused": "still",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `kind`: `n` numbers, to the right; `w` never wrapped; `bar` a picture, left out on a phone."""

    title: str
    kind: str = ""


def tone(word: str) -> str:
    return TONES.get(word, "plain")


def word(text: str) -> Markup:
    """A result as a word with a mark: tone and shape both say it."""
    return el("span", text, class_=f"word {tone(text)}")


def table(columns: Sequence[Column], rows: Sequence[Sequence[Child]], *, caption: str, brief: bool = False) -> Markup:
    """The first column names each row. On a phone every row becomes a block with labels, and keeps its meaning by roles.

    `brief`: on a phone the values of a row stand side by side without labels, for rows that explain themselves.
    A column in which no row has anything is left out.
    """
    kept = [0, *(i for i in range(1, len(columns)) if any(join(row[i]) for row in rows))]
    columns, rows = [columns[i] for i in kept], [[row[i] for i in kept] for row in rows]
    head = el(
        "tr", [el("th", c.title, scope="col", role="columnheader", class_=c.kind or None) for c in columns], role="row"
    )
    body = [
        el(
            "tr",
            el("th", row[0], scope="row", role="rowheader"),
            [
                el("td", cell, role="cell", class_=column.kind or None, data_label=column.title or None)
                for column, cell in zip(columns[1:], row[1:], strict=True)
            ],
            role="row",
        )
        for row in rows
    ]
    drawn = el(
        "table",
        el("caption", caption),
        el("thead", head, role="rowgroup"),
        el("tbody", body, role="rowgroup"),
        role="table",
        class_="stack brief" if brief else "stack",
    )
    # A word that is wider than its column scrolls inside the table's own box, never the page.
    return el("div", drawn, class_="scroll")


def record(pairs: Sequence[tuple[str, Child]]) -> Markup:
    """Names and values, one under the other."""
    return el("dl", [(el("dt", name), el("dd", value)) for name, value in pairs], class_="record")


def share_bar(share: float) -> Markup:
    """A bar for a share that stands as a number beside it, so that it needs no words of its own."""
    width = max(0.6, min(1.0, max(0.0, share)) * 100)
    return el(
        "svg",
        el("rect", x=0, y=0, width=width, height=6, rx=1, class_="path"),
        viewBox="0 0 100 6",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def folded(summary: str, inner: Markup, *, opened: bool) -> Markup:
    """Something that a reader may fold away; on paper it is open."""
    return el("details", el("summary", summary), inner, open=opened)


def section(name: str, title: str, *children: Child) -> Markup:
    """One part of the page, named by its heading."""
    return el("section", el("h2", title, id=f"{name}-title"), *children, id=name, aria_labelledby=f"{name}-title")
