"""The lines that the scripts of a proof print, read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormproof.adapters.isolation_script import Ran, read_records


def test_fields_are_taken_back_as_they_were() -> None:
    text = "route\tdefault via 10.0.0.1%09dev eth0\nname\tapp%C3%A4\tnone\nlooked\troutes\ndone\t0.5\n"
    assert read_records(text) == {
        "route": [("default via 10.0.0.1\tdev eth0",)],
        "name": [("appä", "none")],
        "looked": [("routes",)],
        "done": [("0.5",)],
    }


def test_what_a_login_script_prints_is_no_record() -> None:
    assert "Welcome to recovery-1!" not in read_records("Welcome to recovery-1!\n\n\nprobe\ta\n")


@given(st.text())
def test_no_output_is_a_crash(text: str) -> None:
    read_records(text)


@pytest.mark.parametrize(
    ("took", "offset", "bounds"),
    [("0.5", 0.2, (10.2, 10.7)), ("0.5", 0.5, (10.5, 11.0)), ("1.0", 0.0, (10.0, 10.0)), ("x", 0.2, (10.2, 11.0))],
)
def test_an_instant_on_the_host_lies_between_what_the_control_side_saw(
    took: str, offset: float, bounds: tuple[float, float]
) -> None:
    ran = Ran({"done": [(took,)]}, None, began=10.0, ended=11.0)
    assert ran.bounds(offset) == pytest.approx(bounds)
