"""What points a client at the emulator, and that nothing else can be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from stormproof.core.errors import Refused
from stormproof.lab.aws.emulator import account_of, settings, without_aws
from stormproof.lab.aws.engine import engine_environment, find_program, last_words, stand_in, vendor_plugin

HERE = "http://127.0.0.1:1234"
ELSEWHERE = [
    "https://sts.eu-central-1.amazonaws.com", "http://10.0.0.1:1234", "http://127.0.0.1.example.com:80",
    "http://example.com@127.0.0.1:80", "http://0.0.0.0:80", "ftp://127.0.0.1:21", "127.0.0.1:80", "",
]  # fmt: skip


@pytest.mark.parametrize("endpoint", ELSEWHERE)
def test_an_endpoint_that_is_not_loopback_is_refused(endpoint: str) -> None:
    with pytest.raises(Refused):
        settings(endpoint, region="eu-central-1")
    with pytest.raises(Refused):
        account_of(endpoint)


@pytest.mark.parametrize("endpoint", [HERE, "http://localhost:1234", "http://[::1]:1234", "http://127.8.8.8:1234"])
def test_loopback_is_taken(endpoint: str) -> None:
    assert settings(endpoint, region="eu-central-1")["STORMPROOF_AWS_ENDPOINT"] == endpoint


def test_the_person_s_own_account_cannot_be_reached(tmp_path: Path) -> None:
    person = {
        "PATH": "/usr/bin", "HOME": "/home/sam", "AWS_PROFILE": "prod", "AWS_ACCESS_KEY_ID": "real",
        "AWS_SESSION_TOKEN": "real", "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/token", "AWS_ENDPOINT_URL_S3": "https://s3",
        "PULUMI_ACCESS_TOKEN": "real", "PULUMI_BACKEND_URL": "https://elsewhere",
    }  # fmt: skip
    made = engine_environment(person, tmp_path, endpoint=HERE, provider=None)
    assert "real" not in made.values()
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ENDPOINT_URL_S3"} & set(
        made
    ) == set()
    assert made["AWS_ENDPOINT_URL"] == HERE
    assert made["AWS_CONFIG_FILE"] == made["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert made["PULUMI_BACKEND_URL"].startswith(f"file://{tmp_path}")
    assert "PULUMI_ACCESS_TOKEN" not in made
    assert without_aws({"AWSOME": "kept", "AWS_X": "gone"}) == {"AWSOME": "kept"}


def test_two_rehearsals_have_two_passphrases(tmp_path: Path) -> None:
    made = [engine_environment({"PATH": ""}, tmp_path, endpoint=HERE, provider=None) for _ in range(2)]
    assert made[0]["PULUMI_CONFIG_PASSPHRASE"] != made[1]["PULUMI_CONFIG_PASSPHRASE"]


def test_our_provider_comes_before_whatever_is_on_path(tmp_path: Path) -> None:
    programs = stand_in(tmp_path)
    made = engine_environment({"PATH": "/usr/bin"}, tmp_path, endpoint=HERE, provider=programs)
    assert made["PATH"] == f"{programs}:/usr/bin"
    assert (programs / "pulumi-resource-aws").stat().st_mode & 0o111


def test_the_vendor_s_plugin_is_used_in_the_version_that_the_sdk_asks_for(tmp_path: Path) -> None:
    from importlib.metadata import version

    def install(number: str) -> Path:
        folder = tmp_path / "plugins" / f"resource-aws-v{number}"
        folder.mkdir(parents=True)
        (folder / "pulumi-resource-aws").touch()
        return folder

    install("6.0.0")
    assert vendor_plugin({"PULUMI_HOME": str(tmp_path)}) is None
    fitting = install(version("pulumi_aws"))
    assert vendor_plugin({"PULUMI_HOME": str(tmp_path)}) == fitting


def test_without_a_cli_the_fix_names_the_script() -> None:
    from stormproof.core.errors import SetupFailed

    with pytest.raises(SetupFailed) as raised:
        find_program({"PATH": "/nowhere"})
    assert "scripts/infra" in raised.value.fix


@pytest.mark.parametrize(("output", "words"), [("a\nerror: it broke\n\n", "it broke"), ("", "it said nothing")])
def test_the_engine_s_last_words(output: str, words: str) -> None:
    assert last_words(output) == words
