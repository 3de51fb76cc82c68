"""What the lab remembers about its content between commands: lab-content.json in the lab's folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from stormproof.core.errors import SetupFailed
from stormproof.lab.state import write_whole


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
        """None when there is none. Raises SetupFailed when it cannot be understood."""
        try:
            return LabRecord(**json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise SetupFailed(
                f"the lab's record cannot be read: {error}",
                where=str(self.path),
                fix="run `stormproof lab destroy`, then `lab up`",
                code="SP694",
            ) from error

    def write(self, record: LabRecord) -> LabRecord:
        write_whole(self.path, json.dumps(asdict(record), indent=1) + "\n")
        return record

    def change(self, record: LabRecord, **fields: object) -> LabRecord:
        return self.write(replace(record, **fields))  # type: ignore[arg-type] # names are ours
