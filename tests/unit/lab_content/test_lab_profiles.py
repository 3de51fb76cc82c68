"""How WAL reaches the vault, and who may push, read, stream."""

from __future__ import annotations

import pytest

from stormproof.core.errors import Refused
from stormproof.lab.wal_profiles import WalProfile, WalShipping


@pytest.mark.parametrize("profile", WalProfile)
def test_every_profile_archives_because_backups_need_it(profile):
    settings = WalShipping(profile).postgres_settings()
    assert settings["archive_mode"] == "on"
    assert settings["archive_command"] == "pgbackrest --stanza=main archive-push %p"


@pytest.mark.parametrize(("profile", "timeout"), [("archive", "10s"), ("async", "10s"), ("stream", "60s")])
def test_the_archive_timeout_bounds_the_loss_unless_a_stream_does(profile, timeout):
    assert WalShipping(WalProfile(profile)).postgres_settings()["archive_timeout"] == timeout


def test_only_a_synchronous_stream_makes_commits_wait():
    waits = {
        (profile.value, synchronous): WalShipping(profile, synchronous).postgres_settings()["synchronous_standby_names"]
        for profile, synchronous in [*((p, False) for p in WalProfile), (WalProfile.STREAM, True)]
    }
    assert {case for case, names in waits.items() if names} == {("stream", True)}


@pytest.mark.parametrize("profile", [WalProfile.ARCHIVE, WalProfile.ASYNC])
def test_what_does_not_stream_cannot_be_synchronous(profile):
    with pytest.raises(Refused) as refused:
        WalShipping(profile, synchronous=True)
    assert str(refused.value) == (
        f"error SP102: profile '{profile}' cannot be synchronous: nothing streams\n"
        "  where: --synchronous\n"
        "  fix:   use --profile stream with it"
    )


def test_an_unknown_profile_is_refused_by_name():
    with pytest.raises(Refused) as refused:
        WalProfile.named("streaming")
    assert str(refused.value) == (
        "error SP102: no WAL profile is called 'streaming'\n"
        "  where: --profile\n"
        "  fix:   use one of: archive, async, stream"
    )


def test_only_async_needs_a_spool():
    assert [p.value for p in WalProfile if "spool-path" in WalShipping(p).pgbackrest_settings()] == ["async"]
