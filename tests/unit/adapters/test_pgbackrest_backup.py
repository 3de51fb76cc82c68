"""What the look at a backup's description says, turned into the core's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormproof.adapters.pgbackrest_backup import parse_look
from stormproof.core.backup_whole import backup_whole, differs
from stormproof.core.errors import Unverified
from stormproof.core.verdict import CheckResult

LABEL = "20261126-022707F"

LOOK = f"""\
file backup.manifest 0 275432 {"a" * 40} own-sum
field backup.manifest backup backup-type "full"
field backup.manifest backup:db db-id 1
files backup.manifest 1441 66997105
file backup.info 134 0 {"b" * 40} other-sum
said backup.info RVJST1I6IFswMjldOiCAAXg=
entry backup.info.copy {{"db-id":1}}
file backup.info.copy 0 1141 {"c" * 40} own-sum
"""


def test_lines_of_the_look_become_descriptions_and_raw_bytes_do_not_get_through() -> None:
    facts = parse_look(LOOK, label=LABEL, where="vault: main")
    manifest = facts.of("backup.manifest")
    assert (manifest.fields, manifest.files, manifest.bytes, manifest.own_sum) == (
        {"backup-type": "full", "db-id": 1},
        1441,
        66997105,
        True,
    )
    assert facts.of("backup.info").said.isprintable()
    assert facts.of("backup.info").said.startswith("ERROR: [029]:")
    assert facts.of("backup.info.copy").entry == {"db-id": 1}
    assert not differs(facts, "backup.info")


@pytest.mark.parametrize("character", "\v\f\r\x1c\x1d\x1e\x85\u2028\u2029")
def test_a_damaged_block_in_an_entry_ends_no_line_whatever_stands_in_it(character: str) -> None:
    damaged = LOOK.replace('{"db-id":1}', f'{{"db-\ufffd{character}\ufffd "option":1}}')
    facts = parse_look(damaged, label=LABEL, where="vault: main")
    assert facts.of("backup.info.copy").entry is None
    assert facts.of("backup.info.copy").own_sum


@pytest.mark.parametrize(
    "line",
    [
        "bash: awk: command not found",
        "",
        "file backup.info x",
        "file backup.info zero 1 2 own-sum",
        "said backup.info RVJ",
        "field backup.info a",
        "files backup.manifest many 1",
    ],
)
def test_a_line_that_nobody_knows_is_told(line: str) -> None:
    with pytest.raises(Unverified, match="the look at the backup's description answered") as caught:
        parse_look(f"{line}\n", label=LABEL, where="vault: main")
    assert caught.value.code == "SP534"


@given(st.text())
def test_no_answer_is_a_traceback_or_a_whole_backup(text: str) -> None:
    try:
        facts = parse_look(text, label=LABEL, where="vault: main")
    except Unverified:
        return
    assert backup_whole(facts).result is not CheckResult.PASSED


@given(st.sampled_from(["file", "said", "entry", "field", "files"]), st.text(), st.text())
def test_no_answer_that_looks_like_one_is_either(word: str, name: str, rest: str) -> None:
    try:
        facts = parse_look(f"{LOOK}{word} {name} {rest}\n", label=LABEL, where="vault: main")
    except Unverified:
        return
    assert backup_whole(facts).result is not CheckResult.PASSED, "LOOK itself lacks files"
