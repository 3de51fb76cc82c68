"""Whether a report may be believed: every view says on top when the evidence under it does not hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from stormproof.core.chain import ChainReport
from stormproof.core.evidence import file_name


@dataclass(frozen=True)
class Trust:
    """`ok`: True verified, False does not hold, None nobody looked. `lines`: what is wrong, for people."""

    ok: bool | None = None
    lines: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, report: ChainReport, run: str) -> Trust:
        """What a verification means for one run's report: its own files' problems first, then the chain's."""
        own = {file_name(run, "result"), file_name(run, "start")}
        ordered = sorted(report.problems, key=lambda problem: problem.file.rpartition("/")[2] not in own)
        return cls(report.ok, [f"{problem.code} {problem.file}: {problem.what}" for problem in ordered])

    @property
    def headline(self) -> str:
        if self.ok is None:
            return "The evidence under this report was not verified"
        return (
            "The evidence under this report verifies" if self.ok else "The evidence under this report does NOT verify"
        )


NOT_LOOKED_AT = Trust()
