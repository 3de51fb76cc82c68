"""What is decided of foreign keys and sequences: what the source had wrong as well is no fault of the restore."""

from __future__ import annotations

import pytest

from stormproof.core.checks import ForeignKey, SequenceUse
from stormproof.core.finding import Severity
from stormproof.core.integrity_checks import foreign_keys, not_ascending, not_in_force_at_source, sequences


def test_orphans_fail_whatever_the_catalogue_says() -> None:
    assert [
        f.code for f in foreign_keys([ForeignKey("public.a.k", 3, True, 0), ForeignKey("public.b.k", 0, True, 0)], None)
    ] == ["SP434"]


def test_a_key_that_is_not_in_force_fails_unless_it_was_so_at_the_source() -> None:
    keys = [ForeignKey("public.a.k", 0, False, 0), ForeignKey("public.b.k", 0, True, 2)]
    before = {
        "constraint public.a.k": "… NOT VALID not validated",
        "constraint public.b.k": "… not enforced: 2 of its triggers disabled",
    }
    assert [f.severity for f in foreign_keys(keys, None)] == [Severity.HIGH, Severity.HIGH]
    assert foreign_keys(keys, before) == []
    assert not_in_force_at_source(keys, before) == ["public.a.k", "public.b.k"]


def test_a_key_that_lost_more_than_it_had_lost_at_the_source_is_not_excused() -> None:
    keys = [ForeignKey("public.a.k", 0, False, 2)]
    before = {"constraint public.a.k": "FOREIGN KEY … NOT VALID not validated"}
    assert not_in_force_at_source(keys, before) == []
    assert [f.code for f in foreign_keys(keys, before)] == ["SP435"]


def test_orphans_of_a_key_that_was_not_in_force_at_the_source_are_the_sources_own() -> None:
    key = ForeignKey("public.a.k", 5, False, 0)
    assert [f.code for f in foreign_keys([key], None)] == ["SP434", "SP435"]
    assert foreign_keys([key], {"constraint public.a.k": "FOREIGN KEY … NOT VALID not validated"}) == []


def use(last: int, extreme: int | None, increment: int = 1, *, unique: bool = True) -> SequenceUse:
    return SequenceUse("public.s", "public.t.id", last, increment, extreme, unique)


@pytest.mark.parametrize(
    ("seen", "behind"),
    [
        (use(5, 5), False),
        (use(6, 5), False),
        (use(4, 5), True),
        (use(0, None), False),
        (use(-5, -5, -1), False),
        (use(-4, -5, -1), True),
    ],
)
def test_a_sequence_stands_at_or_behind_its_columns_newest_value(seen: SequenceUse, behind: bool) -> None:
    assert [f.code for f in sequences([seen], {}, None)] == (["SP436"] if behind else [])


def test_a_sequence_that_the_source_never_used_is_information() -> None:
    assert sequences([use(0, 5)], {"public.s": 0}, {"public.s": 0})[0].severity is Severity.INFO


def test_a_cycling_sequence_may_stand_anywhere() -> None:
    assert sequences([use(1, 5)], {"public.s": 1}, {"public.s": 3}, frozenset({"public.s"})) == []


@pytest.mark.parametrize(("now", "codes"), [(9, ["SP437"]), (10, []), (42, [])])
def test_a_sequence_is_never_before_where_it_stood_at_the_backup(now: int, codes: list[str]) -> None:
    assert [f.code for f in sequences([], {"public.s": now}, {"public.s": 10, "public.gone": 5})] == codes


def test_a_sequence_that_never_counts_down_is_held_against_the_reference() -> None:
    assert [f.code for f in sequences([use(5, 5)], {"public.s": 5}, {"public.s": 9})] == ["SP437"]
    assert sequences([use(-5, -5, -1)], {"public.s": -5}, {"public.s": -1}) == []


def test_a_sequence_that_stood_behind_its_column_at_the_source_is_no_fault() -> None:
    behind = use(3, 90)
    assert [f.code for f in sequences([behind], {"public.s": 3}, {"public.s": 3})] == ["SP436"]
    assert sequences([behind], {"public.s": 3}, {"public.s": 3}, behind_at_source=frozenset({behind.column})) == []


def test_a_sequence_that_need_not_ascend_is_not_held_against_the_reference() -> None:
    objects = {
        "sequence public.down": "bigint start -1 by -1 from -9 to -1",
        "sequence public.round": "bigint start 1 by 1 from 1 to 5 cycle owned by public.t.turn",
        "sequence public.up": "bigint start 1 by 1 from 1 to 9",
        "table public.by": "permanent cycle",
    }
    assert not_ascending(objects) == {"public.down", "public.round"}
    copy, before = {"public.down": -33, "public.up": 1}, {"public.down": -5, "public.up": 5}
    (finding,) = sequences([], copy, before, free=not_ascending(objects))
    assert "1 sequences" in finding.what
    assert "public.up" in finding.what
