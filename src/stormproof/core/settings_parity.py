"""Does the restored server run with the source's settings? A copy that comes up weaker is no recovery."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stormproof.core.finding import Finding, Severity

# What a drill sets itself, because the copy stands on another host and must not act on the world (core of the disarming),
# and what names places of that host. Everything else has to be as it was.
SET_BY_DRILL = re.compile(
    r"listen_addresses|port|unix_socket_\w+|data_directory|config_file|hba_file|ident_file|external_pid_file"
    r"|archive_(?:mode|command|library|cleanup_command)|restore_command|recovery_\w+|primary_\w+|promote_trigger_file|hot_standby"
    r"|(?:shared|session|local)_preload_libraries|synchronous_standby_names|max_logical_replication_workers"
    r"|log_(?:destination|directory|filename|timezone|line_prefix|min_messages|file_mode)|logging_collector|cluster_name"
    r"|ssl(?:_\w+_file|_crl_dir|_passphrase_command\w*)?|lc_messages|stats_temp_directory"
)
# Where weaker means that data or access is at risk, and what is the safe side.
_GUARDS = frozenset({
    "fsync", "full_page_writes", "synchronous_commit", "wal_level", "password_encryption", "row_security", "autovacuum",
    "ignore_checksum_failure", "ignore_invalid_pages", "ignore_system_indexes", "zero_damaged_pages", "wal_log_hints",
    "data_sync_retry", "log_connections", "log_disconnections", "allow_system_table_mods", "ssl_min_protocol_version",
})  # fmt: skip
_NO_CONFIGURATION = frozenset(
    {"default", "override", "environment variable", "client", "session", "interactive", "test"}
)


@dataclass(frozen=True, slots=True)
class ServerSetting:
    """One setting of a running server: `value` in PostgreSQL's base unit, `source` as pg_settings names it."""

    value: str
    source: str


def configured(settings: Mapping[str, ServerSetting]) -> dict[str, str]:
    """Those that somebody set, which is what a reference keeps."""
    return {name: setting.value for name, setting in settings.items() if setting.source not in _NO_CONFIGURATION}


def compare_settings(
    reference: Mapping[str, str],
    copy: Mapping[str, ServerSetting],
    *,
    ignore: Iterable[str] = (),
    drill_settings: Iterable[str] = (),
) -> list[Finding]:
    """Every setting that somebody set on the source, or on the copy, must be the same on both.

    Args:
        reference: name -> value, as `configured` gives them.
        ignore: the user's own exceptions; a name that no server knows is reported, so that none goes stale.
        drill_settings: what this drill set beyond what every drill sets.
    """
    skipped = {*ignore, *drill_settings}
    preloads = any(reference.get(f"{when}_preload_libraries") for when in ("shared", "session", "local"))
    here = configured(copy)
    findings: list[Finding] = []
    for name in sorted({*reference, *here}):
        if name in skipped or SET_BY_DRILL.fullmatch(name):
            continue
        # On the drill's own command line: it outranks the files, so the drill knows of it.
        if name in copy and copy[name].source == "command line":
            continue
        old, new = reference.get(name), copy[name].value if name in copy else None
        if old == new:
            continue
        # The drill loads no library of the source's, so nobody knows what such a library calls and makes of its settings.
        if new is None and "." in name and preloads:
            continue
        if new is None:
            findings.append(
                _finding(
                    "SP472",
                    Severity.HIGH,
                    f"{name} is not known to the copy (source: {old})",
                    "install the extension or version that brings it",
                )
            )
        else:
            severity = Severity.HIGH if name in _GUARDS else Severity.MEDIUM
            was = f"the source had {old}" if old is not None else "the source left it at its default"
            findings.append(
                _finding(
                    "SP471",
                    severity,
                    f"{name} is {new}, {was}",
                    "restore the server's configuration with its data, or name it under `ignore` with a reason",
                )
            )
    for name in sorted(skipped - {*copy, *reference} - {*drill_settings}):
        what = f"{name}, which is to be ignored, is no setting of this server"
        findings += [_finding("SP473", Severity.INFO, what, "take it off the list")]
    return findings


def _finding(code: str, severity: Severity, what: str, fix: str) -> Finding:
    return Finding(code=code, severity=severity, what=what, where="settings of the restored server", fix=fix)
