"""Configuration reaches the pack both ways: in the environment, and in the engine's call."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from packed import Engine
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, StackValidationPolicy, policy

from infra.policy import stack_config


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    monkeypatch.setattr(policy._PolicyAnalyzerServicer, "ConfigureStack", policy._PolicyAnalyzerServicer.ConfigureStack)
    yield
    stack_config._told.clear()


def _engine() -> Engine:
    look = StackValidationPolicy(name="look", description="looks", validate=lambda args, report: None)
    look.enforcement_level = EnforcementLevel.ADVISORY
    return Engine([look])


def test_what_the_engine_says_is_kept() -> None:
    stack_config.listen()
    request = analyzer_pb2.AnalyzerStackConfigureRequest(config={"stormproof:layer": "vault"}, tags={"team": "x"})
    _engine().servicer.ConfigureStack(request, None)
    assert stack_config.stack_config() == {"stormproof:layer": "vault"}


def test_each_stack_replaces_what_the_last_one_said() -> None:
    stack_config.listen()
    for config in ({"stormproof:layer": "vault"}, {"aws:region": "eu-central-1"}):
        _engine().servicer.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(config=config), None)
    assert stack_config.stack_config() == {"aws:region": "eu-central-1"}


def test_an_older_engine_puts_it_into_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"stormproof:layer": "account"}))
    assert stack_config.stack_config() == {"stormproof:layer": "account"}


def test_a_program_without_configuration_has_none() -> None:
    assert stack_config.stack_config() == {}
