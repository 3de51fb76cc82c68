"""A copy that comes up with weaker settings is no recovery; what the drill set itself is."""

from __future__ import annotations

import pytest

from stormproof.core.finding import Severity
from stormproof.core.settings_parity import SET_BY_DRILL, ServerSetting, compare_settings, configured


def server(**values: str) -> dict[str, ServerSetting]:
    defaults = {"fsync": ServerSetting("on", "default"), "work_mem": ServerSetting("4096", "default")}
    return {**defaults, **{name: ServerSetting(value, "configuration file") for name, value in values.items()}}


def test_only_what_somebody_set_is_kept() -> None:
    settings = {
        "fsync": ServerSetting("on", "default"),
        "work_mem": ServerSetting("8192", "configuration file"),
        "port": ServerSetting("5433", "command line"),
        "application_name": ServerSetting("psql", "client"),
        "wal_buffers": ServerSetting("512", "override"),
    }
    assert configured(settings) == {"work_mem": "8192", "port": "5433"}


def test_the_same_settings_raise_nothing() -> None:
    assert compare_settings({"work_mem": "8192"}, server(work_mem="8192")) == []


@pytest.mark.parametrize(
    ("reference", "copy", "what", "severity"),
    [
        ({}, {"fsync": "off"}, "fsync is off, the source left it at its default", Severity.HIGH),
        ({"work_mem": "8192"}, {}, "work_mem is 4096, the source had 8192", Severity.MEDIUM),
        ({"work_mem": "8192"}, {"work_mem": "64"}, "work_mem is 64, the source had 8192", Severity.MEDIUM),
        ({"pg_stat.x": "1"}, {}, "pg_stat.x is not known to the copy (source: 1)", Severity.HIGH),
    ],
)
def test_each_difference_is_named(
    reference: dict[str, str], copy: dict[str, str], what: str, severity: Severity
) -> None:
    (finding,) = compare_settings(reference, server(**copy))
    assert (finding.what, finding.severity) == (what, severity)


def test_what_the_drill_sets_and_what_the_user_ignores_is_left_out() -> None:
    reference = {"listen_addresses": "*", "archive_command": "sha256:x", "work_mem": "8192", "max_wal_senders": "10"}
    assert compare_settings(reference, server(), ignore=["work_mem"], drill_settings=["max_wal_senders"]) == []


def test_a_setting_on_the_drills_own_command_line_is_left_out() -> None:
    assert compare_settings({}, {"ssl_x": ServerSetting("off", "command line")}) == []


def test_an_exception_that_no_server_knows_is_information() -> None:
    (finding,) = compare_settings({}, server(), ignore=["lisen_addresses"])
    assert (finding.code, finding.severity) == ("SP473", Severity.INFO)


@pytest.mark.parametrize(
    "name",
    ["fsync", "full_page_writes", "password_encryption", "max_connections", "row_security", "wal_level", "portable"],
)
def test_guards_are_never_among_what_a_drill_sets(name: str) -> None:
    assert SET_BY_DRILL.fullmatch(name) is None


def test_settings_of_libraries_that_the_drill_does_not_load_are_not_missed() -> None:
    reference = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.max": "2000", "work_mem": "8192"}
    assert compare_settings(reference, server(work_mem="8192")) == []
    (finding,) = compare_settings({"pg_stat_statements.max": "2000"}, server())
    assert finding.what == "pg_stat_statements.max is not known to the copy (source: 2000)"
