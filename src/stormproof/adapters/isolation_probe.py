"""Look at an environment from inside, through what it may reach, and from its witnesses; then let the core decide.

Everything runs side by side over the hosts' own SSH connections: on each isolated host the probes, the look at its
build and the way through reachable hosts; on each witness the same probes. Only one thing has to wait, for the keys
that the look finds: the question to production, put by a witness, whether it would take them.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from stormproof.adapters.isolation_script import Lines, Ran, number, run_script
from stormproof.core.drill_result import IsolationProof
from stormproof.core.errors import StormproofError
from stormproof.core.inventory import Inventory
from stormproof.core.isolation import decide
from stormproof.core.isolation_credentials import fingerprint
from stormproof.core.isolation_looks import HostLooks, KeyAnswer, Look, ThroughLook, WitnessLooks
from stormproof.core.isolation_plan import scope_of
from stormproof.core.isolation_scope import Ask, Isolated, Scope, Way
from stormproof.core.ports import Clock, Hosts

# A lost first packet is sent again after 1 s (tcp(7), RFC 6298): a way that needs both must not look blocked.
PROBE_SECONDS = 1.3
CONNECT_SECONDS_MIN = 2.0  # for what must connect, witnesses too; it costs nothing when it does
GRACE_SECONDS = 10.0  # for a slow host to start perl and to send its answer
THROUGH_SECONDS = 6.0
_SAW = ("connected", "refused", "blocked", "silent", "error")
_THROUGH_SAW = ("forwarded", "tried", "prohibited", "no-session", "unknown")


def prove_isolation(
    hosts: Hosts, inventory: Inventory, environment: str, *, clock: Clock, timeout: float = PROBE_SECONDS
) -> IsolationProof:
    """Prove, as far as it goes, that `environment` reaches nothing of production and not the internet.

    Args:
        timeout: seconds after which an unanswered probe counts as blocked. The whole proof takes about that plus one
            second, and is bounded by `timeout` + 20 s when hosts hang.

    A host or witness that cannot be asked makes the proof `unknown`; it never raises for one.
    """
    scope = scope_of(inventory, environment, resolve=_resolve, protected_keys=_protected_keys(inventory))
    start = clock.now()
    looking = _Looking(hosts, scope, clock, timeout)
    seen, witnesses = looking.all()
    return decide(scope, seen, witnesses, at=start.utc, seconds=clock.now().monotonic - start.monotonic)


class _Looking:
    """One proof's scripts in flight."""

    def __init__(self, hosts: Hosts, scope: Scope, clock: Clock, timeout: float) -> None:
        self._hosts, self._scope, self._clock, self._timeout = hosts, scope, clock, timeout
        self._unreachable: dict[str, str] = {}

    def all(self) -> tuple[dict[str, HostLooks], dict[str, WitnessLooks]]:
        scope = self._scope
        witnesses = sorted({w.witness for w in scope.ways if w.witness} | {a.witness for a in scope.asks})
        with ThreadPoolExecutor(max_workers=3 * len(scope.hosts) + 2 * len(witnesses) + 1) as pool:
            # First the connections: a key exchange inside the measured time would blur the instants of the probes.
            for _ in pool.map(self._connect, {h.name for h in scope.hosts} | set(witnesses)):
                pass
            seen_by = {name: pool.submit(self._witness, name) for name in witnesses}
            probing = {
                h.name: pool.submit(self._run, h.name, "probe", [("sockets",), *self._probe_plan(scope.ways)])
                for h in scope.hosts
            }
            through = {h.name: pool.submit(self._through, h) for h in scope.hosts}
            looks = {h.name: pool.submit(self._look, h.name) for h in scope.hosts}
            answers = {name: self._ask_all(pool, look.result()) for name, look in looks.items()}
            seen = {
                h.name: self._seen(
                    probing[h.name].result(), looks[h.name].result(), through[h.name].result(), answers[h.name]
                )
                for h in scope.hosts
            }
            return seen, {name: look.result() for name, look in seen_by.items()}

    def _connect(self, name: str) -> None:
        try:
            self._hosts.host(name).run("true", timeout_seconds=GRACE_SECONDS)
        except StormproofError as error:
            self._unreachable[name] = error.what

    def _run(self, name: str, script: str, plan: Iterable[Sequence[object]], seconds: float | None = None) -> Ran:
        if name in self._unreachable:
            now = self._clock.now().monotonic
            return Ran({}, self._unreachable[name], now, now)
        bound = (self._timeout if seconds is None else seconds) + GRACE_SECONDS
        return run_script(self._hosts.host(name), script, plan, self._clock, bound)

    def _probe_plan(self, ways: Iterable[Way], *, witness: bool = False) -> list[Sequence[object]]:
        patient = max(self._timeout, CONNECT_SECONDS_MIN)
        return [
            (
                "probe",
                way.id,
                way.protocol,
                way.address,
                way.port,
                patient if way.protocol == "tcp" and (witness or way.expected == "connected") else self._timeout,
            )
            for way in ways
        ]

    def _witness(self, name: str) -> WitnessLooks:
        plan = self._probe_plan((w for w in self._scope.ways if w.witness == name), witness=True)
        ran = self._run(name, "probe", plan)
        return WitnessLooks(_looks(ran), ran.trouble)

    def _look(self, name: str) -> Ran:
        return self._run(name, "look", [("name", n) for n in self._scope.lookups], seconds=5.0)

    def _through(self, host: Isolated) -> Ran | None:
        if not self._scope.through:
            return None
        nonce = secrets.token_hex(8)
        plan: list[Sequence[object]] = [("seconds", THROUGH_SECONDS), ("nonce", nonce)]
        plan += [("through", t.name, t.address, t.port, t.host_key, *t.users) for t in self._scope.through]
        plan += [("target", w.id, w.address, w.port) for w in self._scope.tried_through]
        return self._run(host.name, "via", plan, seconds=THROUGH_SECONDS)

    def _ask_all(self, pool: ThreadPoolExecutor, look: Ran) -> tuple[KeyAnswer, ...]:
        """Let each witness ask production about the keys that were found; no key, no question."""
        blobs = {r[2] for r in look.records.get("key", ()) if len(r) == 3 and r[2]}
        blobs |= {blob for r in look.records.get("agent", ()) for blob in r[1:] if blob}
        keys = [(str(n), blob) for n, blob in enumerate(sorted(blobs))]
        if not keys:
            return ()
        asked: list[tuple[list[Ask], Future[Ran]]] = []
        for witness in sorted({a.witness for a in self._scope.asks}):
            asks = [a for a in self._scope.asks if a.witness == witness]
            plan: list[Sequence[object]] = [
                ("ask", n, a.address, a.port, a.user, a.host_key) for n, a in enumerate(asks)
            ]
            plan += [("key", n, _key_type(blob), blob) for n, blob in keys]
            asked.append((asks, pool.submit(self._run, witness, "accepts", plan, 5.0)))
        return tuple(answer for asks, ran in asked for answer in _answers(asks, dict(keys), ran.result()))

    def _seen(self, probing: Ran, look: Ran, through: Ran | None, answers: tuple[KeyAnswer, ...]) -> HostLooks:
        return HostLooks(
            looks=_looks(probing),
            looks_trouble=probing.trouble,
            records=_merged(look.records, probing.records),
            records_trouble=look.trouble,
            credentials=tuple(r[0] for r in through.records.get("credential", ())) if through else (),
            through=_through_looks(through) if through else (),
            through_trouble=through.trouble if through else None,
            answers=answers,
        )


def _looks(ran: Ran) -> dict[str, Look]:
    found: dict[str, Look] = {}
    for record in ran.records.get("probe", ()):
        numbers = [number(text) for text in record[3:]]
        if len(record) != 5 or record[1] not in _SAW or None in numbers:
            continue  # a line cut off by a lost connection: the probe stays "not looked at"
        way, saw, how, ms, offset = *record[:3], *numbers
        if way in found and found[way].saw == "connected":
            continue  # told twice: what was open once is open
        earliest, latest = ran.bounds(offset)  # type: ignore[arg-type]  # a number, says the test above
        found[way] = Look(saw, how, ms, earliest, latest)  # type: ignore[arg-type]  # as above
    return found


def _merged(look: Lines, probing: Lines) -> Lines:
    """The build, with the table of connections that was read before the probes opened their own."""
    sockets = [record for record in probing.get("looked", ()) if record == ("sockets",)]
    return {**look, "socket": probing.get("socket", ()), "looked": [*look.get("looked", ()), *sockets]}


def _through_looks(ran: Ran) -> tuple[ThroughLook, ...]:
    return tuple(
        ThroughLook(r[0], r[1], r[2], r[3], r[4].strip(), number(r[5]))  # type: ignore[arg-type]  # held by the test beside
        for r in ran.records.get("via", ())
        if len(r) == 7 and r[3] in _THROUGH_SAW
    )


def _answers(asks: Sequence[Ask], keys: Mapping[str, str], ran: Ran) -> Iterable[KeyAnswer]:
    told = {(r[0], r[1]): (r[2], r[3]) for r in ran.records.get("accepts", ()) if len(r) == 4}
    for place, ask in enumerate(asks):
        for key, blob in keys.items():
            saw, how = told.get((str(place), key), ("unknown", ran.trouble or "not asked"))
            accepted = {"yes": True, "no": False}.get(saw)
            yield KeyAnswer(fingerprint(blob), ask.host, ask.group, accepted, how)


def _key_type(blob: str) -> str:
    """The type that a public key names itself with, at its beginning."""
    import base64
    import binascii

    try:
        raw = base64.b64decode(blob)
    except (binascii.Error, ValueError):
        return "unknown"
    return raw[4 : 4 + int.from_bytes(raw[:4], "big")].decode("ascii", errors="replace")


def _resolve(name: str) -> tuple[str, ...]:
    """Addresses of a host that the inventory gives by name, as this machine knows it."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _protected_keys(inventory: Inventory) -> dict[str, str]:
    """Fingerprints of the keys that this machine opens protected hosts with; what cannot be read here is left out."""
    found = {}
    for name, host in inventory.hosts.items():
        if host.environment in inventory.protected_environments():
            path = Path(inventory.folder, Path(host.identity).expanduser())
            if print_ := _fingerprint_of(path):
                found[print_] = name
    return found


def _fingerprint_of(path: Path) -> str:
    try:
        words = path.with_name(f"{path.name}.pub").read_text().split()
        return fingerprint(words[1]) if len(words) > 1 else ""
    except (OSError, UnicodeDecodeError):
        pass
    import paramiko
    from paramiko.pkey import UnknownKeyType

    try:
        return fingerprint(paramiko.PKey.from_path(path).get_base64())
    except (OSError, ValueError, paramiko.SSHException, UnknownKeyType):
        return ""
