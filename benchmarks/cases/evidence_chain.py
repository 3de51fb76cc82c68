"""Verify ten thousand chained runs, with the public key alone."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Goal, Measured
from benchmarks.timed import run as timed
from stormproof.adapters.evidence_store import EvidenceStore
from stormproof.adapters.signing import load_or_create_signer

RUNS = 10_000
STORMPROOF = str(Path(sys.executable).with_name("stormproof"))


def run(rounds: int, size_mb: int, say: Callable[[str], None]) -> list[Measured]:
    """Two records a run, its start and a realistic result, each naming the one before: 20,000 files."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "unit" / "report"))
    from samples import met

    with tempfile.TemporaryDirectory(prefix="sp-bench-") as folder:
        base = Path(folder)
        signer = load_or_create_signer(base / "keys")
        store = EvidenceStore(base / "evidence", signer)
        sample = met()
        for number in range(RUNS):
            at = f"{number // 3600:02d}{number // 60 % 60:02d}{number % 60:02d}"
            result = sample.model_copy(update={"run": f"20260301T{at}Z-{number:04x}"})
            store.sign_start(result.run, {"drill": result.drill, "service": result.service})
            store.sign_result(result, [])
            if number % 2000 == 1999:
                say(f"  {number + 1} runs signed")
        public = next((base / "keys").glob("*.pub*"))
        found = [
            timed([STORMPROOF, "evidence", "verify", f"{folder}/evidence", "--key", str(public), "--quiet"])
            for _ in range(rounds)
        ]
    return [
        Measured(Goal("`evidence verify` of 10,000 chained runs", 5, "s"), [one.seconds for one in found]),
        Measured(Goal("its peak memory", 200, "MiB"), [one.peak_mib for one in found]),
    ]
