"""A graph tells what a value means, whether or not it is known at preview."""

from __future__ import annotations

from dataclasses import replace

import pytest
from declared import Ref, program, res, urn

from stormproof.core.infra.resource_graph import UNKNOWN

VAULT = "aws:backup/vault:Vault"
LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"


def test_a_known_value_means_the_resource_of_that_name() -> None:
    graph = program(
        res(VAULT, "a", name="copies"), res(VAULT, "b", name="other"), res(LOCK, "lock", backupVaultName="copies")
    )
    assert [one.name for one in graph.targets(graph.of(LOCK)[0], "backupVaultName", VAULT)] == ["a"]


def test_an_unknown_value_means_what_it_was_made_from() -> None:
    graph = program(res(VAULT, "a"), res(VAULT, "b"), res(LOCK, "lock", backupVaultName=Ref("b")))
    assert [one.name for one in graph.targets(graph.of(LOCK)[0], "backupVaultName", VAULT)] == ["b"]


def test_a_known_value_that_nothing_here_has_means_nothing_even_beside_a_dependency() -> None:
    lock = res(LOCK, "lock", backupVaultName="elsewhere")
    assert program(res(VAULT, "a", name="copies"), lock).targets(lock, "backupVaultName", VAULT) == []


@pytest.mark.parametrize(("told", "meant"), [({}, ["a"]), ({"id": "vault-1"}, []), ({"id": "vault-2"}, ["a"])])
def test_what_a_known_value_was_made_from_is_meant_where_nobody_told_its_id(
    told: dict[str, str], meant: list[str]
) -> None:
    """Seen at `up`: a pack is told what points at a thing, and not the thing's own id."""
    lock = replace(res(LOCK, "lock", backupVaultName="vault-2"), depends={"backupVaultName": (urn("a"),)})
    graph = program(res(VAULT, "a", name="copies", **told), lock)
    assert [one.name for one in graph.targets(lock, "backupVaultName", VAULT)] == meant


def test_what_points_at_a_resource_is_found_from_its_side() -> None:
    vault = res(VAULT, "a")
    graph = program(vault, res(LOCK, "lock", backupVaultName=Ref("a")), res(LOCK, "other", backupVaultName="x"))
    assert [one.name for one in graph.pointing_at(vault, "backupVaultName", LOCK)] == ["lock"]


def test_a_resource_of_another_type_is_not_meant_by_the_same_name() -> None:
    topic = res("aws:sns/topic:Topic", "t", name="copies")
    lock = res(LOCK, "lock", backupVaultName="copies")
    assert program(topic, lock).targets(lock, "backupVaultName", VAULT) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "copies"),
        ("rules.0.lifecycle.deleteAfter", 35),
        ("rules.1", None),
        ("rules.x", None),
        ("absent.below", None),
        ("later", UNKNOWN),
        ("later.below", UNKNOWN),
        ("empty", None),
    ],
)
def test_a_dotted_path(path: str, value: object) -> None:
    one = res(VAULT, "a", name="copies", rules=[{"lifecycle": {"deleteAfter": 35}}], later=Ref("b"), empty=None)
    assert one.get(path) == value


def test_a_single_block_counts_as_a_list_of_one() -> None:
    assert res(VAULT, "a", rule={"x": 1}).items("rule") == [{"x": 1}]
    assert res(VAULT, "a").items("rule") == []
    assert res(VAULT, "a", rule=Ref("b")).items("rule") is UNKNOWN


def test_an_unknown_value_has_no_truth() -> None:
    with pytest.raises(TypeError, match="has no truth"):
        bool(UNKNOWN)


@pytest.mark.parametrize(
    ("tags", "value"), [({"tier": "data"}, "data"), ({}, None), ({"tier": Ref("x")}, UNKNOWN), (Ref("x"), UNKNOWN)]
)
def test_a_tag_is_there_absent_or_unknown(tags: object, value: object) -> None:
    assert res(VAULT, "a", tags=tags).tag("tier") == value


def test_a_computed_arn_means_the_resource_whose_name_it_ends_in() -> None:
    vault = res(VAULT, "a", name="acme-copies")
    graph = program(vault, res(VAULT, "b", name="copies"))
    for arn in ("arn:aws:backup:eu-central-1:111122223333:backup-vault:acme-copies", "arn:aws:x:::vaults/acme-copies"):
        plan = res("aws:backup/plan:Plan", "plan", to=arn)
        assert graph.targets(plan, "to", VAULT) == [vault]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:backup:eu-west-1:111122223333:backup-vault:acme-copies",
        "arn:aws:backup:eu-central-1:111122223333:backup-vault:copies",
        "acme-copies:",
        "arn:aws:backup",
    ],
)
def test_an_arn_of_another_region_or_name_means_nothing_here(arn: str) -> None:
    graph = program(res(VAULT, "a", name="acme-copies"))
    assert graph.targets(res("aws:backup/plan:Plan", "plan", to=arn), "to", VAULT) == []


def test_a_resource_whose_own_arn_is_known_is_meant_by_that_alone() -> None:
    vault = res(VAULT, "a", name="copies", arn="arn:aws:backup:eu-central-1:444455556666:backup-vault:copies")
    plan = res("aws:backup/plan:Plan", "plan", to="arn:aws:backup:eu-central-1:111122223333:backup-vault:copies")
    assert program(vault).targets(plan, "to", VAULT) == []


def test_of_two_with_one_name_the_nearer_is_meant() -> None:
    here, there = res(VAULT, "a", name="copies"), res(VAULT, "b", name="copies", region="eu-west-1")
    graph = program(here, there)
    assert graph.targets(res(LOCK, "l", backupVaultName="copies"), "backupVaultName", VAULT) == [here]
    assert graph.targets(res(LOCK, "l", backupVaultName="copies", region="eu-west-1"), "backupVaultName", VAULT) == [
        there
    ]
    far = res(LOCK, "l", backupVaultName="copies", region="eu-north-1")
    assert graph.targets(far, "backupVaultName", VAULT) == [here, there]
