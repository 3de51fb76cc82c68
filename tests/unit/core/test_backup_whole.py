"""A backup whose description is damaged restores well from the copy, and fails the check that reads both."""

from __future__ import annotations

from typing import Any

import pytest

from stormproof.core.backup_whole import BackupFacts, Description, backup_whole, unseen
from stormproof.core.verdict import CheckResult

LABEL = "20261126-022707F"
SAID = {"backup-archive-start": "000000010000000000000003", "backup-lsn-start": "0/3000028", "backup-type": "full"}
NAMES = ["backup.manifest", "backup.info", "archive.info"]


def described(**changed: dict[str, Any]) -> BackupFacts:
    """Six whole files; `changed` by name, with `_` for `.`."""
    found = {}
    for name in NAMES:
        for copy in (name, f"{name}.copy"):
            known: dict[str, Any] = {"status": 0, "sha1": name[:4] * 10, "own_sum": True}
            if name == "backup.manifest":
                known |= {"fields": SAID | {"db-id": 1}, "files": 1441, "bytes": 66997105}
            if name == "backup.info":
                known["entry"] = SAID | {"db-id": 1, "backup-info-size": 66997105, "option-online": True}
            found[copy] = Description(copy, **(known | changed.get(copy.replace(".", "_"), {})))
    return BackupFacts(LABEL, "vault: main", found)


def told(facts: BackupFacts) -> list[tuple[str, str]]:
    return [(finding.code, finding.what) for finding in backup_whole(facts).findings]


def test_six_whole_files_pass_and_say_how_much_the_backup_holds() -> None:
    decided = backup_whole(described())
    assert (decided.result, decided.findings) == (CheckResult.PASSED, ())
    assert decided.facts == {"files": 1441, "bytes": 66997105, "manifest_sha1": "back" * 10}


@pytest.mark.parametrize("name", ["backup_manifest", "backup_manifest_copy"])
def test_a_damaged_manifest_fails_whichever_of_the_two_it_is_and_is_named(name: str) -> None:
    facts = described(**{name: {"sha1": "f" * 40, "own_sum": False, "fields": {}, "bytes": 1}})
    assert backup_whole(facts).result is CheckResult.FAILED
    dotted = "backup.manifest.copy" if name.endswith("copy") else "backup.manifest"
    assert told(facts) == [
        (
            "SP530",
            f"{LABEL}/backup.manifest and backup.manifest.copy differ: {dotted} is damaged (the sum that it names of itself "
            "does not fit); pgBackRest takes the other without a word",
        )
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("backup_info", "backup.info and backup.info.copy differ: backup.info is damaged"),
        ("archive_info_copy", "archive.info and archive.info.copy differ: archive.info.copy is damaged"),
    ],
)
def test_a_damaged_information_file_fails(name: str, said: str) -> None:
    ((code, what),) = told(described(**{name: {"sha1": "f" * 40, "own_sum": False}}))
    assert code == "SP533"
    assert what.startswith(said)


@pytest.mark.parametrize(
    ("sums", "said"), [((True, True), "one is of another moment"), ((False, False), "neither fits its own sum")]
)
def test_two_that_differ_are_told_also_when_their_sums_do_not_say_which(sums: tuple[bool, bool], said: str) -> None:
    facts = described(backup_manifest={"sha1": "f" * 40, "own_sum": sums[0]}, backup_manifest_copy={"own_sum": sums[1]})
    assert said in told(facts)[0][1]


def test_equal_files_whose_sum_nobody_can_make_again_are_whole() -> None:
    """A name that holds '=' may be taken apart otherwise than pgBackRest does: equal is equal."""
    odd = {"own_sum": False}
    assert told(described(backup_manifest=odd, backup_manifest_copy=odd)) == []


@pytest.mark.parametrize("status", [26, 28, 29, 55, 95, 99, 134, 139])
def test_one_that_cannot_be_read_fails_and_says_which_is_left(status: int) -> None:
    facts = described(backup_manifest={"status": status, "own_sum": False, "said": "ERROR: x"})
    assert told(facts) == [
        (
            "SP531",
            f"{LABEL}/backup.manifest cannot be read (status {status}); only backup.manifest.copy is left: ERROR: x",
        )
    ]


def test_neither_of_both_is_told_of_both() -> None:
    gone = {"status": 55}
    findings = told(described(backup_manifest=gone, backup_manifest_copy=gone))
    assert [code for code, _ in findings] == ["SP531", "SP531"]
    assert "neither can be read" in findings[0][1]


@pytest.mark.parametrize("status", [39, 49, 125, 255])
def test_a_way_that_broke_is_unknown_and_never_called_damage(status: int) -> None:
    facts = described(backup_manifest={"status": status})
    assert backup_whole(facts).result is CheckResult.UNKNOWN
    assert [d.name for d in unseen(facts)] == ["backup.manifest"]


@pytest.mark.parametrize(
    ("said", "shown"), [("", "it said nothing"), ("ERROR: [049]: no host", "ERROR: [049]: no host")]
)
def test_a_way_that_broke_is_told_with_the_tools_own_words_where_it_had_some(said: str, shown: str) -> None:
    (finding,) = backup_whole(described(backup_info_copy={"status": 49, "said": said})).findings
    assert (finding.what, finding.where) == (
        f"backup.info.copy could not be looked at (status 49): {shown}",
        "vault: main",
    )
    assert "is the vault up" in finding.fix


def test_a_crash_beside_a_way_that_broke_does_not_suspect_the_passphrase() -> None:
    crash = {"status": 134}
    (finding,) = backup_whole(
        described(backup_info=crash, backup_info_copy=crash, archive_info_copy={"status": 39})
    ).findings
    assert finding.what == "backup.info could not be looked at (status 134): it said nothing"
    assert "is the vault up" in finding.fix


def test_a_crash_on_every_file_suspects_the_passphrase() -> None:
    crash = {"status": 139, "own_sum": False}
    facts = described(**{name.replace(".", "_"): crash for name in described().descriptions})
    decided = backup_whole(facts)
    assert decided.result is CheckResult.UNKNOWN
    assert "passphrase" in decided.findings[0].fix


def test_a_broken_way_does_not_hide_damage() -> None:
    facts = described(archive_info={"status": 39}, backup_manifest={"status": 55})
    assert (backup_whole(facts).result, [code for code, _ in told(facts)]) == (CheckResult.FAILED, ["SP531"])


def test_a_manifest_that_backup_info_does_not_know_or_knows_otherwise_fails() -> None:
    none: dict[str, Any] = {"entry": None}
    assert [code for code, _ in told(described(backup_info=none, backup_info_copy=none))] == ["SP532"]
    entry = SAID | {"backup-lsn-start": "0/9000028", "backup-info-size": 66997106}
    other: dict[str, Any] = {"entry": entry}
    assert told(described(backup_info=other, backup_info_copy=other)) == [
        ("SP532", f"the manifest of {LABEL} says backup-lsn-start = 0/3000028, and backup.info says 0/9000028"),
        ("SP532", f"the manifest of {LABEL} lists 66,997,105 bytes, and backup.info says 66,997,106"),
    ]


def test_the_entry_is_compared_with_the_manifest_that_fits_its_own_sum() -> None:
    damaged = {"sha1": "f" * 40, "own_sum": False, "fields": SAID | {"backup-lsn-start": "0/7"}}
    assert [code for code, _ in told(described(backup_manifest=damaged))] == ["SP530"]


def test_a_file_that_was_not_looked_for_is_never_taken_for_whole() -> None:
    assert backup_whole(BackupFacts(LABEL, "x", {})).result is CheckResult.FAILED


def test_a_description_says_that_its_own_sum_fits_or_is_not_taken_for_whole() -> None:
    unasked = Description("backup.info", 0, sha1="f" * 40)
    facts = described()
    ((_, what),) = told(BackupFacts(LABEL, facts.where, {**facts.descriptions, "backup.info": unasked}))
    assert "backup.info is damaged" in what


@pytest.mark.parametrize("gone", ["backup_manifest", "backup_info"])
def test_what_cannot_be_read_is_told_once_and_not_compared_with_the_other_description(gone: str) -> None:
    """Of a backup.info that is gone nobody knows whether it had an entry, and no manifest is there to miss it."""
    none: dict[str, Any] = {"entry": None}
    lost = {"backup_info": none, "backup_info_copy": none} | {name: {"status": 55} for name in (gone, f"{gone}_copy")}
    assert [code for code, _ in told(described(**lost))] == ["SP531", "SP531"]


def test_where_no_sum_fits_the_facts_are_those_of_the_one_that_is_read_first() -> None:
    other = {"sha1": "f" * 40, "files": 3, "bytes": 5, "own_sum": False}
    decided = backup_whole(described(backup_manifest={"own_sum": False}, backup_manifest_copy=other))
    assert decided.facts == {"files": 1441, "bytes": 66997105, "manifest_sha1": "back" * 10}
