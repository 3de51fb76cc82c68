"""Rows of docs/faults.md, section hostile_data: what restored data would do on its own, and what became of it.

All of it is planted in one source and restored by one drill, which is met all the same. `said` is what the result's list
of the disarmed holds: kind and name.
"""

from __future__ import annotations

from tables.row import Expect, Row

__all__ = ["ROWS", "Expect"]

NO_PROGRAM = "server: every program of its own"


def _row(row_id: str, what: str, listed: str) -> Row:
    return Row(row_id, what, Expect("met", 0, (), listed), "hostile_data")


ROWS: list[Row] = [
    _row("event-trigger", "an event trigger would fire at the first change of structure", "event trigger: on ddl"),
    _row("event-trigger-always", "an event trigger is enabled for replicas' sessions too", "event trigger: always on ddl"),
    _row("trigger-runs-a-program", "a trigger of the application runs a program, as the superuser", "trigger: stormproof.readiness.leave"),
    _row("trigger-runs-a-program-indirectly", "a trigger calls a function that runs a program, as the superuser", NO_PROGRAM),
    _row("dblink-in-a-trigger", "a trigger of the application connects to another server by dblink", "trigger: stormproof.readiness.call_out"),
    _row("function-in-an-index", "an index is made of a function that runs a program when the index is checked", NO_PROGRAM),
    _row("operators-of-a-key", "a foreign key's own type brings comparisons that run a program", "function: evil.fire(who text)"),
    _row("functions-before-the-systems-own", "the database's search path puts functions of its own before the system's", "search path: (all roles)"),
    _row("subscription", "a subscription would go on fetching from production", "subscription: feed"),
    _row("foreign-server", "a foreign server and its password lead to production", "foreign server: elsewhere"),
    _row("scheduled-job", "pg_cron holds a job that is due every minute", "scheduled job: 1"),
    _row("scheduled-job-trap", "a table that looks like pg_cron's calls home when its jobs are switched off", "scheduled job: (all)"),
    _row("untrusted-language", "a function is native code", "function: evil.native()"),
    _row("database-preloads-a-library", "ALTER DATABASE SET loads a library into every session", "setting: session_preload_libraries"),
    _row("role-changes-where-libraries-come-from", "ALTER ROLE SET changes where libraries come from", "setting: shop_owner: dynamic_library_path"),
    _row("archive-command", "archive_command would write into production's archive", "setting: archive_command"),
    _row("archive-library", "archive_library would do the same", "setting: archive_library"),
    _row("restore-command", "restore_command runs a program at the start", "setting: restore_command"),
    _row("archive-cleanup-command", "archive_cleanup_command runs a program", "setting: archive_cleanup_command"),
    _row("recovery-end-command", "recovery_end_command runs a program when recovery ends", "setting: recovery_end_command"),
    _row("shared-preload-libraries", "shared_preload_libraries loads a background worker's library", "setting: shared_preload_libraries"),
    _row("session-preload-libraries", "session_preload_libraries loads a library into every session", "setting: session_preload_libraries"),
    _row("local-preload-libraries", "local_preload_libraries does the same", "setting: local_preload_libraries"),
    _row("ssl-passphrase-command", "ssl_passphrase_command runs a program at the start", "setting: ssl_passphrase_command"),
    _row("primary-conninfo", "primary_conninfo makes a standby of production", "setting: primary_conninfo"),
    _row("synchronous-standby", "synchronous_standby_names makes every commit wait for nobody", "setting: synchronous_standby_names"),
    _row("jit-library", "jit_provider names a library of somebody's own", "setting: jit_provider"),
    _row("library-path", "dynamic_library_path leads to libraries of somebody's own", "setting: dynamic_library_path"),
    _row("tablespace-elsewhere", "a tablespace lies outside the data directory", "server: every file outside its folder"),
]  # fmt: skip
