"""Signed records of a project, found and verified for the verbs that show them. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stormproof.cli.named_path import named_path, named_verifier
from stormproof.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stormproof.cli.call import Call
    from stormproof.core.chain import ChainReport
    from stormproof.core.drill_result import DrillResult
    from stormproof.core.dsse import Verifier
    from stormproof.core.evidence import Evidence
    from stormproof.report.trust import Trust

LATEST = "latest"


@dataclass(frozen=True)
class Record:
    """One record that was read, with what verifying it said; `report` None: nobody could verify, `why` says why."""

    evidence: Evidence
    report: ChainReport | None
    why: str = ""

    @property
    def holds(self) -> bool | None:
        return None if self.report is None else self.report.ok


def evidence_folder(call: Call) -> Path:
    """The project's own. Raises Refused where nothing was signed yet."""
    folder = call.project.evidence
    if not folder.is_dir():
        raise Refused(
            "this project has no evidence yet",
            where=str(folder),
            fix="run a drill: `stormproof drill run NAME`",
            code="SP126",
        )
    return folder


def named_evidence(name: str, *, folders: bool = True) -> Path:
    """An evidence file, or a folder of them, that was named on the command line. Raises Refused: it is not there."""
    path = named_path(name)
    if not path.exists() or (path.is_dir() and not folders):
        raise Refused(
            "there is no such evidence file",
            where=name,
            fix="name RUN.dsse.json" + (", or a folder of them" if folders else ""),
            code="SP126",
        )
    return path


def find_record(call: Call, wanted: str, keys: Sequence[str] = ()) -> Record:
    """A record by its run's id, by `latest`, or by its file; verified with `keys` or the project's own key.

    A file needs no project, as long as a key is given. Raises Refused for one that is not there.
    """
    from stormproof.adapters.evidence_reader import read_evidence, verify_files, verify_folder

    path = named_path(wanted)
    if path.suffix == ".json" or "/" in wanted:
        evidence = read_evidence(named_evidence(wanted, folders=False))
        verifier, why = _verifier(call, keys)
        return Record(evidence, verify_files([path], verifier) if verifier else None, why)
    folder = evidence_folder(call)
    evidence = read_evidence(_path_of(folder, wanted))
    verifier, why = _verifier(call, keys)
    return Record(evidence, verify_folder(folder, verifier) if verifier else None, why)


def result_of(record: Record, wanted: str) -> DrillResult:
    """The drill's result in a record. Raises Refused for the record of a start."""
    if record.evidence.result is None:
        raise Refused(
            f"run '{record.evidence.run}' has no result: this record says that it began",
            where=record.evidence.file,
            fix=f"`stormproof drill resume {record.evidence.run}` brings it to an end",
            code="SP126",
        )
    return record.evidence.result


def results(call: Call, drill: str | None = None) -> list[DrillResult]:
    """Every result that counts, oldest first; unreadable ones are told on standard error.

    Runs with negative controls are left out: nobody's figure may be mixed with theirs.
    """
    from stormproof.adapters.evidence_reader import EvidenceUnreadable, read_evidence
    from stormproof.adapters.evidence_store import evidence_files

    folder = call.project.evidence
    found: list[DrillResult] = []
    for path in evidence_files(folder) if folder.is_dir() else []:
        if path.name.endswith(".start.dsse.json"):
            continue
        try:
            result = read_evidence(path).result
        except EvidenceUnreadable as error:
            call.out.complain(f"note: left out: {error.what} ({error.where})")
            continue
        if result is not None and drill in (None, result.drill) and result.counts_for_coverage:
            found.append(result)
    return sorted(found, key=lambda result: result.run)


def trust_note(record: Record) -> str | None:
    """One line where the evidence does not hold or was not verified; None where it does."""
    if record.report is None:
        return f"NOT VERIFIED: {record.why}"
    if record.report.ok:
        return None
    return f"THIS EVIDENCE DOES NOT HOLD: {record.report.problems[0].what}"


def _verifier(call: Call, keys: Sequence[str]) -> tuple[Verifier | None, str]:
    from stormproof.adapters.signing import load_verifier, public_key_path

    if keys:
        return named_verifier(keys), ""
    if not call.has_project():
        return None, "no public key was given (--key PUBLIC)"
    own = public_key_path(call.project.keys)
    if not own.is_file():
        return None, f"the project has no public key at {own}"
    return load_verifier(own), ""


def _path_of(folder: Path, run: str) -> Path:
    from stormproof.adapters.evidence_store import evidence_files
    from stormproof.adapters.run_remains import RUN_ID

    names = [path.name for path in evidence_files(folder)]
    ids = sorted({name.removesuffix(".dsse.json").removesuffix(".start") for name in names})
    with_result = [name.removesuffix(".dsse.json") for name in names if not name.endswith(".start.dsse.json")]
    of_runs = [name for name in with_result if RUN_ID.match(name)]  # what else lies there is nobody's newest run
    if run == LATEST and of_runs:
        return folder / f"{max(of_runs)}.dsse.json"
    for name in (f"{run}.dsse.json", f"{run}.start.dsse.json"):
        if name in names:
            return folder / name
    from stormproof.core.spec_text import nearest_fix

    raise Refused(
        f"there is no evidence of run '{run}'",
        where=str(folder),
        fix=nearest_fix(run, ids[-10:]) if ids else "run a drill: `stormproof drill run NAME`",
        code="SP126",
    )


def trust_of(call: Call, run: str) -> Trust:
    """What verifying the project's whole chain says about one run, for a view of it."""
    from stormproof.adapters.evidence_reader import verify_folder
    from stormproof.report.trust import Trust

    verifier, why = _verifier(call, ())
    if verifier is None:
        return Trust(None, [why])
    return Trust.of(verify_folder(call.project.evidence, verifier), run)
