"""Values on Pulumi's wire: marks come off before AWS sees them, and stay on in the state."""

from __future__ import annotations

from stormproof.lab.aws.provider import wire


def test_a_secret_is_taken_out_of_its_wrapping_at_every_depth():
    wrapped = {wire.SIGNATURE: wire.SECRET, "value": {"a": [{wire.SIGNATURE: wire.SECRET, "value": "b"}]}}
    assert wire.unwrap(wrapped) == {"a": ["b"]}


def test_an_output_without_a_value_is_unknown():
    assert wire.unwrap({wire.SIGNATURE: wire.OUTPUT}) == wire.UNKNOWN
    assert wire.unwrap({wire.SIGNATURE: wire.OUTPUT, "value": 3.0}) == 3


def test_whole_numbers_become_whole_and_others_stay():
    assert wire.unwrap({"days": 30.0, "share": 0.5, "on": True}) == {"days": 30, "share": 0.5, "on": True}
    assert isinstance(wire.unwrap(30.0), int)


def test_what_is_unknown_is_seen_at_every_depth():
    assert wire.has_unknown({"a": [{"b": wire.UNKNOWN}]})
    assert not wire.has_unknown({"a": [{"b": "known"}]})


def test_a_file_stays_a_file():
    archive = {wire.SIGNATURE: wire.ARCHIVE, "path": "code"}
    assert wire.unwrap(archive) == archive
    assert wire.is_file(archive)


def test_values_come_back_as_they_went():
    values = {"a": [1.0, "x", {"b": True}], "none": None}
    assert wire.from_struct(wire.to_struct(values)) == {"a": [1.0, "x", {"b": True}]}
