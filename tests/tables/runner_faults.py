"""Rows of docs/faults.md, section runner_faults."""

from __future__ import annotations

from tables.row import Expect, Row

SECTION = "runner_faults"
MET = Expect("met", 0)


def _row(row_id: str, what: str, expect: Expect) -> Row:
    return Row(row_id, what, expect, SECTION)


ROWS: list[Row] = [
    _row("runner-killed-mid-restore", "The runner is killed (kill -9) while it restores, and the drill resumed", MET),
    _row(
        "runner-killed-mid-checks",
        "The runner is killed between the first write and the checks, and the drill resumed",
        MET,
    ),
    _row(
        "runner-killed-before-tear-down",
        "The runner is killed when all is measured and nothing torn down, and the drill resumed",
        MET,
    ),
    _row(
        "runner-killed-before-signing",
        "The runner is killed between tear-down and signing, and the drill resumed: what was measured is signed",
        MET,
    ),
    _row(
        "runner-killed-after-signing",
        "The runner is killed right after signing: there is nothing to resume",
        Expect(None, 2, ("SP116",), "has ended, and its evidence is signed"),
    ),
    _row(
        "runner-killed-before-anything-moved",
        "The runner is killed before anything moved, and the drill swept",
        Expect("stopped", 0, ("SP118",)),
    ),
    _row(
        "runner-killed-and-swept",
        "The runner is killed while it restores, and the drill swept",
        Expect("stopped", 0, ("SP118",)),
    ),
    _row(
        "runner-killed-before-signing-and-swept",
        "The runner is killed between tear-down and signing, and the drill swept: what was measured is signed",
        MET,
    ),
    _row("sigterm", "SIGTERM in the middle of a restore", Expect("stopped", 143, ("SP143",), "stopped by SIGTERM")),
    _row("sigint", "Ctrl-C in the middle of a restore", Expect("stopped", 130, ("SP130",), "stopped by SIGINT")),
    _row(
        "sigint-twice",
        "Ctrl-C twice: the second says that the orderly end is under way",
        Expect("stopped", 130, ("SP130",), "still at it"),
    ),
    _row("sighup", "SIGHUP: the terminal goes away", Expect("stopped", 129, ("SP143",), "stopped by SIGHUP")),
    _row("stdout-closed", "Whoever read the answer has gone (`| head -1`)", MET),
    _row(
        "stdout-full",
        "The answer cannot be written (`>/dev/full`): the evidence holds it",
        Expect("met", 69, ("SP129",), "the answer could not be written"),
    ),
    _row(
        "two-drills-in-one-lab", "Two drills at once in one lab", Expect("met", 0, (), "the lab is in use by process")
    ),
    _row(
        "two-drills-on-own-machines",
        "Two drills at once on one recovery host, by runners that know nothing of each other",
        Expect("met", 0, (), "recovery is in use by run"),
    ),
    _row(
        "dead-drill-on-own-machines",
        "A drill where a dead runner's drill has left something",
        Expect("refused", 2, ("SP135",), "drill resume"),
    ),
    _row(
        "journal-disk-full",
        "The journal's disk becomes full while the drill runs",
        Expect(None, 6, ("SP269",), "the disk is full or fails"),
    ),
    _row("journal-database-restarted", "The journal's PostgreSQL is restarted while the drill runs", MET),
    _row(
        "journal-database-away",
        "The journal's PostgreSQL goes away while the drill runs, for longer than 20 s",
        Expect(None, 6, ("SP269",), "nothing may be done that is not written down first"),
    ),
    _row(
        "evidence-disk-full",
        "The evidence's disk is full before the drill",
        Expect(None, 69, ("SP715",), "no room left for evidence"),
    ),
    _row(
        "evidence-disk-full-at-the-end",
        "The evidence's disk becomes full while the drill runs",
        Expect(None, 69, ("SP715",), "signs what was measured"),
    ),
    _row("signing-key-missing", "The signing key is gone, its public half is there", Expect(None, 69, ("SP714",))),
    _row("signing-key-unreadable", "The signing key's file holds no key", Expect(None, 69, ("SP713",))),
    _row(
        "signing-key-open-to-others",
        "The signing key may be read by others",
        Expect(None, 69, ("SP712",), "open to others"),
    ),
    _row(
        "state-folder-not-writable",
        "The state folder may not be written",
        Expect(None, 69, ("SP128",), "the state folder cannot be written"),
    ),
]
