"""What the lab remembers about its content between commands: lab-content.json in the lab's folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from stormproof.core.errors import SetupFailed
from stormproof.lab.disaster import KINDS
from stormproof.lab.kept_file import Damaged, expect, is_number, read_sealed, sealed
from stormproof.lab.state import write_whole
from stormproof.lab.wal_profiles import WalProfile

RATE_MAX = 10**6  # transactions a second
_DEFAULTS = {"customers": 0, "ready": False, "last_backup": None, "disaster": None}


@dataclass(frozen=True, slots=True)
class LabRecord:
    """`ready`: data and a first backup are there. `disaster`: one that was caused and is not yet healed."""

    profile: str
    size_mb: int
    rate_tps: float
    synchronous: bool
    customers: int = 0
    ready: bool = False
    last_backup: str | None = None
    disaster: dict[str, str | None] | None = None


class RecordFile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> LabRecord | None:
        """None when there is none. Raises SetupFailed when it is not as it was written."""
        try:
            document = read_sealed(self.path)
            return None if document is None else _record_of(document)
        except Damaged as error:
            raise SetupFailed(
                f"the lab's record cannot be read: {error}",
                where=str(self.path),
                fix="run `stormproof lab destroy`, then `lab up`",
                code="SP694",
            ) from error

    def write(self, record: LabRecord) -> LabRecord:
        write_whole(self.path, sealed(asdict(record)))
        return record

    def change(self, record: LabRecord, **fields: object) -> LabRecord:
        return self.write(replace(record, **fields))  # type: ignore[arg-type] # names are ours


def _record_of(document: Any) -> LabRecord:
    expect(isinstance(document, dict), "it is no record")
    values: dict[str, Any] = {**_DEFAULTS, **document}
    expect(values.keys() == LabRecord.__dataclass_fields__.keys(), "it has other fields than a record")
    rate, disaster = values["rate_tps"], values["disaster"]
    expect(values["profile"] in tuple(WalProfile), "its WAL profile is none")
    expect(is_number(values["size_mb"], 0, 10**9), "its size is none")
    expect(type(rate) in (int, float) and 0 <= rate <= RATE_MAX, "its rate is none")
    expect(is_number(values["customers"], 0, 10**12), "its number of customers is none")
    for name in ("synchronous", "ready"):
        expect(isinstance(values[name], bool), f"its '{name}' is neither true nor false")
    expect(not values["synchronous"] or values["profile"] == WalProfile.STREAM, "only a stream can be synchronous")
    expect(isinstance(values["last_backup"], str | None), "its last backup is none")
    expect(disaster is None or _is_disaster(disaster), "its disaster is none")
    return LabRecord(**values)


def _is_disaster(disaster: Any) -> bool:
    """Nobody says what an unknown kind would take to heal."""
    return (
        isinstance(disaster, dict)
        and disaster.get("kind") in KINDS
        and all(isinstance(value, str | None) for value in disaster.values())
    )
