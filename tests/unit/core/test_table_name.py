"""Names out of specs: read as SQL would, and quoted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormproof.core.table_name import BadName, parse_table, quoted, table_sql


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("orders", (None, "orders")),
        ("Orders", (None, "orders")),
        ("stormproof.heartbeat", ("stormproof", "heartbeat")),
        ('"Größen"', (None, "Größen")),
        ("größen", (None, "größen")),
        ('"a.b"."c""d"', ("a.b", 'c"d')),
    ],
)
def test_names_are_folded_and_unquoted_as_in_sql(text: str, parts: tuple[str | None, str]) -> None:
    assert parse_table(text) == parts


@pytest.mark.parametrize(
    "text", ["", "orders; drop table x", "a b", "a.b.c", '"open', "1a", "a.", ".a", "a'b", '"a" ', 'a"b"', '""', "a\n"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(BadName):
        parse_table(text)


def test_a_name_that_postgresql_would_cut_is_refused() -> None:
    assert parse_table("x" * 63)
    with pytest.raises(BadName):
        parse_table("ä" * 32)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=15))
def test_a_quoted_name_reads_back_as_itself(name: str) -> None:
    assert parse_table(quoted(name)) == (None, name)


def test_sql_is_always_quoted() -> None:
    assert table_sql("stormproof.heartbeat") == '"stormproof"."heartbeat"'
