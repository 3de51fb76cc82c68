"""Who may do what with a key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.components.key_policy import key_policy
from infra.naming import Names, Place
from infra.spec.key_table import EVENTS, PUBLISHERS, KeySpec, layer_keys
from infra.spec.settings import DataClass, Layer
from stormproof.core.infra.policy_document import PolicyDocument, Statement, read_policy
from tests.support.iam_verdicts import verdict
from tests.support.infra_components import settings

NAMES, PLACE = Names("shop", "prod"), Place("111122223333", "eu-central-1")
ROOT = "arn:aws:iam::111122223333:root"
DEPLOY, ADMIN, GLASS = (
    f"arn:aws:iam::111122223333:role/shop-prod-{one}" for one in ("deploy-primary", "key-administrator", "break-glass")
)
LAYERS = [Layer.ACCOUNT, Layer.PRIMARY, Layer.RECOVERY, Layer.VAULT]
EVERY = [(layer, spec) for layer in LAYERS for spec in layer_keys(settings(), layer)]


def _document(layer: Layer = Layer.PRIMARY, *, more: tuple[str, ...] = (), **spec: Any) -> PolicyDocument:
    made = KeySpec.model_validate({"purpose": "data", "dataClass": DataClass.RESTRICTED, **spec})
    found = read_policy(key_policy(made, NAMES, PLACE, layer, more=more))
    assert isinstance(found, PolicyDocument)
    return found


def _said(document: PolicyDocument, sid: str) -> Statement:
    return next(one for one in document.statements if one.sid == sid)


def _for(document: PolicyDocument, action: str, who: str) -> list[str]:
    """Statements that allow a role an action by its ARN."""
    return [
        one.sid
        for one in document.allowing
        if one.covers_action(action) and who in (one.condition("aws:PrincipalArn") or ())
    ]


@pytest.mark.parametrize(("layer", "spec"), EVERY, ids=lambda one: getattr(one, "purpose", None))
def test_nobody_has_every_action_and_no_administrator_can_decrypt(layer: Layer, spec: KeySpec) -> None:
    document = read_policy(key_policy(spec, NAMES, PLACE, layer))
    assert isinstance(document, PolicyDocument)
    for one in document.allowing:
        assert not {"*", "kms:*"} & set(one.actions)
    deploy = DEPLOY.replace("primary", layer.value)
    assert _for(document, "kms:PutKeyPolicy", deploy) == ["Administer"]
    for who in (deploy, ADMIN):
        assert _for(document, "kms:Decrypt", who) == _for(document, "kms:CreateGrant", who) == []


@pytest.mark.parametrize(("layer", "spec"), EVERY, ids=lambda one: getattr(one, "purpose", None))
def test_every_statement_is_bound_to_somebody(layer: Layer, spec: KeySpec) -> None:
    for raw in json.loads(key_policy(spec, NAMES, PLACE, layer))["Statement"]:
        bound = json.dumps(raw["Condition"])
        keys = ("aws:PrincipalArn", "kms:CallerAccount", "aws:SourceAccount", "aws:SourceArn", "kms:EncryptionContext:")
        assert any(key in bound for key in keys), raw["Sid"]


def test_whoever_deploys_cannot_end_a_key_but_one_that_is_made_to_be_thrown_away() -> None:
    spec = KeySpec(purpose="data", data_class=DataClass.RESTRICTED)
    for action in ("kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DisableKeyRotation"):
        assert _for(_document(), action, ADMIN) == ["End"]
        assert _for(_document(), action, DEPLOY) == []
        lab = read_policy(key_policy(spec, NAMES, PLACE, Layer.PRIMARY, disposable=True))
        assert isinstance(lab, PolicyDocument)
        assert _for(lab, action, DEPLOY) == ["End"]


def test_root_recovers_a_key_and_does_not_use_it() -> None:
    root = _said(_document(), "RootRecovers")
    assert root.condition("aws:PrincipalArn", "ArnEquals") == (ROOT,)
    assert root.covers_action("kms:PutKeyPolicy")
    for action in ("kms:Decrypt", "kms:ScheduleKeyDeletion", "kms:CreateGrant", "kms:DisableKey"):
        assert not root.covers_action(action)


def test_the_key_administrator_is_refused_use_by_any_way() -> None:
    denied = _said(_document(), "KeyAdministratorReadsNothing")
    assert not denied.allows
    assert denied.condition("aws:PrincipalArn") == (ADMIN,)
    assert denied.covers_action("kms:Decrypt")
    assert denied.covers_action("kms:CreateGrant")


def test_the_deploy_role_reads_no_object_and_no_item_through_a_service() -> None:
    denied = _said(_document(), "DeployReadsNoData")
    assert not denied.allows
    assert denied.condition("kms:ViaService") == (
        "dynamodb.eu-central-1.amazonaws.com",
        "s3.eu-central-1.amazonaws.com",
    )


def test_break_glass_reads_and_does_nothing_else() -> None:
    glass = _said(_document(), "BreakGlassReads")
    assert glass.condition("aws:PrincipalArn") == (GLASS,)
    assert glass.actions == ("kms:Decrypt", "kms:DescribeKey")


def test_a_service_of_its_own_is_bound_to_the_account() -> None:
    said = _said(_document(services=("config.amazonaws.com",)), "ServicesOfThisAccount")
    assert said.principals == {"Service": ("config.amazonaws.com",)}
    assert said.condition("aws:SourceAccount", "StringEquals") == ("111122223333",)


def _publishes(service: str, action: str = "kms:GenerateDataKey", **keys: str) -> str:
    made = KeySpec(purpose="data", data_class=DataClass.INTERNAL, services=PUBLISHERS)
    text = key_policy(made, NAMES, PLACE, Layer.PRIMARY)
    return verdict(text, action, principal=f"Service:{service}", **keys)


@pytest.mark.parametrize("service", sorted({*PUBLISHERS} - {EVENTS}))
def test_whoever_publishes_to_an_encrypted_topic_uses_the_key_for_this_account_and_for_that_alone(service: str) -> None:
    ours = {"aws:SourceAccount": "111122223333"}
    assert _publishes(service, **ours) == "allowed"
    assert _publishes(service) == _publishes(service, **{"aws:SourceAccount": "999999999999"}) == "nothing"
    assert _publishes(service, "kms:ReEncryptFrom", **ours) == "nothing"


def test_events_reach_an_encrypted_topic_though_they_send_no_source_and_no_topic_but_ours() -> None:
    topic, context = "arn:aws:sns:eu-central-1:{}:shop-prod-notices", "kms:EncryptionContext:aws:sns:topicArn"
    assert _publishes(EVENTS) == "allowed"
    assert _publishes(EVENTS, **{context: topic.format("111122223333")}) == "allowed"
    assert _publishes(EVENTS, **{context: topic.format("999999999999")}) == "nothing"
    assert _publishes(EVENTS, **{"aws:SourceAccount": "999999999999"}) == "nothing"


def test_logs_are_bound_to_our_groups_by_the_encryption_context() -> None:
    said = _said(_document(services=("logs.amazonaws.com",)), "OurLogGroups")
    assert said.principals == {"Service": ("logs.eu-central-1.amazonaws.com",)}
    assert said.condition("kms:EncryptionContext:aws:logs:arn", "ArnLike") == (
        "arn:aws:logs:eu-central-1:111122223333:log-group:/shop/prod/*",
        "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/rds/instance/shop-prod-*",
        "arn:aws:logs:eu-central-1:111122223333:log-group:aws-waf-logs-shop-prod-edge",
    )


def test_a_trail_encrypts_and_never_decrypts() -> None:
    said = _said(_document(services=("cloudtrail.amazonaws.com",)), "OurTrails")
    ours = ("arn:aws:cloudtrail:eu-central-1:111122223333:trail/shop-prod-*",)
    assert said.condition("aws:SourceArn") == said.condition("kms:EncryptionContext:aws:cloudtrail:arn") == ours
    assert not said.covers_action("kms:Decrypt")


def test_callers_use_it_through_their_service_in_this_region_alone() -> None:
    document = _document(via=("rds",))
    said = _said(document, "ThroughServices")
    assert said.condition("kms:ViaService", "StringEquals") == ("rds.eu-central-1.amazonaws.com",)
    assert said.condition("kms:CallerAccount") == ("111122223333",)
    assert not said.covers_action("kms:CreateGrant")
    grants = _said(document, "GrantsOfServices")
    assert grants.condition("kms:GrantIsForAWSResource", "Bool") == ("true",)
    assert grants.condition("kms:ViaService") == ("rds.eu-central-1.amazonaws.com",)


def test_a_copied_store_s_key_admits_the_other_accounts_backup_and_grants_for_aws_alone() -> None:
    document = _document(copies_for=("777788889999", "444455556666", "111122223333"))
    use, grants = _said(document, "CopiesElsewhere"), _said(document, "GrantsOfCopies")
    for one in (use, grants):
        assert one.principals == {"AWS": ("arn:aws:iam::777788889999:root", "arn:aws:iam::444455556666:root")}
        who = one.condition("aws:PrincipalArn", "ArnEquals") or ()
        for account in ("777788889999", "444455556666"):
            assert f"arn:aws:iam::{account}:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup" in who
        assert all(":777788889999:role/" in name or ":444455556666:role/" in name for name in who)
    assert use.covers_action("kms:Decrypt")
    assert not use.covers_action("kms:CreateGrant")
    assert grants.condition("kms:GrantIsForAWSResource", "Bool") == ("true",)


@pytest.mark.parametrize("copies_for", [(), ("111122223333",)])
def test_without_another_account_nobody_elsewhere_is_named(copies_for: tuple[str, ...]) -> None:
    assert not any(one.sid.endswith(("Elsewhere", "Copies")) for one in _document(copies_for=copies_for).statements)


def test_the_log_account_reads_what_every_account_s_trail_wrote_there_and_no_more() -> None:
    log = "222233334444"
    accounts = {"workload": PLACE.account, "recovery": "444455556666", "vault": "777788889999", "log": log}
    (audit,) = layer_keys(settings(accounts=accounts), Layer.ACCOUNT)
    document = read_policy(key_policy(audit, NAMES, PLACE, Layer.ACCOUNT))
    assert isinstance(document, PolicyDocument)
    said = _said(document, "ReadInTheLogAccount")
    assert said.principals == {"AWS": (f"arn:aws:iam::{log}:root",)}
    assert said.condition("aws:PrincipalArn") == tuple(
        f"arn:aws:iam::{log}:role/shop-prod-{one}" for one in ("auditor", "break-glass")
    )
    assert said.condition("kms:ViaService") == ("s3.eu-central-1.amazonaws.com",)
    assert set(said.actions) == {"kms:Decrypt", "kms:DescribeKey"}


def test_the_log_account_s_own_key_and_one_of_no_log_account_let_in_nobody_else() -> None:
    for read_in in ((), (PLACE.account,)):
        assert "ReadInTheLogAccount" not in {one.sid for one in _document(Layer.ACCOUNT, read_in=read_in).statements}


def test_a_role_of_aws_writes_and_hands_the_key_to_nobody() -> None:
    document = _document(roles_of_aws=("reports.backup.amazonaws.com/AWSServiceRoleForBackupReports",))
    found = _said(document, "RolesOfAws")
    role = "role/aws-service-role/reports.backup.amazonaws.com/AWSServiceRoleForBackupReports"
    assert found.condition("aws:PrincipalArn", "ArnEquals") == (f"arn:aws:iam::111122223333:{role}",)
    assert found.condition("kms:CallerAccount", "StringEquals") == ("111122223333",)
    assert found.covers_action("kms:GenerateDataKey")
    assert not found.covers_action("kms:CreateGrant")


def test_a_further_administrator_administers_and_does_not_decrypt() -> None:
    person = "arn:aws:iam::111122223333:role/first-day"
    document = _document(more=(person,))
    assert _for(document, "kms:PutKeyPolicy", person) == ["Administer"]
    assert _for(document, "kms:Decrypt", person) == []


def test_a_document_fits_into_what_kms_takes() -> None:
    for layer, spec in EVERY:
        assert len(key_policy(spec, NAMES, PLACE, layer)) < 32768  # AWS: PutKeyPolicy
