"""What breaks a text or a document: cut, flipped, doubled, replaced. Strategies for hypothesis, and what must never come."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from stormproof.core.errors import StormproofError

# What breaks readers: wrong kinds, edges of numbers and of instants, nesting, signs that a format gives a meaning to.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 10**18, 10**30, -(10**30), 0.5, 1e308, float("nan"), float("inf"), "", " ", "x", "0", "-1",
    "1_000", "٣", "1e400", "9" * 5000, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T25:61:61Z", "\x00", "ä", "\ud800",
    "../..", "a" * 10_000, [], [[]], [None], ["x"], {}, {"x": None}, {"a": {"b": [1]}},
)  # fmt: skip
SNIPPETS = ("", " ", "\n", "\t", "\x00", "0", "9", "-", "/", ":", ".", ",", "%", "%zz", '"', "{", "}", "[", "]", "[" * 3000, "ä", "\ud800", "٣", "1e400", "9" * 400, "\r", "\x85")  # fmt: skip


@st.composite
def broken_texts(draw: st.DrawFn, text: str, most: int = 4) -> str:
    """A text after one to `most` cuts, insertions, swaps of characters or doubled lines."""
    for _ in range(draw(st.integers(1, most))):
        how = draw(st.sampled_from(("cut", "insert", "character", "delete", "double", "swap")))
        at = draw(st.integers(0, len(text)))
        if how == "cut":
            text = text[:at]
        elif how == "insert":
            text = text[:at] + draw(st.sampled_from(SNIPPETS)) + text[at:]
        elif how == "character":
            text = text[:at] + draw(st.characters()) + text[at + 1 :]
        elif how == "delete":
            text = text[:at] + text[at + draw(st.integers(1, 40)) :]
        else:
            lines = text.split("\n")
            one, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
            if how == "double":
                lines.insert(one, lines[other])
            else:
                lines[one], lines[other] = lines[other], lines[one]
            text = "\n".join(lines)
    return text


@st.composite
def broken_bytes(draw: st.DrawFn, data: bytes, most: int = 3) -> bytes:
    """Bytes after one to `most` cuts, flips, insertions or overwritten stretches."""
    for _ in range(draw(st.integers(1, most))):
        how = draw(st.sampled_from(("cut", "flip", "insert", "zero")))
        at = draw(st.integers(0, max(0, len(data) - 1)))
        if how == "cut":
            data = data[:at]
        elif how == "flip" and data:
            data = data[:at] + bytes([data[at] ^ draw(st.integers(1, 255))]) + data[at + 1 :]
        elif how == "insert":
            data = data[:at] + draw(st.binary(min_size=1, max_size=9)) + data[at:]
        else:
            stretch = draw(st.integers(1, 64))
            data = data[:at] + bytes(len(data[at : at + stretch])) + data[at + stretch :]
    return data


@st.composite
def broken_documents(draw: st.DrawFn, document: Any, most: int = 3) -> Any:
    """A JSON document after one to `most` replaced, removed or added parts."""
    made = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, most))):
        here = made
        while True:
            if not isinstance(here, dict | list) or not here:
                break
            key = draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
            inner = here[key]
            if isinstance(inner, dict | list) and inner and draw(st.booleans()):
                here = inner
                continue
            if draw(st.integers(0, 4)) == 0:
                del here[key]
            else:
                here[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
            break
    return made


def as_text(document: Any) -> str:
    """JSON as a lax tool might print it, NaN and lone surrogates included."""
    return json.dumps(document, ensure_ascii=True)


def outcome(act: Callable[[], Any], *others: type[BaseException]) -> Any:
    """What `act` answers, or the StormproofError (or one of `others`) that it raised. Anything else is a traceback."""
    try:
        answer = act()
    except (StormproofError, *others) as error:
        answer = error
    if isinstance(answer, StormproofError):
        assert answer.what.strip(), "an error without words"
        assert answer.code, answer.what
    return answer
