"""What a database's recovery was made of, as the host's own records tell it: the parts below the level of steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict, Field

COMPRESSIONS = ("none", "lz4", "zst", "gz", "bz2")  # pgBackRest's compress-type

_REDO = re.compile(r"redo done at \S+ .*elapsed: (\d+(?:\.\d+)?) s", re.ASCII)
_TIME = re.compile(r"(?<!\d)(\d{1,9})m(\d{1,9}(?:[.,]\d{1,9})?)s", re.ASCII)


class Expansion(BaseModel):
    """What unpacking costs, from a sample of the restored data.

    Attributes:
        seconds_per_byte: processor time for each restored byte.
        size_share: the packed size as a share of the restored one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds_per_byte: float
    size_share: float


class PostgresParts(BaseModel):
    """Measured parts of one recovery. Seconds and bytes; None: it was not measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    transport: str
    wal_way: str = Field(description="prefetch or on-demand")
    connections: int
    processes: int
    cores: int
    base_s: float | None = Field(default=None, description="pgBackRest's restore of the base backup")
    base_bytes: int | None = None
    base_cpu_s: float | None = Field(default=None, description="processor time of it on the recovery host")
    base_busy_share: float | None = Field(
        default=None, description="of all the host's cores meanwhile, whatever kept them busy: 0 to 1"
    )
    wal_files: int = 0
    wal_bytes: int = 0
    wal_get_s: float = Field(default=0.0, description="sum over the files that were fetched from the archive")
    wal_got: int = Field(default=0, description="how many those are")
    wal_extra: int = Field(default=0, description="asked for in vain or again")
    wal_waited_s: float = Field(default=0.0, description="how long the server stood waiting for a file")
    wal_first_wait_s: float = Field(default=0.0, description="the part of it before redo began")
    head_start_s: float = Field(
        default=0.0,
        description="from the base restore's end to the server's first request for WAL; 0 where not measured",
    )
    wal_redo_wait_s: float | None = Field(default=None, description="the part of it during redo")
    redo_s: float | None = Field(default=None, description="the server's own record, waiting included")
    prefetch_first_s: float | None = Field(default=None, description="the first file of an asynchronous fetch")
    prefetch_next_s: float | None = Field(default=None, description="each further file of it")
    one_get_s: dict[str, float] = Field(
        default={}, description="one file fetched the tools' way after the end, by transport: what a connection costs"
    )

    compression: str | None = Field(default=None, description="of the restored backup, by its manifest")
    expansions: dict[str, Expansion] = Field(default={}, description="by compression, tried on what was restored")

    def expansion(self, compression: str | None) -> Expansion | None:
        """What unpacking that would cost; None: it was not tried on the host."""
        if compression == "none":
            return Expansion(seconds_per_byte=0.0, size_share=1.0)
        return self.expansions.get(compression or "")

    @property
    def unpacking_s(self) -> float | None:
        """Processor time of the base restore that went into unpacking: what a sample took, for all of it."""
        tried = self.expansion(self.compression)
        return tried.seconds_per_byte * self.base_bytes if tried and self.base_bytes else None

    @property
    def replay_busy_s(self) -> float:
        """Redo without its waiting."""
        within = self.wal_redo_wait_s
        if within is None:
            within = max(0.0, self.wal_waited_s - self.wal_first_wait_s)
        return max(0.0, (self.redo_s or 0.0) - within)

    @property
    def wal_stage_s(self) -> float:
        """From the restored base to the end of replay, as far as WAL takes it: waiting and replaying."""
        return self.wal_waited_s + self.replay_busy_s


def parse_parts(
    text: str, *, transport: str, wal_way: str, connections: int, processes: int | None, base_s: float | None,
    base_bytes: int | None,
) -> PostgresParts:  # fmt: skip
    """Lines of recovery_parts.sh: what cannot be read of them is not measured, never guessed.

    Lines: `cores N` · `fetched NAME RESULT SECONDS SOURCE ENDED` · `asked INSTANT NAME RESULT WAITED` ·
    `extra NAME SECONDS` · `redo LOG-LINE` · `cpu base|wal TIMES` · `host BUSY ALL` (the cores' time during the base
    restore, one unit) · `based INSTANT` (its end) · `size BYTES` · `get TRANSPORT STATUS SECONDS` ·
    `ahead SECONDS` (files of an asynchronous fetch, in order) · `compressed TYPE` (the backup) ·
    `expand TYPE SECONDS BYTES PACKED-BYTES` (a sample)
    """
    lines: dict[str, list[str]] = {}
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        lines.setdefault(word, []).append(rest)
    cores = int(_numbers(lines.get("cores", []))[0]) if _numbers(lines.get("cores", [])) else 1
    fetched = [words for words in map(str.split, lines.get("fetched", [])) if len(words) >= 4 and words[1] == "fetched"]
    archived = [words for words in fetched if words[3] == "archive" and not words[0].endswith(".history")]
    waits = [
        (words[1], words[2], seconds)
        for words in map(str.split, lines.get("asked", []))
        if len(words) >= 4 and (seconds := _number(words[3])) is not None
    ]
    given = [seconds for _, result, seconds in waits if result == "given"]
    redo = next((_number(m[1]) for line in reversed(lines.get("redo", [])) if (m := _REDO.search(line))), None)
    own = [_number(words[2]) or 0.0 for words in archived] if wal_way == "prefetch" else []
    probed = [seconds for line in lines.get("ahead", []) if (seconds := _number(line)) is not None]
    ahead = own if len(own) > 2 else probed
    gets = [words for words in map(str.split, lines.get("get", [])) if len(words) == 3 and words[1] == "0"]
    cpu = [line.removeprefix("base ") for line in lines.get("cpu", []) if line.startswith("base ")]
    return PostgresParts(
        transport=transport,
        wal_way=wal_way,
        connections=connections,
        processes=processes or cores,
        cores=cores,
        base_s=base_s,
        base_bytes=base_bytes,
        base_cpu_s=round(sum(map(_duration, cpu)), 3) if cpu else None,
        base_busy_share=_share(lines.get("host", [])),
        wal_files=len(fetched),
        wal_bytes=int(sum(_numbers(lines.get("size", [])))),
        wal_get_s=round(sum(_number(words[2]) or 0.0 for words in archived), 6),
        wal_got=len(archived),
        wal_extra=len(lines.get("extra", [])),
        wal_waited_s=round(sum(seconds for *_, seconds in waits), 6),
        wal_first_wait_s=given[0] if given else 0.0,
        head_start_s=_head_start(lines.get("based", []), lines.get("asked", [])),
        wal_redo_wait_s=_within_redo(waits),
        redo_s=redo,
        prefetch_first_s=ahead[0] if ahead else None,
        prefetch_next_s=round(sum(ahead[1:]) / (len(ahead) - 1), 6) if len(ahead) > 1 else None,
        one_get_s={words[0]: seconds for words in gets if (seconds := _number(words[2])) is not None},
        compression=next((word for word in lines.get("compressed", []) if word in COMPRESSIONS), None),
        expansions=dict(_expansions(lines.get("expand", []))),
    )


def _expansions(lines: list[str]) -> Iterator[tuple[str, Expansion]]:
    for words in map(str.split, lines):
        numbers = _numbers(words[1:])
        if len(words) == 4 and len(numbers) == 3 and words[0] in COMPRESSIONS and numbers[1] > 0:
            seconds, size, packed = numbers
            yield words[0], Expansion(seconds_per_byte=seconds / size, size_share=round(packed / size, 4))


def _head_start(based: list[str], asked: list[str]) -> float:
    """To the first request for a segment, which begins a recovery: each line has the instant of its answer."""
    ends = _numbers(based)
    for words in map(str.split, asked):
        if len(words) >= 4 and not words[1].endswith(".history") and ends:
            answered, waited = _number(words[0]), _number(words[3])
            return 0.0 if answered is None or waited is None else round(max(0.0, answered - waited - ends[-1]), 6)
    return 0.0


def _within_redo(waits: list[tuple[str, str, float]]) -> float:
    """Redo begins with the first file of WAL and ends with the first that there is not; histories are asked outside it."""
    found, begun = 0.0, False
    for name, result, seconds in waits:
        if name.endswith(".history"):
            continue
        if begun:
            found += seconds
            if result != "given":
                break
        begun = begun or result == "given"
    return round(found, 6)


def _share(lines: list[str]) -> float | None:
    pair = _numbers(lines[-1].split()) if lines else []
    return round(min(1.0, pair[0] / pair[1]), 3) if len(pair) == 2 and pair[1] > 0 else None


def _duration(text: str) -> float:
    """`0m1.25s 0m0.10s`, as bash's `times` prints them, summed up."""
    return sum(int(m) * 60 + float(s.replace(",", ".")) for m, s in _TIME.findall(text))


def _numbers(texts: Iterable[str]) -> list[float]:
    return [number for number in map(_number, texts) if number is not None]


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", text.strip(), re.ASCII) else None
