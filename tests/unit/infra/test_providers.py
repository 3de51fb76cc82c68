"""Each layer's provider touches one account; an emulator is on this machine and only for what may be thrown away."""

from __future__ import annotations

import json

import pytest
import stacks
from pulumi_mocks import run

from infra.naming import Place
from infra.providers import EMULATED, ENDPOINT_VARIABLE, NotLoopback, check_loopback, provider

PLACE = Place("111122223333", "eu-central-1")


def _inputs(stack: str, *, preview: bool = False) -> dict[str, str]:
    settings = stacks.settings(stack)

    def program() -> None:
        provider("one", PLACE, settings)

    (inputs,) = run(program, preview=preview).providers.values()
    return inputs


@pytest.fixture(autouse=True)
def _no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENDPOINT_VARIABLE, raising=False)


def test_it_may_touch_one_account_in_one_region() -> None:
    inputs = _inputs("prod-primary")
    assert json.loads(inputs["allowedAccountIds"]) == ["111122223333"]
    assert inputs["region"] == "eu-central-1"


def test_credentials_are_never_configured() -> None:
    assert not {"accessKey", "secretKey", "token", "profile"} & set(_inputs("prod-primary"))


def test_the_emulator_stands_in_for_every_service_of_a_disposable_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT_VARIABLE, "http://127.0.0.1:5555")
    (endpoints,) = json.loads(_inputs("lab")["endpoints"])
    assert set(endpoints) == {service.rstrip("_") for service in EMULATED}
    assert set(endpoints.values()) == {"http://127.0.0.1:5555"}


def test_a_stack_that_is_not_disposable_is_previewed_on_an_emulator_and_never_brought_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ENDPOINT_VARIABLE, "http://127.0.0.1:5555")
    assert "endpoints" in _inputs("prod-primary", preview=True)
    with pytest.raises(NotLoopback, match=f"{ENDPOINT_VARIABLE} is set, and this stack is not disposable: unset it"):
        _inputs("prod-primary")


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:5555", "http://localhost:5555", "http://[::1]:5555"])
def test_this_machine_is_accepted(endpoint: str) -> None:
    check_loopback(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://ec2.eu-central-1.amazonaws.com",
        "http://192.0.2.7:5555",
        "http://0.0.0.0:5555",
        "http://127.0.0.1@198.51.100.7:5555",
        "http://localhost.example.com:5555",
        "127.0.0.1:5555",
        "moto",
    ],
)
def test_any_other_machine_is_refused(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotLoopback, match="is not on this machine"):
        check_loopback(endpoint)
    monkeypatch.setenv(ENDPOINT_VARIABLE, endpoint)
    with pytest.raises(NotLoopback):
        _inputs("lab")
