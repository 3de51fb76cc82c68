"""`evidence keygen|list|show|verify|export`."""

from __future__ import annotations

import os
import shutil
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from stormproof.cli import records
from stormproof.cli.call import Call
from stormproof.cli.named_path import named_path, named_verifier, refuse_files_in
from stormproof.cli.table import table
from stormproof.core.errors import Refused, SetupFailed

if TYPE_CHECKING:
    from collections.abc import Sequence


def keygen(call: Call) -> int:
    """Make the project's signing key; one that is there stays. Prints the public half's path and id."""
    from stormproof.adapters.signing import load_or_create_signer, private_key_path, public_key_path

    project = call.project
    project.make_state()
    was_there = private_key_path(project.keys).exists()
    signer = load_or_create_signer(project.keys)
    public = public_key_path(project.keys)
    call.out.answer(
        {
            "schema": "stormproof.evidence-key/v1",
            "key_id": signer.key_id,
            "public": str(public),
            "public_pem": signer.public_pem.decode(),
            "created": not was_there,
            "exit_code": 0,
        },
        [
            f"key {signer.key_id} {'was there already' if was_there else 'made'}",
            f"public half: {public}",
            "Give it to whoever verifies. The private half stays here, mode 0600; keep a copy where backups are kept.",
        ],
    )
    return 0


def list_records(call: Call) -> int:
    """Every record, newest first, without verifying: `evidence verify` does that."""
    from stormproof.adapters.evidence_reader import EvidenceUnreadable, read_evidence
    from stormproof.adapters.evidence_store import evidence_files

    folder = call.project.evidence
    entries: list[dict[str, Any]] = []
    code = 0
    for path in evidence_files(folder) if folder.is_dir() else []:
        try:
            one = read_evidence(path)
        except EvidenceUnreadable as error:
            entries.append({"file": str(path), "unreadable": error.what})
            code = 4
            continue
        result = one.result
        entries.append(
            {
                "run": one.run,
                "kind": one.kind,
                "sequence": one.sequence,
                "drill": result.drill if result else one.body.get("drill"),
                "verdict": result.verdict.value if result else None,
                "file": str(path),
                "sha256": one.sha256,
            }
        )
    entries.sort(key=lambda entry: -entry.get("sequence", 0))
    rows = [
        [
            e.get("sequence", ""),
            e.get("run") or PurePath(e["file"]).name,
            e.get("kind", ""),
            e.get("drill") or "",
            e.get("verdict") or e.get("unreadable", ""),
        ]
        for e in entries
    ]
    lines = (
        table(["no.", "run", "kind", "drill", "verdict"], rows, width=call.out.width) if rows else ["no evidence yet"]
    )
    call.out.answer({"schema": "stormproof.evidence-list/v1", "records": entries, "exit_code": code}, lines)
    return code


def show(call: Call) -> int:
    """One record; 3 when it does not hold, 4 when nobody could verify it."""
    record = records.find_record(call, call.args.run, call.args.key)
    one = record.evidence
    code = {True: 0, False: 3, None: 4}[record.holds]
    note = records.trust_note(record)
    document = {
        "schema": "stormproof.evidence-record/v1",
        "run": one.run,
        "kind": one.kind,
        "sequence": one.sequence,
        "file": one.file,
        "sha256": one.sha256,
        "verified": record.holds,
        "note": note,
        "result": one.result.as_json() if one.result else None,
        "body": one.body,
        "timeline": one.timeline,
        "exit_code": code,
    }
    lines = [note, ""] if note else []
    lines += [f"record {one.sequence} on the chain: {one.kind} of run {one.run}", f"sha256 {one.sha256}", ""]
    if one.result is not None and not call.out.json_wanted:
        from stormproof.report.terminal_result import result_text

        lines.append(result_text(one.result, width=call.out.width, color=call.out.color_out).rstrip("\n"))
    else:
        lines += [f"{key}: {value}" for key, value in one.body.items()]
    call.out.answer(document, lines)
    return code


def verify(call: Call) -> int:
    """0 it holds, 3 a problem, 4 something could not be read or a run never ended."""
    from stormproof.adapters.evidence_reader import verify_files
    from stormproof.adapters.signing import load_verifier, public_key_path

    if not call.args.key and not call.has_project():
        raise Refused(
            "a public key is needed to verify",
            where="stormproof evidence verify",
            fix="give --key PUBLIC; `stormproof evidence keygen` says where it is",
            code="SP126",
        )
    files = [records.named_evidence(name) for name in call.args.files] or [records.evidence_folder(call)]
    keys: Sequence[str] = call.args.key
    verifier = named_verifier(keys) if keys else load_verifier(public_key_path(call.project.keys))
    report = verify_files(files, verifier, anchor=call.args.anchor)
    call.out.answer(report.as_json(), report.lines())
    return report.exit_code


def export(call: Call) -> int:
    """Copy every record and the public key into a new folder, with the line that verifies them."""
    from stormproof.adapters.evidence_reader import verify_folder
    from stormproof.adapters.evidence_store import evidence_files
    from stormproof.adapters.signing import load_verifier, public_key_path

    folder, public = records.evidence_folder(call), public_key_path(call.project.keys)
    target = named_path(call.args.folder)
    refuse_files_in(target.parent)
    if target.exists():
        raise Refused(
            "the folder is there already, and evidence is never written over",
            where=str(target),
            fix="name a new one",
            code="SP126",
        )
    report = verify_folder(folder, load_verifier(public))
    files = evidence_files(folder)
    # Under another name until it is whole: the first half of a chain verifies as a chain, only a shorter one.
    making = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        making.mkdir(mode=0o755)
        for path in files:
            shutil.copyfile(path, making / path.name)
        shutil.copyfile(public, making / "evidence.pub")
        newest = (report.newest.sha256 or "") if report.newest else ""
        (making / "README").write_text(_readme(newest), encoding="utf-8")
        os.sync()
        making.rename(target)  # refused where somebody has put something meanwhile
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        raise SetupFailed(
            f"the evidence could not be copied ({error.strerror})",
            where=str(target),
            fix="make room, or name another folder, and export again; what was copied is removed",
            code="SP129",
        ) from error
    if not report.ok:
        call.out.complain(f"note: this evidence does not hold: {report.problems[0].what}")
    document = {
        "schema": "stormproof.evidence-export/v1",
        "folder": str(target),
        "records": len(files),
        "anchor": newest or None,
        "holds": report.ok,
        "exit_code": report.exit_code,
    }
    call.out.answer(document, [f"{len(files)} records and the public key are in {target}", f"anchor: {newest}"])
    return report.exit_code


def _readme(anchor: str) -> str:
    return (
        "Signed records of recovery drills (in-toto statements in DSSE envelopes, Ed25519), and the public key.\n"
        "They form a chain: each names the SHA-256 of the one before it. To verify, with no network:\n\n"
        f"  stormproof evidence verify . --key evidence.pub --anchor {anchor}\n\n"
        "Keep the anchor elsewhere: with it, a removed newest record is noticed too.\n"
    )
