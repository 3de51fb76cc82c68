"""How records become rows, the same for every SQL journal: instants as microseconds, documents as JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from stormproof.core.journal import EventRecord, Holder, JsonObject, Lease, Run, StepRecord
from stormproof.core.run_state import RunState, StepState

SCHEMA_VERSION = 1

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

RUN_COLUMNS = (
    "run_id, runbook, mode, environment, service, digest, wiring, parameters, undo_on_failure, created_at, state,"
    " cancel_requested"
)
STEP_COLUMNS = "sequence, run_id, step, attempt, state, at, token, outputs, detail"
EVENT_COLUMNS = "sequence, run_id, kind, at, token, document"
LEASE_COLUMNS = "run_id, token, holder, since, renewed_at, expires_at"


def microseconds(instant: datetime) -> int:
    assert instant.tzinfo is not None, "naive datetime reached the journal"
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def dumps(document: Mapping[str, Any] | None) -> str | None:
    """Plain ASCII, so that no encoding of a database can get in the way."""
    return None if document is None else json.dumps(document, ensure_ascii=True, allow_nan=False)


def run_row(run: Run, parameters: JsonObject) -> tuple[Any, ...]:
    return (
        run.run_id,
        run.runbook,
        run.mode,
        run.environment,
        run.service,
        run.digest,
        dumps(run.wiring),
        dumps(parameters),
        int(run.undo_on_failure),
        microseconds(run.created_at),
        run.state.value,
        run.cancel_requested,
    )


def run_of(row: Sequence[Any]) -> Run:
    return Run(
        run_id=row[0],
        runbook=row[1],
        mode=row[2],
        environment=row[3],
        service=row[4],
        digest=row[5],
        wiring=json.loads(row[6]),
        parameters=json.loads(row[7]),
        undo_on_failure=bool(row[8]),
        created_at=instant(row[9]),
        state=RunState(row[10]),
        cancel_requested=row[11],
    )


def step_of(row: Sequence[Any]) -> StepRecord:
    return StepRecord(
        sequence=row[0],
        run_id=row[1],
        step=row[2],
        attempt=row[3],
        state=StepState(row[4]),
        at=instant(row[5]),
        token=row[6],
        outputs=None if row[7] is None else json.loads(row[7]),
        detail=json.loads(row[8]),
    )


def event_of(row: Sequence[Any]) -> EventRecord:
    return EventRecord(
        sequence=row[0], run_id=row[1], kind=row[2], at=instant(row[3]), token=row[4], document=json.loads(row[5])
    )


def holder_json(holder: Holder) -> str:
    return json.dumps(
        {
            "host": holder.host,
            "pid": holder.pid,
            "started": holder.started,
            "machine": holder.machine,
            "boot": holder.boot,
            "namespace": holder.namespace,
        }
    )


def lease_of(row: Sequence[Any]) -> Lease:
    return Lease(
        run_id=row[0],
        token=row[1],
        holder=None if row[2] is None else Holder(**json.loads(row[2])),
        since=instant(row[3]),
        renewed_at=instant(row[4]),
        expires_at=instant(row[5]),
    )
