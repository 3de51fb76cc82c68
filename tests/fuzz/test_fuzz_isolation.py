"""Whatever a host answers in a proof of its isolation: a proof that holds, or none; an answer that shows a way is never lost."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from isolation_records import AT, RECORDS, SCOPE, WITNESSES, seen, shut
from mutating import broken_texts

from stormproof.adapters.isolation_probe import _looks, _through_looks
from stormproof.adapters.isolation_script import Ran, read_records
from stormproof.core.isolation import decide
from stormproof.core.isolation_looks import HostLooks

WAYS = [w for w in SCOPE.ways if w.expected == "blocked"]
PROBES = "".join(
    f"probe\t{w.id}\t{'connected' if w.expected == 'connected' else 'blocked'}\tEHOSTUNREACH\t5.0\t0.1\n" for w in SCOPE.ways
) + "done\t0.5\n"  # fmt: skip
BUILD = "".join(
    "\t".join((kind, *fields)).replace("\t\t", "\t") + "\n" for kind, rows in RECORDS.items() for fields in rows
)
THROUGH = "credential\tkey /h/.ssh/vault\n" + "".join(
    f"via\t{t.through}\t{t.way}\t{t.credential}\t{t.saw}\t{t.how}\t5.0\t0\n" for t in shut()
)  # fmt: skip


def ran(text: str) -> Ran:
    return Ran(read_records(text), None, 100.0, 101.0)


def proof(probes: str, build: str = BUILD, through: str = THROUGH) -> Any:
    looks, records = _looks(ran(probes)), read_records(build)
    host = HostLooks(
        looks=looks,
        records=records,
        credentials=tuple(r[0] for r in read_records(through).get("credential", ()) if r),
        through=_through_looks(ran(through)),
    )
    return decide(SCOPE, {"recovery-1": host}, WITNESSES, at=AT, seconds=1.0)


@given(broken_texts(PROBES), broken_texts(BUILD), broken_texts(THROUGH))
@example("done", BUILD, THROUGH)
@example(PROBES, BUILD + "socket\ttcp\t2 2\t10.0.20.5\t22\t10.0.10.5\t5432\n", THROUGH)
@example(PROBES, BUILD + "socket\ttcp\t" + "9" * 5000 + "\t10.0.20.5\t22\t10.0.10.5\t5432\n", THROUGH)
@example(PROBES, BUILD + "socket\ttcp\t10\t10.0.20.5\tssh\t0.0.0.0\t0\n", THROUGH)
def test_any_answer_is_decided(probes: str, build: str, through: str) -> None:
    assert proof(probes, build, through).result in ("proved", "broken", "unknown")


@given(st.sampled_from(WAYS), st.data())
def test_a_way_that_is_open_is_never_hidden_by_noise_around_it(way: Any, data: st.DataObject) -> None:
    line = f"probe\t{way.id}\tconnected\tconnected\t5.0\t0.1\n"
    others = "".join(one + "\n" for one in PROBES.splitlines() if one.split("\t")[1:2] != [way.id])
    noise = data.draw(broken_texts(others))
    assert proof(f"{line}{noise}").result != "proved"


@given(st.sampled_from(WAYS), broken_texts(BUILD, most=2))
def test_a_probe_without_an_answer_is_never_a_proof(way: Any, build: str) -> None:
    others = "".join(one + "\n" for one in PROBES.splitlines() if one.split("\t")[1:2] != [way.id])
    assert proof(others, build).result != "proved"


def test_a_witness_counts_only_with_an_instant() -> None:
    assert seen("connected").saw == "connected"
