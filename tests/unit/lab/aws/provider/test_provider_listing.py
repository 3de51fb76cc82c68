"""The list of what was not shown, and operations that outlive the engine."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from stormproof.lab.aws.provider.in_flight import InFlight
from stormproof.lab.aws.provider.listing import Listing


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_what_is_not_shown_is_written_once_by_type_and_property(tmp_path: Path):
    listing = Listing(tmp_path / "report.jsonl")
    for _ in range(3):
        listing.add("not emulated", "aws:kms/key:Key", "tags", why="no call takes it")
    listing.add("not emulated", "aws:efs/backupPolicy:BackupPolicy", why="moto has none")
    found = [(line["entry"], line["type"], line["property"]) for line in lines(tmp_path / "report.jsonl")]
    assert found == [
        ("not emulated", "aws:kms/key:Key", "tags"), ("not emulated", "aws:efs/backupPolicy:BackupPolicy", "*"),
    ]  # fmt: skip


def test_happenings_are_written_each_time(tmp_path: Path):
    listing = Listing(tmp_path / "report.jsonl")
    for urn in ("a", "b"):
        listing.add("finished after the engine had gone", "aws:kms/key:Key", "create", urn=urn)
    assert [line["urn"] for line in lines(tmp_path / "report.jsonl")] == ["a", "b"]


def test_without_a_file_it_is_kept_in_memory():
    listing = Listing(None)
    listing.add("not read back", "t", "p")
    assert listing.entries("not read back") == {("t", "p")}


def test_an_operation_under_way_is_waited_for_and_written_down(tmp_path: Path):
    listing = Listing(tmp_path / "report.jsonl")
    flights = InFlight(listing)
    started, may_end = threading.Event(), threading.Event()

    def create() -> None:
        with flights.operation("create", "aws:kms/key:Key", "urn:key"):
            started.set()
            may_end.wait(60)

    thread = threading.Thread(target=create)
    thread.start()
    assert started.wait(60)
    flights.engine_gone.set()
    assert not flights.wait_until_none(0)
    may_end.set()
    assert flights.wait_until_none(10)
    thread.join(60)
    assert [(line["entry"], line["urn"]) for line in lines(tmp_path / "report.jsonl")] == [
        ("finished after the engine had gone", "urn:key")
    ]


def test_while_the_engine_is_there_nothing_is_written_of_an_operation(tmp_path: Path):
    flights = InFlight(Listing(tmp_path / "report.jsonl"))
    with pytest.raises(ValueError), flights.operation("create", "t", "urn"):
        raise ValueError
    assert flights.wait_until_none(0)
    assert not (tmp_path / "report.jsonl").exists()
