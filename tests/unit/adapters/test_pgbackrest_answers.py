"""What pgBackRest and the freezing script say, turned into the core's words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stormproof.adapters.pgbackrest import parse_freeze, parse_info, restore_script, transient_statuses
from stormproof.core.errors import RunFailed, TransientFailure, Unverified
from stormproof.core.ports import Completed

BACKUP = {
    "archive": {"start": "000000010000000000000008", "stop": "000000010000000000000009"},
    "database": {"id": 1},
    "error": False,
    "info": {"size": 344611049},
    "label": "20261123-054209F",
    "lsn": {"start": "0/8001D78", "stop": "0/80A93F8"},
    "timestamp": {"start": 1795412529, "stop": 1795412536},
    "type": "full",
}


def info(**changed: Any) -> Completed:
    stanza = {
        "name": "main",
        "status": {"code": 0, "message": "ok"},
        "db": [{"id": 1, "version": "15", "system-id": 7712301070081368125}],
        "backup": [BACKUP],
    }
    return Completed(0, json.dumps([stanza | changed]), "", 0.1)


def test_a_backup_is_known_by_label_instants_size_and_wal() -> None:
    (point,) = parse_info(info(), stanza="main", where="recovery-1")
    assert (point.label, point.kind, point.bytes, point.version) == ("20261123-054209F", "full", 344611049, "15")
    assert (point.wal_start, point.lsn_start) == ("000000010000000000000008", "0/8001D78")
    assert point.instant.isoformat() == "2026-11-23T05:42:16+00:00"
    assert (point.archive_id, point.system_id) == ("15-1", "7712301070081368125")


def test_a_backup_belongs_to_the_cluster_that_it_was_taken_of() -> None:
    clusters = [{"id": 1, "version": "15", "system-id": 77}, {"id": 2, "version": "16", "system-id": 78}]
    new = BACKUP | {"label": "20261124-054209F", "database": {"id": 2}}
    points = parse_info(info(db=clusters, backup=[BACKUP, new]), stanza="main", where="x")
    assert [(p.version, p.archive_id, p.system_id) for p in points] == [("15", "15-1", "77"), ("16", "16-2", "78")]


def test_fields_that_a_later_version_adds_are_no_mistake() -> None:
    assert len(parse_info(info(repo=[{"key": 1, "cipher": "aes-256-cbc"}], new=1), stanza="main", where="x")) == 1


def test_no_backup_yet_is_an_empty_list_and_another_trouble_is_told() -> None:
    assert (
        parse_info(info(status={"code": 2, "message": "no valid backups"}, backup=[]), stanza="main", where="x") == []
    )
    with pytest.raises(RunFailed, match="missing stanza path"):
        parse_info(info(status={"code": 1, "message": "missing stanza path"}), stanza="main", where="x")
    with pytest.raises(RunFailed, match="not in the repository"):
        parse_info(info(), stanza="other", where="x")


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"name": "main"}]'])
def test_an_answer_that_cannot_be_read_is_never_an_empty_list(text: str) -> None:
    with pytest.raises((Unverified, RunFailed)):
        parse_info(Completed(0, text, "", 0.1), stanza="main", where="x")


def test_an_info_that_could_not_ask_the_vault_says_why_although_it_ends_with_0() -> None:
    """Seen with 2.45: status 0, the stanza's message is "other", and the repository's tells the cause."""
    text = "[UnknownError] remote-0 process on 'vault' terminated unexpectedly [255]: Permission denied (publickey)."
    repository = {"key": 1, "status": {"code": 99, "message": text}}
    answer = info(status={"code": 99, "message": "other"}, backup=[], repo=[repository])
    with pytest.raises(RunFailed, match="refused the recovery host's key") as raised:
        parse_info(answer, stanza="main", where="x")
    assert (raised.value.code, isinstance(raised.value, TransientFailure)) == ("SP290", False)


def test_a_vault_that_cannot_be_reached_may_be_tried_again() -> None:
    text = "[UnknownError] remote-0 process on 'vault' terminated unexpectedly [255]: ssh: connect to host vault port 22: No route to host"
    repository = {"key": 1, "status": {"code": 99, "message": text}}
    answer = info(status={"code": 99, "message": "other"}, backup=[], repo=[repository])
    with pytest.raises(TransientFailure):
        parse_info(answer, stanza="main", where="x")


def test_only_a_broken_way_to_the_vault_is_tried_again_where_only_a_status_is_known() -> None:
    assert transient_statuses() == [39, 49, 66, 101, 102, 125]


def test_a_frozen_list_holds_segments_streams_backups_and_snapshots() -> None:
    text = "\n".join(
        [
            "now 1795412600.5",
            f"stream 00000001000000000000000A 1234 {'a' * 40} 7712301070081368125",
            f"stream 00000001000000000000000B 24 {'a' * 40} ",
            f"archive 15-1/0000000100000000/000000010000000000000009-{'b' * 40}.zst",
            "archive 15-1/0000000100000000/000000010000000000000008.00001D78.backup",
            "archive 15-1/00000002.history",
            "backup 20261123-054209F",
            "snapshot /srv/vault/restic/uploads abc",
            "end",
        ]
    )
    found = parse_freeze(text, snapshot_dirs={"uploads": "/srv/vault/restic/uploads"})
    assert [(s.name, s.source, s.length) for s in found.segments] == [
        ("00000001000000000000000A", "stream", 1234),
        ("00000001000000000000000B", "stream", 24),
        ("000000010000000000000009", "archive", None),
        ("00000002.history", "archive", None),
    ]
    assert [s.system_id for s in found.segments] == ["7712301070081368125", None, None, None]
    assert [s.archive_id for s in found.segments] == [None, None, "15-1", "15-1"]
    assert (found.backups, found.snapshots, found.unreadable) == (("20261123-054209F",), {"uploads": ("abc",)}, ())


@pytest.mark.parametrize("line", ["unreadable archive/main", "something new", ""])
def test_what_could_not_be_listed_is_never_taken_for_nothing(line: str) -> None:
    assert parse_freeze(line, snapshot_dirs={}).unreadable != ()


SEGMENT = "15-1/0000000100000000/000000010000000000000009"


@pytest.mark.parametrize(
    "beside",
    [
        f"{SEGMENT}.00001D78.backup",
        f"{SEGMENT}.partial-{'b' * 40}.zst",
        f"{SEGMENT}-{'b' * 40}.gz.pgbackrest.tmp",
        "15-1/00000002.history.pgbackrest.tmp",
    ],
)
def test_what_lies_beside_segments_in_an_archive_is_no_segment_and_no_riddle(beside: str) -> None:
    found = parse_freeze(f"now 1795412600.5\narchive {beside}\nend", snapshot_dirs={})
    assert (found.segments, found.unreadable) == ((), ())


@pytest.mark.parametrize(
    "odd", [SEGMENT.lower() + "f" * 8, f"{SEGMENT}0", f"{SEGMENT}-{'b' * 39}.zst", f"{SEGMENT}.zip", ""]
)
def test_a_name_in_the_archive_that_nobody_knows_is_not_ignored(odd: str) -> None:
    """Ignored, a list whose last names are damaged would end before its gap."""
    found = parse_freeze(f"now 1795412600.5\narchive {odd}\nend", snapshot_dirs={})
    assert found.unreadable == (f"archive/{odd}",)


def test_a_restore_names_no_place_outside_its_runs_folder_and_never_archives() -> None:
    script = restore_script(stanza="main", label="20261123-054209F", run_dir="/w/RUN", processes=2, delta=False)
    assert "--archive-mode=off" in script
    assert "--job-retry=0" in script
    assert "--delta" not in script
    assert all(word.startswith("--pg1-path=/w/RUN/") for word in script.split() if word.startswith("--pg1-path"))
    assert "--delta" in restore_script(stanza="main", label="x", run_dir="/w/RUN", processes=2, delta=True)


def test_a_passphrase_that_happens_to_decrypt_to_nonsense_is_called_wrong_too() -> None:
    """One wrong passphrase in 256 does not crash: `info` then ends with 0, and the repository's message tells."""
    message = "[FormatError] unable to load info file 'backup.info':\nFormatError: key/value found outside of section at line 1: \x1b[2J\ufffd"
    other = {"code": 99, "message": "other"}
    with pytest.raises(RunFailed, match="the passphrase is wrong") as caught:
        parse_info(info(status=other, repo=[{"status": {"code": 99, "message": message}}]), stanza="main", where="x")
    assert caught.value.code == "SP283"
    assert caught.value.what.isprintable()
