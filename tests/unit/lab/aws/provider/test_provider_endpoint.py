"""This provider talks to this machine and to nothing else, with nobody's credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from stormproof.core.errors import Refused
from stormproof.lab.aws.provider.catalogue import Catalogue
from stormproof.lab.aws.provider.clients import Clients, loopback_endpoint
from stormproof.lab.aws.provider.configuration import check, configure

CATALOGUE = Catalogue()


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:5000", "http://127.8.9.1:1", "http://[::1]:5000", "https://localhost:443/"]
)
def test_loopback_is_taken(endpoint: str):
    assert loopback_endpoint(endpoint) == endpoint.rstrip("/")


@pytest.mark.parametrize(
    "endpoint",
    [
        None, "", "127.0.0.1:5000", "http://127.0.0.1", "http://127.0.0.1:port", "ftp://127.0.0.1:21",
        "http://192.0.2.1:5000", "http://0.0.0.0:5000", "http://10.0.0.1:5000", "https://s3.eu-central-1.amazonaws.com",
        "http://localhost.example.com:5000", "http://127.0.0.1.example.com:5000", "http://169.254.169.254:80",
        "http://user@127.0.0.1:5000", "http://[::ffff:192.0.2.1]:5000", "http://[fe80::1]:5000",
    ],
)  # fmt: skip
def test_every_other_endpoint_is_refused_before_a_client_is_made(endpoint: str | None):
    with pytest.raises(Refused) as refused:
        Clients(endpoint)
    assert "STORMPROOF_AWS_ENDPOINT" in refused.value.where
    assert refused.value.fix


def test_an_endpoint_of_the_program_that_is_not_loopback_is_refused():
    configure(CATALOGUE, {"region": "eu-west-1", "endpoints": '[{"s3": "http://127.0.0.1:5000"}]'}, "")
    with pytest.raises(Refused, match="not an emulator"):
        configure(CATALOGUE, {"region": "eu-west-1", "endpoints": '[{"s3": "https://example.com:443"}]'}, "")


def test_credentials_are_dummies_whatever_the_user_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    theirs = tmp_path / "credentials"
    theirs.write_text("[default]\naws_access_key_id = theirs\naws_secret_access_key = theirs\n", encoding="utf-8")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(theirs))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "theirs")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "theirs")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://example.com")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://example.com")
    client = Clients("http://127.0.0.1:5000").client("s3", "eu-west-1")
    assert client._request_signer._credentials.access_key == "emulator"
    assert client.meta.endpoint_url == "http://127.0.0.1:5000"


def test_the_account_is_the_assumed_roles_or_the_first_allowed():
    assert configure(CATALOGUE, {"region": "eu-west-1"}, "").account == "123456789012"
    allowed = {"region": "eu-west-1", "allowedAccountIds": '["111122223333", "444455556666"]'}
    assert configure(CATALOGUE, allowed, "").account == "111122223333"
    assumed = {**allowed, "assumeRoles": '[{"roleArn": "arn:aws:iam::444455556666:role/deploy"}]'}
    assert configure(CATALOGUE, assumed, "").account == "444455556666"


def test_an_account_that_is_not_allowed_or_forbidden_is_refused():
    role = '[{"roleArn": "arn:aws:iam::999999999999:role/deploy"}]'
    with pytest.raises(Refused, match="not among the allowed"):
        configure(CATALOGUE, {"region": "eu-west-1", "allowedAccountIds": '["111122223333"]', "assumeRoles": role}, "")
    with pytest.raises(Refused, match="forbidden"):
        configure(CATALOGUE, {"region": "eu-west-1", "forbiddenAccountIds": '["123456789012"]'}, "")


def test_a_provider_without_a_region_is_refused_and_the_environments_is_the_last_resort():
    with pytest.raises(Refused, match="region"):
        configure(CATALOGUE, {}, "")
    assert configure(CATALOGUE, {}, "eu-north-1").region == "eu-north-1"


@pytest.mark.parametrize(
    ("given", "property_"),
    [
        ({"regoin": "eu-west-1"}, "regoin"),
        ({"allowedAccountIds": '"111122223333"'}, "allowedAccountIds"),
        ({"allowedAccountIds": "[111122223333]"}, "allowedAccountIds[0]"),
        ({"skipCredentialsValidation": '"yes"'}, "skipCredentialsValidation"),
        ({"assumeRoles": '[{"role": "arn"}]'}, "assumeRoles[0].role"),
    ],
)
def test_a_mistake_in_the_providers_own_arguments_is_told(given: dict[str, str], property_: str):
    assert [mistake.property for mistake in check(CATALOGUE, given)] == [property_]


def test_the_providers_arguments_come_as_json_texts():
    given = {
        "region": "eu-west-1",
        "version": "7.51.1",
        "defaultTags": '{"tags": {"a": "b"}}',
        "s3UsePathStyle": "true",
    }
    assert check(CATALOGUE, given) == []
    assert configure(CATALOGUE, given, "").default_tags == {"a": "b"}
