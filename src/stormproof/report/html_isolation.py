"""The isolation proof: both looks side by side, every probe with its witness. Open where something is not as it must be."""

from __future__ import annotations

from stormproof.core.drill_result import DrillResult, IsolationProof, Probe
from stormproof.report.html_table import Column, folded, record, section, table, tone, word
from stormproof.report.markup import Child, Markup, el
from stormproof.report.wording import instant, probe_answer, probe_summary


def isolation(result: DrillResult) -> Markup:
    before, after = result.isolation.before, result.isolation.after
    lines = [("Before the restore", _proof_line(before)), ("Before the verdict", _proof_line(after))]
    calm = before.result == "proved" and after.result in (
        "proved",
        "not-run",
    )  # then the summary says enough on a screen
    parts: list[Child] = [
        el(
            "p",
            "Nothing was restored before this environment was proved unable to reach production.",
            class_="lead small",
        ),
        record(lines),
    ]
    froms = {probe.from_ for probe in (*before.probes, *after.probes)}
    if probes := _probe_rows(before, after, several=len(froms) > 1):
        names = ("To", "By", "Through", "Expected", "Before", "After", "How", "Witness")
        columns = [Column(name, "w" if name == "By" else "") for name in names]
        inner = table(
            columns,
            probes,
            caption=f"From {', '.join(sorted(froms))}. A blocked probe counts only if a permitted witness had just connected to the same place.",
        )
        parts.append(folded(f"Probes from inside ({len(probes)})", inner, opened=not calm))
    if facts := _fact_rows(before, after):
        columns = [Column("Structure"), Column("Host", "w"), Column("Before"), Column("After"), Column("Saw")]
        parts.append(
            folded(
                f"Structure ({len(facts)})",
                table(columns, facts, caption="How the environment is built, read from inside it."),
                opened=not calm,
            )
        )
    return section("isolation", "Isolation proof", parts)


def _proof_line(proof: IsolationProof) -> list[Child]:
    if proof.result == "not-run":
        return [word("not run")]
    when = f" at {instant(proof.at)}" if proof.at else ""
    return [word(proof.result), when, el("br"), el("span", probe_summary(proof), class_="muted")]


def _probe_rows(before: IsolationProof, after: IsolationProof, *, several: bool) -> list[list[Child]]:
    """The same probe of both proofs in one row; one that got through stands first."""
    later = {_probe_key(p): p for p in after.probes}
    pairs: list[tuple[Probe | None, Probe | None]] = [(p, later.pop(_probe_key(p), None)) for p in before.probes]
    pairs += [(None, p) for p in later.values()]

    def rank(pair: tuple[Probe | None, Probe | None]) -> int:
        answers = [probe_answer(p) for p in pair if p is not None]
        return 0 if "bad" in answers else 1 if "unknown" in answers else 2

    rows: list[list[Child]] = []
    for first, second in sorted(pairs, key=rank):
        probe = first or second
        assert probe is not None
        witness = "" if probe.witness is None else f"{probe.witness.from_}: {probe.witness.saw}"
        rows.append(
            [
                f"{probe.from_} → {probe.to}" if several else probe.to,
                f"{probe.protocol.upper()} {probe.family.removeprefix('ip')}",
                probe.via or "",
                probe.expected,
                _probe_word(first),
                _probe_word(second),
                probe.how,
                witness,
            ]
        )
    return rows


def _probe_key(probe: Probe) -> tuple[str, ...]:
    return (probe.from_, probe.to, probe.protocol, probe.family, probe.via or "", probe.expected)


def _probe_word(probe: Probe | None) -> Child:
    if probe is None:
        return "–"
    answer = probe_answer(probe)
    return el("span", "moot" if answer == "moot" else probe.saw, class_=f"word {tone(answer)}")


def _fact_rows(before: IsolationProof, after: IsolationProof) -> list[list[Child]]:
    later = {(f.name, f.host): f for f in after.structure}
    rows: list[list[Child]] = []
    for fact in before.structure:
        second = later.pop((fact.name, fact.host), None)
        saw = fact.saw if second is None or second.saw == fact.saw else f"{fact.saw}; after: {second.saw}"
        rows.append(
            [fact.name, fact.host, word(fact.result.value), "–" if second is None else word(second.result.value), saw]
        )
    rows += [[f.name, f.host, "–", word(f.result.value), f.saw] for f in later.values()]
    return rows
