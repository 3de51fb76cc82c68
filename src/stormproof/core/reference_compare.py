"""What differs between the reference, taken at the backup, and the restored copy. Pure: two shapes in, findings out.

What the copy has more than the reference is no fault: the source went on living after the backup, and WAL brought that
back too. What it has less, or weaker, is one. A thing that was dropped on purpose after the backup is reported as well:
nothing in the vault can tell it from a loss; the next backup's reference ends that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from stormproof.core.drill_result import Disarmed
from stormproof.core.finding import Finding, Severity
from stormproof.core.reference import DatabaseReference, PostgresReference

NAMES_SHOWN = 5
_SETTINGS_DIGEST = re.compile(r" ?settings sha256:[0-9a-f]{64}")
# The ends of definitions that postgres_shape.sql gives to what is there and does not act.
_NOT_IN_FORCE = re.compile(r" (?:disabled|not validated|not ready|invalid|NOT VALID)\b| enabled [DR](?: |$)")
_TRIGGER_STATE = re.compile(r" (enabled|disabled|enabled replica|enabled always)\Z")
_EVENT_TRIGGER_STATE = re.compile(r" enabled [ODRA]\b")


def failing(findings: Iterable[Finding]) -> bool:
    """Whether any of these is more than information."""
    return any(finding.severity is not Severity.INFO for finding in findings)


def compare_shapes(
    reference: PostgresReference,
    copy: PostgresReference,
    *,
    disarmed: Sequence[Disarmed] = (),
    is_older: bool = False,
) -> list[Finding]:
    """Structure, roles, grants, extensions, collations, materialised views: the reference's against the copy's.

    Args:
        disarmed: what the drill itself switched off; such differences are left out.
        is_older: the copy is of an earlier moment than the reference, and so not expected to be as new.
    """
    findings = _server(reference, copy)
    findings += _named(
        "role", "the cluster", _roles(reference.roles, disarmed), _roles(copy.roles, disarmed), code="SP403"
    )
    for name, before in reference.databases.items():
        after = copy.databases.get(name)
        if after is None:
            findings.append(
                _finding("SP410", Severity.CRITICAL, f"database {name} is missing", name, "is this the right backup?")
            )
            continue
        findings += _database(name, before, after, disarmed)
        if not is_older:
            findings += _age(name, before, after)
    return findings


def collation_text(recorded: str | None, actual: str | None, *, used: bool) -> str:
    """How a collation's versions stand in a reference: recorded in the catalogue, offered by the library."""
    return f"{recorded or 'none'} recorded, {actual or 'none'} in use{'' if used else ' (no object uses it)'}"


def _server(reference: PostgresReference, copy: PostgresReference) -> list[Finding]:
    findings: list[Finding] = []
    if reference.system_identifier != copy.system_identifier:
        what = f"this is another cluster: system identifier {copy.system_identifier}, the reference has {reference.system_identifier}"
        findings.append(
            _finding(
                "SP409", Severity.CRITICAL, what, "the cluster", "compare the stanza with the service in the inventory"
            )
        )
    before, after = (_version(shape) for shape in (reference, copy))
    if before.split(".")[0] != after.split(".")[0]:
        what = f"the copy runs PostgreSQL {after}, the source ran {before}"
        findings.append(
            _finding(
                "SP409", Severity.HIGH, what, "the cluster", "install the source's major version on the recovery host"
            )
        )
    elif before != after:
        what = f"the copy runs PostgreSQL {after}, the source ran {before}: another minor version"
        findings.append(
            _finding("SP409", Severity.INFO, what, "the cluster", "keep the recovery host as up to date as the source")
        )
    if reference.checksums and not copy.checksums:
        findings.append(
            _finding(
                "SP433",
                Severity.HIGH,
                "data checksums were on and are off",
                "the cluster",
                "find out who rebuilt the cluster",
            )
        )
    return findings


def _version(shape: PostgresReference) -> str:
    """Its number, as `show server_version` begins with it."""
    return next(iter(shape.server_version.split()), "of an unknown version")


def _database(
    name: str, before: DatabaseReference, after: DatabaseReference, disarmed: Sequence[Disarmed]
) -> list[Finding]:
    findings: list[Finding] = []
    for word, old, new in (
        ("encoding", before.encoding, after.encoding),
        ("collation", before.collation, after.collation),
        ("character type", before.ctype, after.ctype),
    ):
        if old != new:
            findings.append(
                _finding("SP409", Severity.HIGH, f"{word} is {new}, was {old}", name, "restore from the right backup")
            )
    old_objects, new_objects = _objects(before.objects, disarmed), _objects(after.objects, disarmed)
    weak = {key for key, text in new_objects.items() if _weak(text) and old_objects.get(key, text) != text}
    findings += _named("object", name, old_objects, new_objects, code="SP401", changed_code="SP402", leave_out=weak)
    if weak:
        what = f"{len(weak)} no longer in force (disabled, not validated or invalid): {_some(weak)}"
        findings.append(
            _finding("SP406", Severity.HIGH, what, name, "enable or validate them; until then data can break the rule")
        )
    findings += _grants(name, before.grants, after.grants)
    findings += _named("extension", name, before.extensions, after.extensions, code="SP405")
    findings += _collations(name, before.collation_versions, after.collation_versions)
    empty = sorted(
        view for view, full in before.materialised_views.items() if full and after.materialised_views.get(view) is False
    )
    if empty:
        what = f"{len(empty)} materialised views hold no data: {_some(empty)}"
        findings.append(
            _finding("SP407", Severity.HIGH, what, name, "refresh them, and count that time into the recovery")
        )
    if before.large_objects and not after.large_objects:
        what = f"all {before.large_objects} large objects are missing"
        findings.append(_finding("SP401", Severity.CRITICAL, what, name, "was pg_largeobject truncated, or left out?"))
    return findings


def _age(name: str, before: DatabaseReference, after: DatabaseReference) -> list[Finding]:
    if before.heartbeat_sequence is None or (after.heartbeat_sequence or -1) >= before.heartbeat_sequence:
        return []
    what = (
        f"the copy is older than its own reference: newest heartbeat {after.heartbeat_sequence}, "
        f"the reference had {before.heartbeat_sequence}"
    )
    return [
        _finding("SP443", Severity.CRITICAL, what, name, "the wrong backup was restored, or heartbeats were deleted")
    ]


def _named(
    word: str,
    where: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    *,
    code: str,
    changed_code: str = "",
    leave_out: frozenset[str] | set[str] = frozenset(),
) -> list[Finding]:
    missing = sorted(key for key in before if key not in after)
    changed = sorted(
        key for key, text in before.items() if key in after and after[key] != text and key not in leave_out
    )
    added = sorted(key for key in after if key not in before)
    findings: list[Finding] = []
    if missing:
        what = f"{len(missing)} {word}{_s(missing)} missing: {_some(missing)}"
        findings.append(
            _finding(
                code,
                Severity.CRITICAL,
                what,
                where,
                "compare with the source; if dropped on purpose, take a new backup",
            )
        )
    if changed:
        what = f"{len(changed)} {word}{_s(changed)} differ: {_some(changed, before, after)}"
        findings.append(
            _finding(
                changed_code or code,
                Severity.HIGH,
                what,
                where,
                "compare with the source; if changed on purpose, take a new backup",
            )
        )
    if added:
        what = f"{len(added)} {word}{_s(added)} newer than the reference: {_some(added)}"
        findings.append(
            _finding(
                changed_code or code, Severity.INFO, what, where, "nothing, if the source was changed after the backup"
            )
        )
    return findings


def _grants(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> list[Finding]:
    lost = sorted(key for key, text in before.items() if not {*_entries(text)} <= {*_entries(after.get(key, ""))})
    more = sorted(key for key, text in after.items() if not {*_entries(text)} <= {*_entries(before.get(key, ""))})
    findings: list[Finding] = []
    if lost:
        what = f"rights are missing on {len(lost)}: {_some(lost, before, after)}"
        findings.append(
            _finding("SP404", Severity.HIGH, what, name, "grant them again; the application may not work without")
        )
    if gained := [key for key in more if key not in lost]:
        what = f"rights newer than the reference on {len(gained)}: {_some(gained)}"
        findings.append(_finding("SP404", Severity.INFO, what, name, "nothing, if they were granted after the backup"))
    return findings


def _entries(text: str) -> list[str]:
    return text.split()


def _collations(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> list[Finding]:
    findings: list[Finding] = []
    stale: list[str] = []
    for key, text in after.items():
        recorded, _, rest = text.partition(" recorded, ")
        actual = rest.split(" in use", 1)[0]
        used = "(no object uses it)" not in text
        if recorded != actual and used:
            stale.append(key)
        elif recorded != actual and key not in before:
            what = f"collation {key}, which nothing uses, is recorded as {recorded}; the library offers {actual}"
            findings.append(_finding("SP408", Severity.INFO, what, name, "alter collation … refresh version"))
        elif key in before and before[key].partition(" recorded, ")[0] != recorded:
            stale.append(key)
    if stale:
        what = f"{len(stale)} collations sort by another version than their indexes were built with: {_some(stale, before, after)}"
        findings.append(
            _finding(
                "SP408",
                Severity.HIGH,
                what,
                name,
                "give the recovery host the source's library version, or reindex and refresh the version",
            )
        )
    return findings


def _roles(roles: Mapping[str, str], disarmed: Sequence[Disarmed]) -> dict[str, str]:
    # A drill resets preload settings that hang on a role; which ones is on its list.
    reset = any(item.kind == "setting" and item.where != "configuration" for item in disarmed)
    return {name: _SETTINGS_DIGEST.sub("", text) if reset else text for name, text in roles.items()}


def _objects(objects: Mapping[str, str], disarmed: Sequence[Disarmed]) -> dict[str, str]:
    reset = any(item.kind == "setting" and item.where != "configuration" for item in disarmed)
    switched = {item.name for item in disarmed if item.kind == "event trigger"}
    triggers = {f"trigger {item.name}" for item in disarmed if item.kind == "trigger"}
    seen: dict[str, str] = {}
    for key, text in objects.items():
        if (
            key.startswith("event trigger ")
            and key.removeprefix("event trigger ").strip('"').replace('""', '"') in switched
        ):
            seen[key] = _EVENT_TRIGGER_STATE.sub("", text)
        elif key in triggers:
            seen[key] = _TRIGGER_STATE.sub("", text)
        elif key.startswith("database ") and reset:
            seen[key] = _SETTINGS_DIGEST.sub("", text)
        else:
            seen[key] = text
    return seen


def _weak(text: str) -> bool:
    return _NOT_IN_FORCE.search(text) is not None


def _s(names: Sequence[str]) -> str:
    return "" if len(names) == 1 else "s"


def _some(names: Iterable[str], before: Mapping[str, str] | None = None, after: Mapping[str, str] | None = None) -> str:
    ordered = sorted(names)
    shown = [_one(name, before, after) for name in ordered[:NAMES_SHOWN]]
    return "; ".join(shown) + (f"; and {len(ordered) - NAMES_SHOWN} more" if len(ordered) > NAMES_SHOWN else "")


def _one(name: str, before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> str:
    if before is None or after is None:
        return name
    old, new = before.get(name, "nothing"), after.get(name, "nothing")
    return f"{name} (was {old!r}, is {new!r})" if len(old) + len(new) < 160 else name


def _finding(code: str, severity: Severity, what: str, where: str, fix: str) -> Finding:
    return Finding(code=code, severity=severity, what=what, where=where, fix=fix)
