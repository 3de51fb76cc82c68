"""What the lab remembers of its content is read as it was written, or said to be damaged; a disaster is never forgotten by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stormproof.core.errors import SetupFailed
from stormproof.lab.lab_record import LabRecord, RecordFile

RECORD = LabRecord("stream", 300, 20.0, True, 1200, True, "20261123-060330F", {"kind": "loss"})
PLAIN = {"profile": "stream", "size_mb": 300, "rate_tps": 20.0, "synchronous": True}


@pytest.fixture
def file(tmp_path: Path) -> RecordFile:
    return RecordFile(tmp_path / "lab-content.json")


def test_what_is_written_is_read_back(file: RecordFile) -> None:
    assert file.read() is None
    file.write(RECORD)
    assert file.read() == RECORD


@pytest.mark.parametrize(
    ("before", "after"),
    [('"loss"', '"dropped-table"'), ('"ready": true', '"ready": false'), ('{\n  "kind": "loss"\n }', "null")],
)
def test_a_record_that_was_changed_is_never_taken_for_another(file: RecordFile, before: str, after: str) -> None:
    file.write(RECORD)
    text = file.path.read_text()
    assert text.count(before) == 1
    file.path.write_text(text.replace(before, after))
    with pytest.raises(SetupFailed) as caught:
        file.read()
    assert str(caught.value) == (
        "error SP694: the lab's record cannot be read: it was changed since it was written\n"
        f"  where: {file.path}\n  fix:   run `stormproof lab destroy`, then `lab up`"
    )


def test_a_record_of_an_earlier_version_is_read(file: RecordFile) -> None:
    file.path.write_text(json.dumps(PLAIN))
    assert file.read() == LabRecord("stream", 300, 20.0, True)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"profile": 5}, "its WAL profile is none"),
        ({"size_mb": "x"}, "its size is none"),
        ({"rate_tps": "x"}, "its rate is none"),
        ({"rate_tps": float("nan")}, "its rate is none"),
        ({"ready": 1}, "its 'ready' is neither true nor false"),
        ({"profile": "archive"}, "only a stream can be synchronous"),
        ({"last_backup": []}, "its last backup is none"),
        ({"disaster": {}}, "its disaster is none"),
        ({"disaster": "loss"}, "its disaster is none"),
        ({"disastr": None}, "it has other fields than a record"),
    ],
)
def test_each_value_is_held_to_its_kind(file: RecordFile, change: dict[str, object], what: str) -> None:
    file.path.write_text(json.dumps(PLAIN | change))
    with pytest.raises(SetupFailed) as caught:
        file.read()
    assert caught.value.what == f"the lab's record cannot be read: {what}"


def test_half_of_a_surrogate_pair_is_no_text(file: RecordFile) -> None:
    file.path.write_text(json.dumps(PLAIN | {"last_backup": "\ud800"}))
    with pytest.raises(SetupFailed, match="surrogates not allowed"):
        file.read()
