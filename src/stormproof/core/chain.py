"""Does the evidence hold? Every record's form and signature, and that no record was changed, moved or taken away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from stormproof.core import dsse
from stormproof.core.drill_result import EvidencePlace
from stormproof.core.evidence import Head, Link, NotAStatement, digest, link_of

COULD_NOT_LOOK = "SP708"
SHOWN_MAX = 50  # lines of one kind on a terminal; --json has all


@dataclass(frozen=True, slots=True)
class EvidenceProblem:
    """One reason not to trust. `file` as the caller gave it, or the file name that the chain names."""

    file: str
    code: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One file that was looked at: its place on the chain, or why it has none."""

    file: str
    name: str
    sha256: str
    link: Link | None
    problem: EvidenceProblem | None


@dataclass(frozen=True)
class ChainReport:
    """What verifying found. `ok` means that everything given holds; unfinished runs are listed apart."""

    problems: list[EvidenceProblem] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: int = 0
    runs: int = 0
    newest: EvidencePlace | None = None
    chain_looked_at: bool = True

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def exit_code(self) -> int:
        """3 for a problem; 4 when something could not be read or a run has no result yet, and the rest holds; else 0."""
        if any(problem.code != COULD_NOT_LOOK for problem in self.problems):
            return 3
        return 4 if self.problems or self.unfinished else 0

    def as_json(self) -> dict[str, object]:
        return {
            "schema": "stormproof.evidence-verification/v1",
            "ok": self.ok,
            "exit_code": self.exit_code,
            "files": self.files,
            "runs": self.runs,
            "newest": None if self.newest is None else self.newest.model_dump(mode="json"),
            "chain_looked_at": self.chain_looked_at,
            "problems": [{"file": p.file, "code": p.code, "what": p.what, "fix": p.fix} for p in self.problems],
            "unfinished": self.unfinished,
            "notes": self.notes,
        }

    def lines(self) -> list[str]:
        """Plain lines for a terminal."""
        text: list[str] = []
        for problem in self.problems[:SHOWN_MAX]:
            text += [f"error {problem.code}: {problem.what}", f"  where: {problem.file}", f"  fix:   {problem.fix}"]
        if (more := len(self.problems) - SHOWN_MAX) > 0:
            text.append(f"… and {more} more problems (--json lists all)")
        for run in self.unfinished[:SHOWN_MAX]:
            text.append(
                f"unfinished run: {run} was started and has no result (resume or sweep it; was its result removed?)"
            )
        if (more := len(self.unfinished) - SHOWN_MAX) > 0:
            text.append(f"… and {more} more unfinished runs")
        text += [f"note: {note}" for note in self.notes]
        counted = f"{self.files} {_plural(self.files, 'file')} of {self.runs} {_plural(self.runs, 'run')}"
        if not self.ok:
            text.append(
                f"evidence does NOT hold: {len(self.problems)} {_plural(len(self.problems), 'problem')} in {counted}"
            )
        elif not self.chain_looked_at:
            text.append(f"signature holds: {counted}; the chain was not looked at")
        else:
            text.append(f"evidence holds: {counted}, signatures and chain")
        if self.newest is not None and self.ok and self.chain_looked_at:
            text.append(f"newest: {self.newest.path}\nanchor: {self.newest.sha256}")
        return text


def not_readable(file: str, name: str, why: str) -> Seen:
    """A file that could not be looked at: never counted as good, never shown as changed."""
    problem = EvidenceProblem(
        file, COULD_NOT_LOOK, f"could not be read: {why}", "make the file readable and verify again"
    )
    return Seen(file, name, "", None, problem)


def look(file: str, name: str, data: bytes, verifier: dsse.Verifier) -> Seen:
    """Look at one file's bytes: canonical form, known key, signature, statement, and that the name is its own."""
    sha256 = digest(data)

    def broken(code: str, what: str, fix: str) -> Seen:
        return Seen(file, name, sha256, None, EvidenceProblem(file, code, what, fix))

    restore = "treat this record as worthless; put back a copy from where evidence is exported to"
    try:
        envelope = dsse.parse(data)
    except dsse.NotCanonical as error:
        return broken("SP701", f"changed after signing: {error}", restore)
    if envelope.key_id not in verifier.key_ids:
        known = ", ".join(key[:16] for key in verifier.key_ids)
        return broken(
            "SP702",
            f"signed by key {envelope.key_id[:16]}, which was not given (given: {known})",
            "give the public key that belongs to it with --key, or do not trust the file",
        )
    if not envelope.verify(verifier):
        return broken("SP701", "changed after signing: the signature does not fit the payload", restore)
    try:
        link = link_of(envelope.payload)
    except NotAStatement as error:
        return broken("SP703", f"signed, but no record of a drill: {error}", "remove the file from those given")
    problem = None
    if name != link.file:
        what = f"holds the record that belongs in {link.file}: files were renamed or swapped"
        problem = EvidenceProblem(file, "SP704", what, f"give the file its own name back: {link.file}")
    return Seen(file, name, sha256, link, problem)


def judge(seen: Iterable[Seen], *, whole: bool, anchor: str | None = None, head: Head | None = None) -> ChainReport:
    """Hold the records against each other.

    Args:
        seen: any order; each file once.
        whole: all records of a chain are expected, from its first on. Without it a single run's files alone are held
            against each other only (somebody handed one run on), and the report says that the chain was not looked at.
        anchor: SHA-256 of a record that must be there (hex), kept elsewhere by whoever verifies.
        head: what the folder itself believes to be its newest record; unsigned, so it can only raise a problem.
    """
    looked = list(seen)
    records = sorted((s for s in looked if s.link is not None), key=lambda s: (_link(s).sequence, s.file))
    problems = [s.problem for s in looked if s.problem is not None]
    notes: list[str] = []
    runs = {_link(s).run for s in records}
    chain_looked_at = whole or (len(looked) > 1 and len(runs) != 1) or _is_whole(records)
    if chain_looked_at:
        problems += _chain_problems(records, broken={s.name for s in looked if s.link is None})
        problems += _head_problems(records, looked, head)
    elif records:
        notes.append("only one run's files were given: whether others are missing was not looked at")
    newest = records[-1] if records else None
    if anchor is not None:
        position = next((i for i, s in enumerate(records) if s.sha256 == anchor), None)
        if position is None:
            what = "no record that holds has the anchor's digest: the newest was removed or changed, or the anchor is of another chain"
            problems.append(
                EvidenceProblem(
                    f"sha256:{anchor}",
                    "SP707",
                    what,
                    "find the record with this digest; until then trust no later state",
                )
            )
        elif position < len(records) - 1:
            notes.append(
                f"{len(records) - 1 - position} newer records follow the anchor: keep the newest digest as the next anchor"
            )
    return ChainReport(
        problems=problems,
        unfinished=_unfinished(records, {s.name for s in looked}),
        notes=notes,
        files=len(looked),
        runs=len(runs),
        newest=None if newest is None else EvidencePlace(path=newest.file, sha256=newest.sha256),
        chain_looked_at=chain_looked_at,
    )


def _chain_problems(records: Sequence[Seen], *, broken: set[str]) -> list[EvidenceProblem]:
    problems: list[EvidenceProblem] = []
    before: Seen | None = None
    for record in records:
        link = _link(record)
        expected = 1 if before is None else _link(before).sequence + 1
        if before is not None and link.sequence == expected - 1:
            what = f"has the same place on the chain (number {link.sequence}) as {before.name}: the chain was forked"
            problems.append(
                EvidenceProblem(
                    record.file,
                    "SP706",
                    what,
                    "find out which one is genuine: two signers used one key, or a copy was given twice",
                )
            )
            continue
        explained = link.predecessor_file in broken and link.sequence - expected <= len(broken)
        if link.sequence > expected and not explained:
            problems.append(_missing(link, expected, record.file))
        elif link.sequence == expected and before is not None and link.predecessor_sha256 != before.sha256:
            what = f"names {link.predecessor_file} with another digest as its predecessor than {before.name} has: replaced or reordered"
            problems.append(
                EvidenceProblem(record.file, "SP706", what, f"compare {before.name} with an exported copy of it")
            )
        before = record
    return problems


def _missing(link: Link, expected: int, file: str) -> EvidenceProblem:
    last = link.sequence - 1
    numbers = f"number {last}" if last == expected else f"numbers {expected} to {last}"
    what = f"missing from the chain before this record: {numbers}, the last of them {link.predecessor_file}"
    return EvidenceProblem(file, "SP705", what, f"put back {link.predecessor_file} (sha256 {link.predecessor_sha256})")


def _head_problems(records: Sequence[Seen], looked: Sequence[Seen], head: Head | None) -> list[EvidenceProblem]:
    if head is None or any(s.name == head.file for s in looked):
        return []
    if records and _link(records[-1]).sequence >= head.sequence:
        return []
    what = f"the newest record is missing: this folder wrote it as number {head.sequence} of the chain"
    return [EvidenceProblem(head.file, "SP705", what, f"put back {head.file} (sha256 {head.sha256})")]


def _unfinished(records: Sequence[Seen], names: set[str]) -> list[str]:
    finished = {_link(s).run for s in records if _link(s).kind == "result"}
    started = [_link(s).run for s in records if _link(s).kind == "start"]
    # A result that is there but broken is already a problem of its own.
    return [run for run in started if run not in finished and f"{run}.dsse.json" not in names]


def _is_whole(records: Sequence[Seen]) -> bool:
    return bool(records) and [_link(s).sequence for s in records] == list(range(1, len(records) + 1))


def _link(seen: Seen) -> Link:
    assert seen.link is not None, "only records with a place on the chain are held against each other"
    return seen.link


def _plural(count: int, word: str) -> str:
    return word if count == 1 else word + "s"
