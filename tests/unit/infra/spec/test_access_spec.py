"""What the settings of access refuse."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from infra.spec.access import AccessSpec, LayerName, Pipeline
from infra.spec.settings import Layer


@pytest.mark.parametrize("repository", ["*", "example/*", "*/shop", "example", "example/shop:pull_request"])
def test_a_pipeline_s_repository_is_one(repository: str) -> None:
    with pytest.raises(ValidationError):
        Pipeline(repository=repository)


@pytest.mark.parametrize("environment", ["*", "prod*", ""])
def test_an_environment_is_one(environment: str) -> None:
    with pytest.raises(ValidationError):
        Pipeline(repository="example/shop", environments={"primary": environment})


def test_the_vault_is_deployed_from_an_environment_of_its_own() -> None:
    assert Pipeline(repository="example/shop").environment("vault") == "production-vault"
    with pytest.raises(ValidationError, match="one approval reaches the backups too"):
        Pipeline(repository="example/shop", environments={"vault": "production"})


@pytest.mark.parametrize("key", ["preview_environment", "drill_environment"])
def test_what_looks_and_what_drills_come_from_environments_that_deploy_nothing(key: str) -> None:
    changes: dict[str, Any] = {key: "production"}
    with pytest.raises(ValidationError, match="deploy nothing"):
        Pipeline(repository="example/shop", **changes)


def test_people_are_named_without_a_wildcard() -> None:
    with pytest.raises(ValidationError):
        AccessSpec(people=("arn:aws:iam::999999999999:role/*",))


def test_a_layer_that_there_is_not_is_a_mistake() -> None:
    environments: dict[Any, str] = {"vaults": "production-vault"}
    with pytest.raises(ValidationError, match="vaults"):
        Pipeline(repository="example/shop", environments=environments)


def test_the_names_of_layers_are_those_of_the_settings() -> None:
    assert set(get_args(LayerName)) == {layer.value for layer in Layer}
