"""The harness that runs programs under mocks: it tells guards and dependencies, and what a preview cannot know."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi_aws import Provider, get_caller_identity_output, s3, sns
from pulumi_mocks import Declared, Lookup, declared, graph_of, run

from infra.policy.rules.stateful_protected import RULE
from stormproof.core.infra.resource_graph import UNKNOWN
from stormproof.core.infra.rule import RuleVerdict

BUCKET, VERSIONING = "aws:s3/bucket:Bucket", "aws:s3/bucketVersioning:BucketVersioning"


def _program(*, protect: bool = True) -> dict[str, Any]:
    there = Provider("there", region="eu-west-1", allowed_account_ids=["111122223333"])
    bucket = s3.Bucket(
        "files", bucket="shop-files",
        opts=pulumi.ResourceOptions(provider=there, protect=protect, retain_on_delete=True, delete_before_replace=True),
    )  # fmt: skip
    s3.BucketVersioning(
        "files", bucket=bucket.id, versioning_configuration={"status": "Enabled"},
        opts=pulumi.ResourceOptions(parent=bucket, ignore_changes=["mfa"]),
    )  # fmt: skip
    topic = sns.Topic("notices", name="notices", region="eu-north-1", opts=pulumi.ResourceOptions(provider=there))
    return {"bucket": bucket.id, "topics": {"notices": topic.arn}, "word": pulumi.Output.secret("hush")}


def _by_type(seen: list[Declared]) -> dict[str, Declared]:
    return {one.type: one for one in seen}


def test_options_that_guard_are_told() -> None:
    seen = _by_type(declared(_program))
    bucket, versioning = seen[BUCKET], seen[VERSIONING]
    assert (bucket.protect, bucket.retain, bucket.delete_before_replace) == (True, True, True)
    assert versioning.ignore_changes == ("mfa",)
    assert versioning.protect, "Pulumi hands protection on from a parent"
    assert not versioning.retain
    assert versioning.parent == bucket.urn


def test_dependencies_are_told_by_property() -> None:
    seen = _by_type(declared(_program))
    assert seen[VERSIONING].depends["bucket"] == (seen[BUCKET].urn,)
    assert seen[BUCKET].urn in seen[VERSIONING].depends_on


def test_account_and_region_are_the_provider_s_where_the_resource_names_none() -> None:
    seen = _by_type(declared(_program))
    assert [(one.account, one.region) for one in seen.values()] == [
        ("111122223333", "eu-west-1"), ("111122223333", "eu-north-1"), ("111122223333", "eu-west-1")
    ]  # fmt: skip


def test_ids_and_arns_are_such_as_aws_makes() -> None:
    seen = _by_type(declared(_program))
    assert seen[VERSIONING].inputs["bucket"] == "shop-files"
    assert seen["aws:sns/topic:Topic"].id == "arn:aws:sns:eu-north-1:111122223333:notices"


def test_a_preview_does_not_know_what_is_not_made_yet() -> None:
    seen = _by_type(declared(_program, preview=True))
    assert seen[VERSIONING].inputs["bucket"] is UNKNOWN
    assert seen[BUCKET].inputs["bucket"] == "shop-files"
    graph = graph_of(list(seen.values()))
    (versioning,) = graph.of(VERSIONING)
    assert [one.name for one in graph.targets(versioning, "bucket", BUCKET)] == ["files"]


def test_outputs_are_told_and_which_are_secret() -> None:
    known = run(_program).outputs
    assert (known["bucket"].value, known["bucket"].secret) == ("shop-files", False)
    assert known["word"].secret
    assert run(_program, preview=True).outputs["topics"].value is UNKNOWN


def test_rules_read_protection_from_it() -> None:
    def verdicts(protect: bool) -> set[RuleVerdict]:
        return {one.verdict for one in RULE.check(graph_of(declared(lambda: _program(protect=protect))))}

    assert verdicts(True) == {RuleVerdict.PASSED}
    assert verdicts(False) == {RuleVerdict.FAILED}


def test_a_look_up_is_refused() -> None:
    with pytest.raises(Lookup, match="getCallerIdentity"):
        declared(lambda: {"account": get_caller_identity_output().account_id})


def test_a_program_s_own_error_comes_through() -> None:
    def program() -> None:
        raise ValueError("no such layer")

    with pytest.raises(ValueError, match="no such layer"):
        declared(program)
