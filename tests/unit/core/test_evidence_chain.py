"""The chain: nothing can be changed, moved or taken away without a word."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stormproof.adapters.signing import Ed25519Signer
from stormproof.core import dsse
from stormproof.core.chain import ChainReport, judge, look, not_readable
from stormproof.core.evidence import Head, digest, evidence_of, file_name, link_of, start_statement

SIGNER = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@dataclass
class Record:
    name: str
    data: bytes


def chain(length: int, *, signer: Ed25519Signer = SIGNER, first: int = 1) -> list[Record]:
    """Records of runs run-1, run-2 …; only starts, since a chain does not care about what a record says."""
    records: list[Record] = []
    head: Head | None = None
    for number in range(first, first + length):
        data = dsse.sign(start_statement(f"run-{number}", {"drill": "x"}, head), signer)
        head = Head(file_name(f"run-{number}", "start"), 1 if head is None else head.sequence + 1, digest(data))
        records.append(Record(head.file, data))
    return records


def verify(records: list[Record], *, whole: bool = True, **options: object) -> ChainReport:
    verifier = SIGNER.verifier()
    return judge([look(f"d/{r.name}", r.name, r.data, verifier) for r in records], whole=whole, **options)


def said(report: ChainReport) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.file, problem.what) for problem in report.problems]


def test_a_whole_chain_holds_whatever_the_order_of_the_files():
    report = verify(list(reversed(chain(5))))
    assert (report.ok, report.files, report.runs) == (True, 5, 5)
    assert report.newest is not None
    assert report.newest.path == "d/run-5.start.dsse.json"


def test_every_changed_record_is_named_and_no_other():
    records = chain(5)
    for index in range(5):
        changed = list(records)
        data = changed[index].data
        changed[index] = Record(changed[index].name, data[:200] + b"X" + data[201:])
        report = verify(changed)
        assert [problem.file for problem in report.problems] == [f"d/run-{index + 1}.start.dsse.json"]
        assert report.problems[0].code == "SP701"


def test_two_changed_neighbours_are_both_named():
    records = chain(5)
    for index in (1, 2):
        records[index].data = records[index].data[:200] + b"X" + records[index].data[201:]
    assert [problem.file for problem in verify(records).problems] == [
        "d/run-2.start.dsse.json",
        "d/run-3.start.dsse.json",
    ]


@pytest.mark.parametrize("missing", [1, 2, 3, 4])
def test_a_missing_record_is_noticed_by_its_successor(missing):
    records = chain(5)
    del records[missing - 1]
    assert said(verify(records)) == [
        (
            "SP705",
            f"d/run-{missing + 1}.start.dsse.json",
            f"missing from the chain before this record: number {missing}, "
            f"the last of them run-{missing}.start.dsse.json",
        )
    ]


def test_several_missing_records_are_counted():
    records = chain(6)
    del records[1:4]
    assert said(verify(records))[0][2] == (
        "missing from the chain before this record: numbers 2 to 4, the last of them run-4.start.dsse.json"
    )


def test_the_missing_newest_is_noticed_with_the_anchor_alone():
    records = chain(3)
    anchor = digest(records[2].data)
    assert verify(records, anchor=anchor).ok
    assert verify(records[:2]).ok
    assert said(verify(records[:2], anchor=anchor)) == [
        (
            "SP707",
            f"sha256:{anchor}",
            "no record that holds has the anchor's digest: the newest was removed or changed, "
            "or the anchor is of another chain",
        )
    ]


def test_an_older_anchor_still_holds_and_the_report_says_how_much_is_newer():
    records = chain(4)
    report = verify(records, anchor=digest(records[1].data))
    assert report.ok
    assert report.notes == ["2 newer records follow the anchor: keep the newest digest as the next anchor"]


def test_the_missing_newest_is_noticed_by_what_the_folder_itself_wrote():
    records = chain(3)
    head = Head(records[2].name, 3, digest(records[2].data))
    assert verify(records, head=head).ok
    assert said(verify(records[:2], head=head)) == [
        (
            "SP705",
            "run-3.start.dsse.json",
            "the newest record is missing: this folder wrote it as number 3 of the chain",
        )
    ]


def test_swapped_files_are_named():
    records = chain(3)
    records[0].data, records[1].data = records[1].data, records[0].data
    assert [what for _, _, what in said(verify(records))] == [
        "holds the record that belongs in run-2.start.dsse.json: files were renamed or swapped",
        "holds the record that belongs in run-1.start.dsse.json: files were renamed or swapped",
    ]


def test_a_record_that_was_replaced_by_another_signed_one_is_noticed():
    records = chain(3)
    head = Head(records[0].name, 1, digest(records[0].data))
    records[1].data = dsse.sign(start_statement("run-2", {"drill": "another story"}, head), SIGNER)
    assert said(verify(records)) == [
        (
            "SP706",
            "d/run-3.start.dsse.json",
            "names run-2.start.dsse.json with another digest as its predecessor than run-2.start.dsse.json has: "
            "replaced or reordered",
        )
    ]


def test_a_fork_is_noticed():
    records = chain(2)
    head = Head(records[0].name, 1, digest(records[0].data))
    records.append(Record("run-x.start.dsse.json", dsse.sign(start_statement("run-x", {}, head), SIGNER)))
    assert said(verify(records)) == [
        (
            "SP706",
            "d/run-x.start.dsse.json",
            "has the same place on the chain (number 2) as run-2.start.dsse.json: the chain was forked",
        )
    ]


def test_a_record_of_another_key_is_not_trusted():
    stranger = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    report = verify(chain(1, signer=stranger))
    assert said(report) == [
        (
            "SP702",
            "d/run-1.start.dsse.json",
            f"signed by key {stranger.key_id[:16]}, which was not given (given: {SIGNER.key_id[:16]})",
        )
    ]
    assert report.exit_code == 3


def test_a_signed_payload_that_is_no_record_is_not_trusted():
    report = verify([Record("x.dsse.json", dsse.sign(b"{}", SIGNER))])
    assert said(report) == [
        ("SP703", "d/x.dsse.json", "signed, but no record of a drill: the payload is not a drill's statement")
    ]


def test_one_run_handed_on_alone_holds_and_the_report_says_that_the_chain_was_not_looked_at():
    report = verify(chain(3)[2:], whole=False)
    assert (report.ok, report.chain_looked_at) == (True, False)
    assert report.notes == ["only one run's files were given: whether others are missing was not looked at"]
    assert report.lines()[-1] == "signature holds: 1 file of 1 run; the chain was not looked at"


def test_the_first_run_taken_from_several_files_is_noticed():
    assert said(verify(chain(3)[1:], whole=False))[0][0] == "SP705"


def test_a_start_without_a_result_is_an_unfinished_run_and_no_pass():
    report = verify(chain(1))
    assert report.ok
    assert report.unfinished == ["run-1"]
    assert report.exit_code == 4
    assert report.lines()[0] == (
        "unfinished run: run-1 was started and has no result (resume or sweep it; was its result removed?)"
    )


def test_a_file_that_could_not_be_read_is_neither_good_nor_changed():
    report = judge([not_readable("d/a.dsse.json", "a.dsse.json", "Permission denied")], whole=True)
    assert not report.ok
    assert report.exit_code == 4
    assert report.lines()[:3] == [
        "error SP708: could not be read: Permission denied",
        "  where: d/a.dsse.json",
        "  fix:   make the file readable and verify again",
    ]


def test_the_chain_is_read_without_the_figures_and_says_the_same_as_the_whole_record():
    payload = start_statement("run-7", {"drill": "x"}, Head("run-6.dsse.json", 11, "ab" * 32))
    link = link_of(payload)
    assert link == evidence_of(payload, file="f", sha256="s").link
    assert (link.sequence, link.predecessor_file, link.predecessor_sha256) == (12, "run-6.dsse.json", "ab" * 32)


@pytest.mark.parametrize("run", ["../../etc/passwd", "", ".hidden", "a/b", "a\x00b", "x" * 200])
def test_a_run_that_is_no_safe_file_name_never_becomes_a_path(run):
    with pytest.raises(AssertionError):
        file_name(run, "result")


def test_a_long_list_of_problems_is_cut_on_the_terminal_and_whole_in_json():
    records = [Record(f"x{i}.dsse.json", b"{}") for i in range(60)]
    report = verify(records)
    assert "… and 10 more problems (--json lists all)" in report.lines()
    assert len(report.as_json()["problems"]) == 60
