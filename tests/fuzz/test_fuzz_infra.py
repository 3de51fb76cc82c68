"""Previews, states, outputs, kept copies, exceptions and stacks' files: read or refused, and nothing refused slips by."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from mutating import as_text, broken_bytes, broken_documents, broken_texts, outcome

from stormproof.adapters.infra_inventory import InventoryCopies
from stormproof.cli.infra import load_rules
from stormproof.core.errors import Refused, StormproofError
from stormproof.core.infra.check import check
from stormproof.core.infra.exceptions import read_exceptions
from stormproof.core.infra.preview import SEALED, SIGNATURE, UNKNOWN_SENTINELS, read_preview, read_state
from stormproof.core.infra.recovery_inventory import InventoryCopy, read_copy, read_outputs
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.stack_file import configuration
from stormproof.core.yaml_text import read_yaml
from stormproof.report import infra_check as views

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 3, 1)
PROVIDER = "urn:pulumi:prod::acme::pulumi:providers:aws::frankfurt"


def state(kind: str, name: str, /, **inputs: Any) -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:prod::acme::{kind}::{name}", "type": kind, "custom": True, "inputs": inputs,
        "outputs": {**inputs, "arn": f"arn:aws:x:eu-central-1:111122223333:{name}"}, "provider": f"{PROVIDER}::0",
        "propertyDependencies": {"bucket": [f"urn:pulumi:prod::acme::aws:s3/bucket:Bucket::{name}"]},
        "dependencies": [], "protect": True, "retainOnDelete": False,
    }  # fmt: skip


POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": "*"}]})  # fmt: skip
STATES = [
    {"urn": PROVIDER, "type": "pulumi:providers:aws", "inputs": {"region": "eu-central-1"}},
    state("aws:s3/bucket:Bucket", "logs", bucket="logs", tags={"owner": "x"}),
    state("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "logs", bucket="logs", blockPublicAcls=True),
    state("aws:s3/bucketPolicy:BucketPolicy", "logs", bucket="logs", policy=POLICY),
    state("aws:kms/key:Key", "key", enableKeyRotation=False, policy=POLICY, deletionWindowInDays=7.0),
    state("aws:iam/role:Role", "role", assumeRolePolicy=POLICY, inlinePolicies=[{"name": "x", "policy": POLICY}]),
    state("aws:iam/user:User", "somebody", name="somebody"),
    state("aws:ec2/securityGroup:SecurityGroup", "open", vpcId="vpc", ingress=[{"fromPort": 22, "toPort": 22, "protocol": "tcp", "cidrBlocks": ["0.0.0.0/0"]}]),
    state("aws:ec2/vpc:Vpc", "vpc", cidrBlock="10.0.0.0/16"),
    state("aws:rds/instance:Instance", "db", storageEncrypted=False, deletionProtection=False, backupRetentionPeriod=0, publiclyAccessible=True, password={SIGNATURE: SEALED, "plaintext": '"x"'}),
    state("aws:backup/plan:Plan", "plan", name="plan", rules=[{"ruleName": "r", "schedule": "cron(0 5 ? * * *)", "lifecycle": {"deleteAfter": 35}, "targetVaultName": sorted(UNKNOWN_SENTINELS)[0]}]),
    state("aws:backup/vault:Vault", "vault", name="vault"),
    state("aws:backup/selection:Selection", "all", planId="plan", resources=["*"], selectionTags=[{"type": "STRINGEQUALS", "key": "backup", "value": "yes"}]),
    state("aws:lb/listener:Listener", "web", port=80, protocol="HTTP", defaultActions=[{"type": "forward"}]),
    state("aws:dynamodb/table:Table", "table", name="table", deletionProtectionEnabled=False),
    state("aws:sqs/queue:Queue", "queue", policy=POLICY),
    state("aws:cloudtrail/trail:Trail", "trail", isMultiRegionTrail=False),
]  # fmt: skip
PREVIEW = {"config": {"stormproof:layer": "all"}, "steps": [{"op": "create", "newState": one} for one in STATES]}
STATE = {"version": 3, "deployment": {"resources": STATES}}
OUTPUTS = {
    "vpcId": "vpc-1",
    "subnets": {"data": ["subnet-1", "subnet-2"]},
    "keyArn": "arn:aws:kms:eu-central-1:1:key/x",
}
COPY = InventoryCopy("prod-vault", datetime(2026, 3, 1, tzinfo=UTC), "pulumi stack output", OUTPUTS).as_text()
RULES = load_rules(ROOT)
EXCEPTIONS = """exceptions:
  - rule: s3-encrypted
    resource: logs
    owner: platform@example.com
    reason: the provider's own encryption is enough here
    expires: 2026-03-31
  - rule: iam-no-users
    resource: "urn:*::somebody"
    owner: platform@example.com
    reason: a break-glass user that is watched
    expires: 2026-02-28
"""
STACK = (ROOT / "Pulumi.prod-vault.yaml").read_text()


def preview(text: str) -> Any:
    return outcome(lambda: read_preview(text, file="preview.json"))


def judged(graph: ResourceGraph) -> Any:
    """Every rule's answer, in every form in which people get it."""
    checked = check(RULES, graph, today=TODAY)
    json.dumps(views.as_json(checked), ensure_ascii=False).encode()
    views.junit_xml(checked).encode()
    views.sarif(checked, program="p").encode()
    "\n".join(views.lines(checked)).encode()
    return checked


def test_the_whole_program_is_refused_so_that_the_others_mean_something() -> None:
    checked = judged(preview(as_text(PREVIEW)))
    assert checked.exit_code == 3
    assert len({one.rule.id for one in checked.refused}) > 10


@given(st.one_of(broken_texts(as_text(PREVIEW)), broken_documents(PREVIEW).map(as_text)))
@example("[" * 100_000)
@example('{"steps": [{"op": "create", "newState": {"inputs": ' + '{"a":' * 600 + "1" + "}" * 603 + "]}")
def test_any_text_is_a_program_or_refused(text: str) -> None:
    found = preview(text)
    if isinstance(found, ResourceGraph):
        judged(found)


@given(st.one_of(broken_texts(as_text(STATE)), broken_documents(STATE).map(as_text)))
def test_any_text_is_a_state_or_refused(text: str) -> None:
    found = outcome(lambda: read_state(text, file="state.json"))
    if isinstance(found, ResourceGraph):
        judged(found)


@given(data=st.data())
def test_any_value_of_any_property_is_judged(data: st.DataObject) -> None:
    """Each rule meets each kind of value where it looks for another."""
    place = data.draw(st.integers(1, len(STATES) - 1))
    inputs = data.draw(broken_documents(STATES[place]["inputs"]))
    steps = [
        {"op": "create", "newState": {**one, "inputs": inputs} if n == place else one} for n, one in enumerate(STATES)
    ]
    found = preview(as_text({**PREVIEW, "steps": steps}))
    if isinstance(found, ResourceGraph):
        judged(found)


@given(broken_documents(STATES[:6]))
def test_a_bad_resource_is_refused_whatever_else_is_declared(others: Any) -> None:
    bad = state("aws:iam/user:User", "the-one", name="the-one")
    found = preview(
        as_text(
            {
                **PREVIEW,
                "steps": [
                    {"op": "create", "newState": one} for one in [*(others if isinstance(others, list) else []), bad]
                ],
            }
        )
    )
    if isinstance(found, ResourceGraph):
        refused = [one for one in judged(found).refused if one.rule.id == "iam-no-users"]
        assert "the-one" in {one.answer.resource.name for one in refused if one.answer.resource}


@given(st.one_of(broken_texts(as_text(OUTPUTS)), broken_documents(OUTPUTS).map(as_text)))
def test_any_text_is_a_stacks_outputs_or_refused(text: str) -> None:
    found = outcome(lambda: read_outputs(text, source="s"))
    if isinstance(found, dict):
        copy = InventoryCopy("s", datetime(2026, 3, 1, tzinfo=UTC), "s", found)
        again = outcome(lambda: read_copy(copy.as_text(), file="f"))
        assert isinstance(again, InventoryCopy)
        assert again.flat() == copy.flat()
        copy.as_text().encode()


@given(
    broken_documents(OUTPUTS),
    st.sampled_from([{"dbPassword": "x"}, {"a": {SIGNATURE: SEALED, "value": "x"}}, {"a": "[secret]"}]),
)
def test_a_secret_is_never_kept_whatever_else_is_given_out(document: Any, secret: dict[str, Any]) -> None:
    if isinstance(document, dict):
        found = outcome(lambda: read_outputs(as_text({**document, **secret}), source="s"))
        assert isinstance(found, StormproofError)
        nested = outcome(lambda: read_outputs(as_text({**document, "deep": [{"deeper": secret}]}), source="s"))
        assert isinstance(nested, Refused)


@given(st.one_of(broken_texts(COPY), broken_documents(json.loads(COPY)).map(as_text)))
@example("[" * 100_000)
def test_a_kept_copy_is_read_or_told_as_damaged(text: str) -> None:
    found = outcome(lambda: read_copy(text, file="f"))
    if isinstance(found, InventoryCopy):
        found.age_seconds(datetime(2026, 3, 2, tzinfo=UTC))
        found.pulled_at.isoformat()
        found.flat()


@given(data=st.data())
def test_a_damaged_newest_copy_is_told_and_never_passed_over(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("copies")
    (folder / "prod-vault").mkdir()
    (folder / "prod-vault" / "20260301T000000Z.json").write_bytes(data.draw(broken_bytes(COPY.encode())))
    (folder / "prod-vault" / "20260201T000000Z.json").write_text(COPY)
    found = outcome(lambda: InventoryCopies(folder).newest("prod-vault"))
    if isinstance(found, tuple):
        assert found[1].name == "20260301T000000Z.json"


@given(
    st.one_of(broken_texts(EXCEPTIONS), broken_documents(yaml.safe_load(EXCEPTIONS)).map(lambda d: yaml.safe_dump(d)))
)
def test_exceptions_are_read_or_every_mistake_is_named(text: str) -> None:
    found = outcome(lambda: read_exceptions(text, file="exceptions.yaml", today=TODAY))
    if isinstance(found, list):
        graph = preview(as_text(PREVIEW))
        checked = check(RULES[:3], graph, exceptions=found, today=TODAY)
        assert {one.rule for one in checked.expired} == {one.rule for one in found if one.expires < TODAY}


@given(broken_texts(STACK))
def test_a_stacks_file_is_read_or_every_mistake_is_named(text: str) -> None:
    found = outcome(lambda: configuration(read_yaml(text, file="Pulumi.x.yaml")))
    if isinstance(found, dict):
        assert all(isinstance(value, str) for value in found.values())
