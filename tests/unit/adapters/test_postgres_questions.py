"""How questions are put to psql, and which of its words leave the host."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from stormproof.adapters.check_runner_integrity import _relations
from stormproof.adapters.check_runner_query import _condition, expectation
from stormproof.adapters.postgres_questions import (
    QuestionFailed,
    Session,
    ask,
    ask_json,
    heartbeat_ranges,
    psql_script,
    table_name,
    verbatim,
)
from stormproof.core.check_context import PostgresPlace
from stormproof.core.check_spec import Expect
from stormproof.core.ports import Completed

PLACE = PostgresPlace("/pg/bin", "/run/so ck", 5433, "post'gres", "shop")


@dataclass
class Answering:
    """A host that answers every script with one thing."""

    done: Completed
    asked: list[str] = field(default_factory=list)
    name: str = "recovery-1"
    address: str = "10.0.0.1"

    def run(self, script: str, *, env: object = None, stdin: str = "", timeout_seconds: float = 30.0) -> Completed:
        self.asked.append(stdin)
        return self.done


def failed(stderr: str, status: int = 3) -> QuestionFailed:
    with pytest.raises(QuestionFailed) as caught:
        ask(Answering(Completed(status, "", stderr, 0.1)), PLACE, "select 1")  # type: ignore[arg-type]
    return caught.value


def test_our_own_question_as_the_reader_means_the_systems_names() -> None:
    assert "search_path=pg_catalog" in psql_script(PLACE, Session(role="reader", catalog_names=True))
    assert "search_path" not in psql_script(
        PLACE, Session(role="reader")
    )  # a user's own SQL names things as the application


def test_a_heartbeat_with_columns_of_a_type_of_its_own_is_not_read() -> None:
    """Its casts and operators would be the database's own code, run as the superuser."""
    host = Answering(Completed(0, '"no table"\n', "", 0.1))
    with pytest.raises(QuestionFailed):
        heartbeat_ranges(host, PLACE)  # type: ignore[arg-type]
    assert "atttypid not in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype" in host.asked[0]


def test_a_superusers_session_is_deaf_to_the_databases_own_code() -> None:
    script = psql_script(PLACE, Session())
    for guard in (
        "search_path=pg_catalog",
        "session_preload_libraries= ",
        "session_replication_role=replica",
        "default_transaction_read_only=on",
    ):
        assert guard in script
    assert "export PGUSER='post'\"'\"'gres' PGPORT=5433" in script
    assert "export PGHOST='/run/so ck'" in script


def test_a_readers_session_keeps_the_applications_search_path() -> None:
    script = psql_script(PLACE, Session(role="stormproof_reader"))
    assert "search_path" not in script
    assert "session_replication_role" not in script
    assert "default_transaction_read_only=on" in script


def test_only_a_session_that_must_write_may() -> None:
    assert "default_transaction_read_only=off" in psql_script(PLACE, Session(writable=True))


def test_sql_is_handed_over_unread() -> None:
    text = verbatim("select :x, E'\\n' \\! rm")
    assert "\\!" not in text
    assert ":x" not in text
    assert text.endswith("\\gexec\n")


def test_an_error_keeps_its_code_and_says_where() -> None:
    assert str(failed('ERROR 42P01 relation "x" does not exist\n')) == (
        'error SP490: PostgreSQL answered 42P01: relation "x" does not exist\n'
        "  where: recovery-1: database shop\n"
        "  fix:   run the question by hand in the kept copy (`drill run --keep`)"
    )


def test_an_error_that_may_quote_data_keeps_only_its_code() -> None:
    assert failed("ERROR 22P02\n").what == "PostgreSQL answered 22P02 (its text may quote data and stays there)"


@pytest.mark.parametrize(
    ("line", "damaged"),
    [
        ("ERROR XX001 invalid page in block 1", True),
        ("ERROR 58P01 could not open file", True),
        ("ERROR 42601 x", False),
        ("", False),
    ],
)
def test_damage_is_told_from_a_question_that_could_not_be_asked(line: str, damaged: bool) -> None:
    assert failed(line).damaged is damaged


def test_a_bound_that_passed_has_its_own_code() -> None:
    assert failed("ERROR 57014 canceling statement due to statement timeout").code == "SP491"


def test_an_answer_that_was_cut_off_is_no_answer() -> None:
    with pytest.raises(QuestionFailed, match="cut off"):
        ask_json(Answering(Completed(0, '{"a": 1}\n{"b', "", 0.1)), PLACE, "select 1")  # type: ignore[arg-type]


@pytest.mark.parametrize("character", "\x85\u2028\u2029")
def test_a_character_in_a_value_ends_no_line_of_an_answer(character: str) -> None:
    said = f'["before{character}behind"]\n[2]\n'
    answered = ask_json(Answering(Completed(0, said, "", 0.1)), PLACE, "select 1")  # type: ignore[arg-type]
    assert answered == [[f"before{character}behind"], [2]]


@pytest.mark.parametrize("name", ["heartbeat", "a.b.c", "a;drop.b", ""])
def test_a_table_name_is_qualified_and_nothing_else(name: str) -> None:
    with pytest.raises(QuestionFailed):
        table_name(name)


def test_a_table_name_is_quoted() -> None:
    assert table_name('Stormproof."Heart""beat"') == '"stormproof"."Heart""beat"'


def test_a_heartbeat_that_is_no_table_is_never_an_empty_one() -> None:
    with pytest.raises(QuestionFailed, match="there is no table"):
        heartbeat_ranges(Answering(Completed(0, '"no table"\n', "", 0.1)), PLACE, "s.h")  # type: ignore[arg-type]


def test_amchecks_words_become_one_line_for_each_relation() -> None:
    lines = [
        'btree index "shop.public.i":',
        '    ERROR:  item order invariant violated for index "i"',
        'heap table "shop.public.t", block 7, offset 3:',
        'heap table "shop.public.t", block 8:',
    ]
    assert _relations(lines) == {
        ("btree index", "shop.public.i"): 'item order invariant violated for index "i"',
        ("heap table", "shop.public.t"): "block 7",
    }


@pytest.mark.parametrize(
    ("expect", "words", "sql"),
    [
        (Expect(equals=0), "equals 0", "case when is_number then v::numeric = 0 else v = '0' end"),
        (Expect(equals=True), "equals True", "v = 'true'"),
        (Expect(equals="o'x"), "equals \"o'x\"", "v = 'o''x'"),
        (Expect(equals=None), "equals None", "v is null"),
        (Expect(min=1, max=2.5), "at least 1 and at most 2.5", "case when is_number then v::numeric >= 1 else false end and case when is_number then v::numeric <= 2.5 else false end"),
        (Expect(rows=3), "3 rows", ""),
    ],
)  # fmt: skip
def test_an_expectation_is_said_and_asked(expect: Expect, words: str, sql: str) -> None:
    assert (expectation(expect), _condition(expect)) == (words, sql)
