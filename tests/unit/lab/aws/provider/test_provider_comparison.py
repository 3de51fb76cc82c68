"""What the emulator holds against what was declared: equal in meaning, or seen as different."""

from __future__ import annotations

from typing import Any

import pytest

from stormproof.lab.aws.provider.comparison import as_declared, same

ALIKE: list[tuple[Any, Any]] = [
    ("a", "a"), (True, "true"), (30, "30"), (30.0, 30), (None, []), ("", None), (False, None),
    ({"status": "Enabled"}, {"Status": "Enabled", "MFADelete": "Disabled"}),
    (["a", "b"], ["b", "a"]),
    ([{"cidr": "192.0.2.0/24"}], [{"Cidr": "192.0.2.0/24", "Description": ""}]),
    ('{"Statement":[{"Action":["a"]}]}', {"Statement": {"Action": "a"}}),
    ("arn:aws:kms:eu-west-1:123456789012:key/1234", "1234"),
    ("1234", "arn:aws:kms:eu-west-1:123456789012:key/1234"),
]  # fmt: skip
UNLIKE: list[tuple[Any, Any]] = [
    ("a", "b"), (True, "false"), (True, None), (30, 31), ("a", None), (["a"], ["a", "b"]), (["a", "b"], ["a"]),
    (["a", "a"], ["a", "b"]), ({"status": "Enabled"}, {"Status": "Suspended"}), ({"status": "Enabled"}, {}),
    ('{"Statement":[{"Action":["a"]}]}', '{"Statement":[{"Action":["a","b"]}]}'),
    ("arn:aws:kms:eu-west-1:123456789012:key/1234", "arn:aws:kms:eu-north-1:123456789012:key/1234"),
    ("arn:aws:kms:eu-west-1:123456789012:key/1234", "4321"), ([], ["rule"]),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "actual"), ALIKE)
def test_the_same_in_other_words_is_the_same(declared: Any, actual: Any):
    assert same(declared, actual)


@pytest.mark.parametrize(("declared", "actual"), UNLIKE)
def test_another_meaning_is_a_difference(declared: Any, actual: Any):
    assert not same(declared, actual)


@pytest.mark.parametrize(
    ("declared", "actual", "told"),
    [
        ({"status": "Enabled"}, {"Status": "Suspended", "More": 1}, {"status": "Suspended"}),
        (True, "false", False),
        ("x", "y", "y"),
        (7, "8", 8),
        ("{}", {"Statement": []}, '{"Statement": []}'),
        ([{"cidr": "a"}], [{"Cidr": "b"}], [{"cidr": "b"}]),
    ],
)
def test_a_difference_is_told_in_the_words_of_the_declaration(declared: Any, actual: Any, told: Any):
    assert as_declared(declared, actual) == told
