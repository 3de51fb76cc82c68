"""Policy documents are built as data, and read back as they were meant."""

from __future__ import annotations

import json

import pytest

from infra.components.documents import compact, deny, document, statement
from stormproof.core.infra.policy_document import PolicyDocument, read_policy


def test_what_is_built_is_what_iam_reads() -> None:
    read = read_policy(
        document(statement("Reads", "s3:GetObject", "arn:aws:s3:::a/*"), deny("NoKeys", ("kms:Decrypt",)))
    )
    assert isinstance(read, PolicyDocument)
    [allowing], [denying] = list(read.allowing), list(read.denying)
    assert allowing.covers_action("s3:GetObject")
    assert denying.covers_action("kms:Decrypt")


def test_all_but_some_resources_are_not_all() -> None:
    one = deny("NoObjects", "s3:GetObject", not_resources="arn:aws:s3:::state/*")
    assert "Resource" not in one
    assert one["NotResource"] == "arn:aws:s3:::state/*"


@pytest.mark.parametrize(("actions", "not_actions"), [((), ()), ("s3:*", "iam:*")])
def test_a_statement_says_what_or_what_not(actions: str, not_actions: str) -> None:
    with pytest.raises(AssertionError, match="actions or not_actions"):
        statement("Both", actions, not_actions=not_actions)


def test_a_compact_document_is_the_same_without_a_space() -> None:
    one = statement("Reads", "s3:GetObject")
    assert " " not in compact(one)
    assert json.loads(compact(one)) == json.loads(document(one))
