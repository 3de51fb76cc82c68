"""The folder of evidence: appended under a lock, atomically, never over a record, and read by anybody's library."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import resource
import signal
import stat
import sys
from pathlib import Path

import pytest
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "report"))
import samples

from stormproof.adapters import evidence_store
from stormproof.adapters.evidence_reader import (
    AnchorInvalid,
    EvidenceUnreadable,
    read_evidence,
    verify_files,
    verify_folder,
)
from stormproof.adapters.evidence_store import EvidenceStore, EvidenceUnwritable, RunAlreadySigned, evidence_files
from stormproof.adapters.signing import load_or_create_signer, load_verifier, public_key_path
from stormproof.core.drill_result import DrillResult
from stormproof.core.evidence import digest


@pytest.fixture
def keys(tmp_path) -> Path:
    load_or_create_signer(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def store(tmp_path, keys) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence", load_or_create_signer(keys))


def verified(tmp_path: Path, **options: str):
    return verify_folder(tmp_path / "evidence", load_verifier(public_key_path(tmp_path / "keys")), **options)


def run_of(number: int) -> DrillResult:
    return samples.met(f"20260131T{number:06d}Z-7f3a")


def fill(store: EvidenceStore, runs: int) -> None:
    for number in range(runs):
        result = run_of(number)
        store.sign_start(result.run, {"drill": result.drill})
        store.sign_result(result, [{"event": "t_start", "offset_s": 0.0}])


def test_a_run_leaves_a_start_and_a_result_and_both_verify(tmp_path, store):
    fill(store, 1)
    assert [path.name for path in evidence_files(tmp_path / "evidence")] == [
        "20260131T000000Z-7f3a.dsse.json",
        "20260131T000000Z-7f3a.start.dsse.json",
    ]
    report = verified(tmp_path)
    assert (report.exit_code, report.files, report.runs, report.chain_looked_at) == (0, 2, 1, True)


def test_what_was_signed_comes_back_whole(tmp_path, store):
    result = run_of(0)
    store.sign_start(result.run, {"drill": result.drill, "targets": {"rto_s": 300}})
    place = store.sign_result(result, [{"event": "t_start", "offset_s": 0.0}])
    read = read_evidence(Path(str(place.path)))
    assert read.result is not None
    assert read.result.model_copy(update={"evidence": result.evidence}) == result
    assert read.timeline == [{"event": "t_start", "offset_s": 0.0}]
    assert read.sha256 == place.sha256 == digest(Path(str(place.path)).read_bytes())
    start = read_evidence(tmp_path / "evidence" / f"{result.run}.start.dsse.json")
    assert (start.kind, start.sequence, start.body) == ("start", 1, {"drill": "shop-latest", "targets": {"rto_s": 300}})


def test_a_library_that_is_not_ours_verifies_and_reads_it(tmp_path, store, keys):
    fill(store, 1)
    path = tmp_path / "evidence" / "20260131T000000Z-7f3a.dsse.json"
    envelope = Envelope.from_dict(json.loads(path.read_bytes()))
    [key_id] = envelope.signatures
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    public = load_pem_public_key(public_key_path(keys).read_bytes())
    key = SSlibKey.from_crypto(public, keyid=key_id)
    assert list(envelope.verify([key], 1)) == [key_id]
    assert envelope.payload_type == "application/vnd.in-toto+json"

    statement = Statement.copy_from_pb  # the class reads protobuf; its JSON reader is protobuf's own
    from google.protobuf.json_format import Parse
    from in_toto_attestation.v1 import statement_pb2

    read = statement(Parse(envelope.payload, statement_pb2.Statement()))
    read.validate()
    assert read.pb.predicate_type == "https://stormproof.dev/predicate/drill/v1"
    assert [subject.name for subject in read.pb.subject] == [
        "20260131T000000Z-7f3a",
        "20260131T000000Z-7f3a/result.json",
    ]
    assert read.pb.predicate["result"]["verdict"] == "met"

    envelope.payload = envelope.payload.replace(b'"verdict":"met"', b'"verdict":"mex"')
    with pytest.raises(VerificationError):
        envelope.verify([key], 1)


def test_the_subject_is_the_digest_of_the_figures(tmp_path, store):
    fill(store, 1)
    import base64

    path = tmp_path / "evidence" / "20260131T000000Z-7f3a.dsse.json"
    statement = json.loads(base64.b64decode(json.loads(path.read_bytes())["payload"]))
    figures = statement["predicate"]["result"]["figures"]
    text = json.dumps(figures, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert statement["subject"][0] == {"name": "20260131T000000Z-7f3a", "digest": {"sha256": digest(text)}}


def test_every_run_names_its_predecessors_file_and_digest(tmp_path, store):
    fill(store, 2)
    folder = tmp_path / "evidence"
    second = read_evidence(folder / "20260131T000001Z-7f3a.start.dsse.json").link
    first = folder / "20260131T000000Z-7f3a.dsse.json"
    assert second.sequence == 3
    assert (second.predecessor_file, second.predecessor_sha256) == (first.name, digest(first.read_bytes()))


def test_a_resumed_run_keeps_its_first_start(store):
    first = store.sign_start("run-1", {"drill": "x"})
    assert store.sign_start("run-1", {"drill": "y"}) == first


def test_a_result_is_never_written_over(tmp_path, store):
    place = store.sign_result(run_of(0), [])
    with pytest.raises(RunAlreadySigned) as caught:
        store.sign_result(run_of(0), [])
    assert str(caught.value) == (
        "error SP709: run 20260131T000000Z-7f3a has a signed result already\n"
        f"  where: {place.path}\n"
        "  fix:   read it with `stormproof evidence show`; a new try is a new run"
    )
    assert store.find("20260131T000000Z-7f3a") == place


def test_a_run_that_was_not_signed_is_not_found(store):
    assert store.find("run-1") is None


def test_files_are_for_their_owner_alone(tmp_path, store):
    fill(store, 1)
    assert stat.S_IMODE((tmp_path / "evidence").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "evidence").iterdir()} == {0o600}


def test_a_removed_record_leaves_a_gap_for_ever(tmp_path, store):
    fill(store, 2)
    (tmp_path / "evidence" / "20260131T000001Z-7f3a.dsse.json").unlink()
    assert [p.code for p in verified(tmp_path).problems] == ["SP705"]
    store.sign_start("later", {})
    assert [(p.code, p.what) for p in verified(tmp_path).problems] == [
        (
            "SP705",
            "missing from the chain before this record: number 4, the last of them 20260131T000001Z-7f3a.dsse.json",
        )
    ]


def test_the_newest_removed_with_its_trace_is_noticed_by_the_anchor(tmp_path, store):
    fill(store, 1)
    anchor = verified(tmp_path).newest.sha256
    (tmp_path / "evidence" / "20260131T000000Z-7f3a.dsse.json").unlink()
    (tmp_path / "evidence" / evidence_store.HEAD).unlink()
    assert verified(tmp_path).ok
    assert [p.code for p in verified(tmp_path, anchor=f"sha256:{anchor}").problems] == ["SP707"]


def test_an_anchor_that_is_no_digest_is_refused(tmp_path, store):
    fill(store, 1)
    with pytest.raises(AnchorInvalid) as caught:
        verified(tmp_path, anchor="newest")
    assert str(caught.value) == (
        "error SP710: the anchor is no SHA-256 digest\n"
        "  where: --anchor 'newest'\n"
        "  fix:   give the 64 hexadecimal digits that `stormproof evidence verify` printed as the anchor"
    )


def test_a_lost_head_is_found_again_from_the_records(tmp_path, store):
    fill(store, 2)
    (tmp_path / "evidence" / evidence_store.HEAD).write_bytes(b"{garbage")
    store.sign_start("later", {})
    report = verified(tmp_path)
    assert (report.ok, report.files) == (True, 5)


def test_strangers_records_do_not_become_the_head(tmp_path, store):
    fill(store, 1)
    stranger = EvidenceStore(tmp_path / "evidence", load_or_create_signer(tmp_path / "other-keys"))
    stranger.sign_start("stranger", {})
    (tmp_path / "evidence" / evidence_store.HEAD).unlink()
    store.sign_start("later", {})
    assert read_evidence(tmp_path / "evidence" / "later.start.dsse.json").sequence == 3
    assert [(p.code, Path(p.file).name) for p in verified(tmp_path).problems] == [("SP702", "stranger.start.dsse.json")]


def _append(arguments: tuple[str, str, int]) -> None:
    folder, keys, number = arguments
    store = EvidenceStore(Path(folder), load_or_create_signer(Path(keys)))
    result = run_of(number)
    store.sign_start(result.run, {})
    store.sign_result(result, [])


def test_runners_that_sign_together_never_fork_the_chain(tmp_path, keys):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        pool.map(_append, [(str(tmp_path / "evidence"), str(keys), n) for n in range(24)], chunksize=1)
    report = verified(tmp_path)
    assert (report.problems, report.files, report.runs, report.unfinished) == ([], 48, 24, [])


def _killed_at(instant: int, store: EvidenceStore) -> int:
    """Append in a child that dies before its `instant`-th write, rename or mkdir in the folder. Answers its wait status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    calls = 0

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal calls
        if event in ("os.rename", "open", "os.mkdir") and "evidence" in str(arguments[0]):
            calls += 1
            if calls == instant:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(audit)
    store.sign_start("killed", {"drill": "x"})
    os._exit(0)


def test_a_kill_before_any_write_or_rename_leaves_a_chain_that_goes_on(tmp_path, store):
    fill(store, 1)
    for instant in range(1, 40):
        status = _killed_at(instant, store)
        place = store.find("killed", "start")
        again = store.sign_start("killed", {"drill": "x"})
        assert place in (None, again)
        report = verified(tmp_path)
        assert (report.problems, report.files) == ([], 3), instant
        if os.waitstatus_to_exitcode(status) == 0:
            assert instant > 4, "the matrix never reached the writes"
            return
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
        # Back to before the killed append, for the next instant.
        for name in ("killed.start.dsse.json", evidence_store.HEAD):
            (tmp_path / "evidence" / name).unlink()
    pytest.fail("an append does more than 40 things")


def test_whoever_verifies_while_another_appends_takes_no_record_for_a_missing_one(tmp_path, store, monkeypatch):
    fill(store, 1)
    fsync, reports = os.fsync, []

    def looked_at_before(descriptor: int) -> None:
        reports.append(verified(tmp_path))
        fsync(descriptor)

    monkeypatch.setattr(evidence_store.os, "fsync", looked_at_before)
    store.sign_start("later", {})
    # The record, what will be the head, the head in its place, the record in its place.
    assert [(report.files, report.problems) for report in reports] == [(2, []), (2, []), (2, []), (3, [])]
    unended = "later.start.dsse.json is being written, or its writer was ended: then the next run puts it in place"
    assert [report.notes for report in reports] == [[], [], [unended], []]


def test_records_that_get_their_names_while_the_folder_is_read_are_seen_together(tmp_path, store, monkeypatch):
    fill(store, 1)
    listdir, added = os.listdir, []

    def listing(folder: Path) -> list[str]:
        names = listdir(folder)
        if not added:  # a name that comes meanwhile may be among those read, or not (POSIX, readdir)
            added.extend(Path(str(store.sign_start(run, {}).path)).name for run in ("later", "last"))
            names.append(added[-1])
        return names

    monkeypatch.setattr(evidence_store.os, "listdir", listing)
    report = verified(tmp_path)
    assert (report.problems, report.files) == ([], 4)


def test_a_newest_record_that_neither_is_nor_lies_ready_as_it_was_signed_is_missing(tmp_path, store):
    fill(store, 1)
    newest = tmp_path / "evidence" / "20260131T000000Z-7f3a.dsse.json"
    newest.rename(newest.with_name(f".{newest.name}.new"))
    assert (verified(tmp_path).exit_code, len(verified(tmp_path).notes)) == (4, 1)  # a start without its result
    newest.with_name(f".{newest.name}.new").write_bytes(b"another")
    assert [p.code for p in verified(tmp_path).problems] == ["SP705"]


@pytest.mark.parametrize(
    ("number", "what", "fix"),
    [
        (errno.ENOSPC, "no room left for evidence", "free space on this disk, then run again"),
        (
            errno.EROFS,
            "the evidence folder cannot be written",
            "let this user write there, or set another STORMPROOF_HOME",
        ),
    ],
)
def test_a_disk_that_does_not_take_it_is_a_typed_error_and_leaves_no_record(
    tmp_path, store, monkeypatch, number, what, fix
):
    fill(store, 1)

    def full(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(evidence_store.os, "fsync", full)
        with pytest.raises(EvidenceUnwritable) as caught:
            store.sign_start("later", {})
    assert str(caught.value) == f"error SP715: {what}\n  where: {tmp_path / 'evidence'}\n  fix:   {fix}"
    assert caught.value.exit_code == 69
    assert verified(tmp_path).ok
    store.sign_start("later", {})
    assert verified(tmp_path).ok


def test_no_room_is_noticed_before_a_run_begins(store):
    store.check_writable()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(EvidenceUnwritable, match="evidence cannot be written: File too large"):
            store.check_writable()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_file_in_the_folders_place_is_a_typed_error(tmp_path, keys):
    (tmp_path / "evidence").write_text("")
    with pytest.raises(EvidenceUnwritable, match="evidence cannot be written"):
        EvidenceStore(tmp_path / "evidence", load_or_create_signer(keys)).check_writable()


def test_another_runner_that_hangs_is_named_and_the_wait_ends(tmp_path, store, monkeypatch):
    fill(store, 1)
    monkeypatch.setattr(evidence_store, "LOCK_WAIT_SECONDS", 0.05)
    with store._locked(), pytest.raises(EvidenceUnwritable, match="another runner holds the evidence folder's lock"):
        store.sign_start("later", {})


def test_verifying_needs_nothing_but_the_files_and_the_public_key(tmp_path, store, keys):
    fill(store, 2)
    elsewhere = tmp_path / "auditor"
    elsewhere.mkdir()
    for path in evidence_files(tmp_path / "evidence"):
        (elsewhere / path.name).write_bytes(path.read_bytes())
    (elsewhere / "key.pem").write_bytes(public_key_path(keys).read_bytes())
    elsewhere.chmod(0o500)
    try:
        report = verify_files(sorted(elsewhere.glob("*.dsse.json")), load_verifier(elsewhere / "key.pem"))
    finally:
        elsewhere.chmod(0o700)
    assert (report.ok, report.files, report.chain_looked_at) == (True, 4, True)


def test_a_file_given_twice_is_looked_at_once(tmp_path, store):
    fill(store, 1)
    path = tmp_path / "evidence" / "20260131T000000Z-7f3a.dsse.json"
    assert verify_files([path, path], load_verifier(public_key_path(tmp_path / "keys"))).files == 1


def test_nothing_to_look_at_is_no_pass(tmp_path, keys):
    (tmp_path / "evidence").mkdir()
    with pytest.raises(EvidenceUnreadable) as caught:
        verified(tmp_path)
    assert caught.value.exit_code == 4
    assert str(caught.value).startswith("error SP708: there is no evidence here\n")


def test_a_missing_file_is_neither_good_nor_changed(tmp_path, keys):
    report = verify_files([tmp_path / "gone.dsse.json"], load_verifier(public_key_path(keys)))
    assert (report.ok, report.exit_code) == (False, 4)


def test_any_changed_byte_of_a_result_is_named(tmp_path, store):
    fill(store, 1)
    path = tmp_path / "evidence" / "20260131T000000Z-7f3a.dsse.json"
    good = path.read_bytes()
    verifier = load_verifier(public_key_path(tmp_path / "keys"))
    for position in range(0, len(good), 97):
        path.write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
        report = verify_folder(tmp_path / "evidence", verifier)
        assert [(p.code, p.file) for p in report.problems] in ([("SP701", str(path))], [("SP702", str(path))]), position


def test_reading_what_is_no_evidence_is_a_typed_error(tmp_path):
    (tmp_path / "x.dsse.json").write_bytes(b"{}")
    with pytest.raises(EvidenceUnreadable, match="the evidence cannot be read: the envelope lacks"):
        read_evidence(tmp_path / "x.dsse.json")
