"""What the scripts of an isolation proof saw, as plain values: the evidence that core/isolation.py judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Look:
    """One attempt to connect. `earliest` and `latest` bound its end on the control side's monotonic clock, in seconds.

    refused: a reset or a "port unreachable" came back, from the target or from a firewall; silent: a datagram without
    an answer; error: anything that says nothing about the way.
    """

    saw: Literal["connected", "refused", "blocked", "silent", "error"]
    how: str
    ms: float | None
    earliest: float
    latest: float


@dataclass(frozen=True, slots=True)
class ThroughLook:
    """One attempt to get on through a reachable host. `way` is a Way's id, or `shell`, or `write`.

    forwarded: it worked; tried: the host did what we asked but the far end did not answer; prohibited: the host
    refused; no-session: the credential opens nothing there.
    """

    through: str
    way: str
    credential: str
    saw: Literal["forwarded", "tried", "prohibited", "no-session", "unknown"]
    how: str
    ms: float | None


@dataclass(frozen=True, slots=True)
class KeyAnswer:
    """What a protected SSH server said about a public key that was found on an isolated host."""

    fingerprint: str
    host: str
    group: str
    accepted: bool | None
    how: str


Records = Mapping[str, Sequence[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class HostLooks:
    """Everything seen from one isolated host. A `…_trouble` says why a script could not be run to its end."""

    looks: Mapping[str, Look] = field(default_factory=dict)
    looks_trouble: str | None = None
    records: Records = field(default_factory=dict)
    records_trouble: str | None = None
    credentials: tuple[str, ...] = ()
    through: tuple[ThroughLook, ...] = ()
    through_trouble: str | None = None
    answers: tuple[KeyAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class WitnessLooks:
    """What one witness saw, by Way id."""

    looks: Mapping[str, Look] = field(default_factory=dict)
    trouble: str | None = None
