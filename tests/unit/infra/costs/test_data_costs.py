"""Keys and stores are counted as the program declares them."""

from __future__ import annotations

from typing import Any

import pytest

from infra.costs.data import COSTS, UnknownSize
from infra.costs.total import total
from infra.spec.settings import Layer
from tests.support.infra_components import settings


def _units(switch: str, layer: str = "primary", **stack: Any) -> list[float]:
    return [line.units for line in total(settings(layers=[layer], **stack), COSTS).lines if line.cost.switch == switch]


def test_keys_are_counted_layer_by_layer_and_the_replica_s_with_what_replicates() -> None:
    assert [_units("", layer) for layer in ("account", "primary", "recovery", "vault")] == [[1], [5], [1], [1]]
    assert _units("", data={"database": {"replicated": False}}) == [4]


@pytest.mark.parametrize(
    ("size", "units"), [("db.t4g.small", 0.5), ("db.t4g.medium", 1), ("db.m7g.large", 2), ("db.r7g.4xlarge", 16)]
)
def test_an_instance_is_paid_by_its_size_and_a_standby_again(size: str, units: float) -> None:
    data = {"database": {"instanceClass": size}}
    assert _units("data.database.instanceClass", data=data) == _units("data.database.multiAz", data=data) == [units]


def test_storage_is_paid_for_each_zone() -> None:
    assert _units("data.database.storageGib") == [100]
    assert _units("data.database.storageGib", data={"database": {"multiAz": False}}) == [50]


def test_a_size_without_a_price_is_told_and_not_left_out() -> None:
    with pytest.raises(UnknownSize, match="no price for the size '99xlarge'"):
        _units("data.database.multiAz", data={"database": {"instanceClass": "db.m7g.99xlarge"}})


def test_what_is_off_costs_nothing() -> None:
    off = dict.fromkeys(("database", "files", "table", "fileSystem", "secrets", "heartbeat"))
    found = total(settings(layers=[Layer.PRIMARY], data=off), COSTS)
    assert [line.cost.type for line in found.lines] == ["aws:kms/key:Key"]


def test_the_default_stores_cost_what_their_documentation_says() -> None:
    """About: a medium twice, 50 GB twice and a third time elsewhere, five keys, a secret, a heartbeat."""
    assert total(settings(layers=[Layer.PRIMARY]), COSTS).monthly_usd == pytest.approx(140, abs=10)
