"""What the tests saw of each row: held against what the row expects, and kept for docs/faults.md when that is asked for.

With STORMPROOF_RECORD=1 in the environment each observation is written to tests/tables/seen/SECTION.json. Without it
nothing is written, and the observation must agree with the one that was kept (all but its seconds).
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from tables.row import Row, Saw

FOLDER = Path(__file__).with_name("seen")


def saw(row: Row, seen: Saw) -> None:
    """Hold an observation against its row, then keep it, or hold it against the one that was kept."""
    hold(row, seen)
    if os.environ.get("STORMPROOF_RECORD"):
        _keep(row, seen)
    else:
        kept = read(row.section).get(row.id)
        assert kept is not None, f"{row.id} was never recorded: run its test with STORMPROOF_RECORD=1"
        for name, now in (("verdict", seen.verdict), ("exit_code", seen.exit_code)):
            assert kept[name] == now, f"{row.id}: {name} is {now}, and docs/faults.md says {kept[name]}"


def hold(row: Row, seen: Saw) -> None:
    """The outcome is what the row expects, and nothing is left over."""
    expect = row.expect
    assert seen.verdict == expect.verdict, f"{row.id}: {seen}"
    assert seen.exit_code == expect.exit_code, f"{row.id}: {seen}"
    assert set(expect.codes) <= set(seen.codes), f"{row.id}: expected {expect.codes} among {seen.codes}: {seen.said}"
    assert expect.said in seen.said, f"{row.id}: {expect.said!r} was not said: {seen.said}"
    assert not seen.left, f"{row.id} left {seen.left}"
    if row.section == "healthy":
        assert set(seen.codes) == set(expect.codes), f"{row.id}: a healthy variation was told of: {seen}"


def read(section: str) -> dict[str, dict[str, Any]]:
    """The kept observations of a section by row id; empty when there are none."""
    path = FOLDER / f"{section}.json"
    if not path.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(path.read_text())
    return found


def _keep(row: Row, seen: Saw) -> None:
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = read(row.section)
        known[row.id] = {
            "verdict": seen.verdict,
            "exit_code": seen.exit_code,
            "codes": sorted(set(seen.codes)),
            "seconds": None if seen.seconds is None else round(seen.seconds, 1),
            "note": seen.note,
        }
        text = json.dumps(dict(sorted(known.items())), indent=1, ensure_ascii=False) + "\n"
        (FOLDER / f"{row.section}.json").write_text(text)
