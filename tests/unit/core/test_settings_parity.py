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


def test_a_setting_of_a_library_that_the_drill_does_not_load_is_not_compared_by_its_text() -> None:
    """The source's library made 3000 of '3s', and 'off' of 'no'; the copy has the text alone."""
    copy = {
        "auto_explain.log_min_duration": ServerSetting("3s", "configuration file", unread=True),
        "pg_stat_statements.track_utility": ServerSetting("no", "configuration file", unread=True),
        "work_mem": ServerSetting("8192", "configuration file"),
    }
    reference = {
        "auto_explain.log_min_duration": "3000",
        "pg_stat_statements.track_utility": "off",
        "work_mem": "8192",
    }
    assert compare_settings(reference, copy) == []
    (finding,) = compare_settings({}, copy, ignore=["auto_explain.log_min_duration", "work_mem"])
    assert finding.what.startswith("pg_stat_statements.track_utility is no")
