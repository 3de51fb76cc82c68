"""The heartbeat's item and object on the emulator, and what the function says of each store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.functions.heartbeat import handler as entry
from infra.functions.heartbeat.stores import Beat, Table, object_key, sequence_of, write_item, write_object
from infra.functions.postgres.wire import PostgresFailed
from stormproof.core.heartbeat import parse_acknowledged

pytestmark = pytest.mark.component

MINUTE = datetime(2026, 11, 26, 6, 17, tzinfo=UTC)
LATER = MINUTE + timedelta(seconds=41, microseconds=5)
TABLE = Table("shop-prod-records", "pk", "sk")
BUCKET = "shop-prod-files"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "emulator",
        "AWS_SECRET_ACCESS_KEY": "emulator",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "ENVIRONMENT": "shop-prod",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName=TABLE.name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("pk", "sk")],
        )
        boto3.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        entry._client.cache_clear()
        yield
        entry._client.cache_clear()


def _items() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = boto3.client("dynamodb").scan(TableName=TABLE.name)["Items"]
    return found


def _configured(monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    for name, value in {
        "TABLE": TABLE.name, "TABLE_HASH_KEY": "pk", "TABLE_RANGE_KEY": "sk", "BUCKET": BUCKET, **more,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


def test_an_item_holds_what_was_acknowledged() -> None:
    beat = write_item(boto3.client("dynamodb"), TABLE, MINUTE, LATER)
    assert beat == Beat(29927897, "2026-11-26T06:17:41.000005Z")
    assert _items() == [
        {
            "pk": {"S": "stormproof.heartbeat"},
            "sk": {"S": "00000000000029927897"},
            "sequence": {"N": "29927897"},
            "at": {"S": beat.at},
            "host": {"S": "heartbeat"},
        }
    ]


def test_an_object_holds_what_was_acknowledged_below_its_day() -> None:
    beat = write_object(boto3.client("s3"), BUCKET, MINUTE, LATER)
    assert object_key(MINUTE) == "stormproof/heartbeat/2026-11-26/00000000000029927897.json"
    held = json.loads(boto3.client("s3").get_object(Bucket=BUCKET, Key=object_key(MINUTE))["Body"].read())
    assert held == {"sequence": beat.sequence, "at": beat.at, "host": "heartbeat"}


def test_a_minute_that_is_tried_again_is_the_same_item() -> None:
    for seconds in (0, 30):
        write_item(boto3.client("dynamodb"), TABLE, MINUTE, MINUTE + timedelta(seconds=seconds))
    assert len(_items()) == 1


def test_minutes_are_numbered_without_a_gap() -> None:
    assert [sequence_of(MINUTE + timedelta(minutes=one)) for one in range(3)] == [29927897, 29927898, 29927899]


def test_a_beat_is_a_line_of_acknowledged_writes() -> None:
    [read] = parse_acknowledged(Beat(7, "2026-11-26T06:17:41.000005Z").line + "\n").beats
    assert (read.sequence, read.at) == (7, LATER)


def test_every_store_that_is_configured_gets_its_beat_for_the_scheduled_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _configured(monkeypatch)
    done = entry.handler({"time": "2026-11-26T06:17:00Z"})
    assert {store: line.split(" ")[0] for store, line in done.items()} == {"item": "29927897", "object": "29927897"}
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["Environment"], one["Store"], one["Written"]) for one in said] == [
        ("shop-prod", "item", 1), ("shop-prod", "object", 1),
    ]  # fmt: skip
    assert [one["acknowledged"] for one in said] == list(done.values())


def test_what_it_says_is_a_metric_for_each_store(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _configured(monkeypatch)
    entry.handler({})
    [of_metric] = json.loads(capsys.readouterr().out.splitlines()[0])["_aws"]["CloudWatchMetrics"]
    assert of_metric == {
        "Namespace": "Stormproof/Heartbeat",
        "Dimensions": [["Environment", "Store"]],
        "Metrics": [{"Name": "Written", "Unit": "Count"}],
    }


def test_a_store_that_is_down_keeps_no_other_from_its_beat_and_the_invocation_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _configured(monkeypatch, TABLE="shop-prod-gone")
    with pytest.raises(entry.HeartbeatFailed, match=r"item: ResourceNotFoundException"):
        entry.handler({"time": "2026-11-26T06:17:00Z"})
    said = {one["Store"]: one for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert (said["item"]["Written"], said["item"]["acknowledged"]) == (0, None)
    assert said["object"]["Written"] == 1


def test_a_database_that_cannot_be_reached_is_told_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_HOST", "database.example.com")
    for name, value in {"DATABASE_PORT": "5432", "DATABASE_NAME": "app", "DATABASE_USER": "heartbeat"}.items():
        monkeypatch.setenv(name, value)

    def refused(*_: object) -> Beat:
        raise PostgresFailed("the server offers no TLS")

    monkeypatch.setattr(entry, "write_row", refused)
    with pytest.raises(entry.HeartbeatFailed, match="row: PostgresFailed: the server offers no TLS"):
        entry.handler({})
    assert json.loads(capsys.readouterr().out)["error"] == "PostgresFailed: the server offers no TLS"


def test_a_token_is_signed_for_the_one_login_without_asking_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    database = entry.Database("database.example.com", 5432, "app", "heartbeat")
    token = entry._token(database)
    assert token.startswith("database.example.com:5432/?Action=connect&DBUser=heartbeat&")
    assert "X-Amz-Signature=" in token


def test_nothing_configured_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_HOST", "TABLE", "BUCKET"):
        monkeypatch.delenv(name, raising=False)
    assert entry.handler({}) == {}
