"""The primary layer's backups under mocks: what is declared, in which order, and that no rule has anything to say."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from infra.components.backup import declare_backups
from infra.components.keys import Keys
from infra.components.notices import Notices
from infra.spec.key_table import layer_keys
from infra.spec.settings import Layer
from stormproof.core.infra.policy_document import PolicyDocument, read_policy
from tests.support.iam_verdicts import verdict
from tests.support.infra_components import broken_rules, context, of, weakened
from tests.support.pulumi_mocks import Declared, Run, run

VAULT, LOCK = "aws:backup/vault:Vault", "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
POLICY, TOLD = "aws:backup/vaultPolicy:VaultPolicy", "aws:backup/vaultNotifications:VaultNotifications"
PLAN, SELECTION = "aws:backup/plan:Plan", "aws:backup/selection:Selection"
SETTINGS = "aws:backup/regionSettings:RegionSettings"
FRAMEWORK, REPORT = "aws:backup/framework:Framework", "aws:backup/reportPlan:ReportPlan"
WRITER = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
ELSEWHERE = {
    "arn:aws:backup:eu-west-1:444455556666:backup-vault:shop-prod-recovery",
    "arn:aws:backup:eu-north-1:777788889999:backup-vault:shop-prod-vault",
}


@cache
def _run(changes: str = "{}", *, preview: bool = True) -> Run:
    made = context(Layer.PRIMARY, **json.loads(changes))

    def program() -> dict[str, Any]:
        keys = Keys("keys", made, layer_keys(made.settings, Layer.PRIMARY), made.top())
        notices = Notices("notices", made, keys.arn("internal"), [], made.top())
        return declare_backups(made, keys, notices, "shop-prod-access-logs")

    return run(program, preview=preview)


def _seen(*, preview: bool = True, **changes: Any) -> list[Declared]:
    return _run(json.dumps(changes, sort_keys=True), preview=preview).declared


def _rules(plan: Declared) -> dict[str, dict[str, Any]]:
    return {one["ruleName"]: one for one in plan.inputs["rules"]}


def _plan(name: str) -> Declared:
    return next(one for one in of(_seen(), PLAN) if one.inputs["name"] == f"shop-prod-backup-{name}")


@pytest.mark.parametrize("preview", [True, False])
def test_no_rule_has_anything_to_say(preview: bool) -> None:
    assert broken_rules(_seen(preview=preview), layer=Layer.PRIMARY, but=()) == {}


@pytest.mark.parametrize(
    ("kind", "changes", "rule"),
    [
        (LOCK, {"minRetentionDays": 36}, "backup-lifetime-within-lock"),
        (LOCK, {"changeableForDays": 3}, "backup-compliance-lock-acknowledged"),
        (POLICY, {"policy": '{"Version": "2012-10-17", "Statement": []}'}, "backup-vault-guarded"),
        (VAULT, {"forceDestroy": True}, "backup-vault-guarded"),
        (VAULT, {"kmsKeyArn": None}, "vaults-encrypted"),
        (SELECTION, {"conditions": None}, "backup-selection-means-what-it-says"),
    ],
)
def test_a_weaker_one_is_found(kind: str, changes: dict[str, Any], rule: str) -> None:
    if rule == "backup-selection-means-what-it-says":
        changes = {**changes, "selectionTags": [{"type": "STRINGEQUALS", "key": "backup", "value": "daily"}]}
    assert rule in broken_rules(weakened(_seen(), kind, **changes), layer=Layer.PRIMARY)


# -- the vault


def test_the_vault_and_its_guards_are_protected_and_the_vault_is_kept() -> None:
    (vault,), (lock,), (policy,) = (of(_seen(), kind) for kind in (VAULT, LOCK, POLICY))
    assert all(one.protect for one in (vault, lock, policy))
    assert vault.retain
    assert not vault.inputs["forceDestroy"]


def test_the_lock_is_a_governance_lock_and_stands_before_the_policy_that_keeps_it() -> None:
    (lock,), (policy,) = of(_seen(), LOCK), of(_seen(), POLICY)
    assert "changeableForDays" not in lock.inputs
    assert lock.urn in policy.depends_on


def test_the_vault_s_key_is_the_backups_own_and_no_data_class_s() -> None:
    (vault,) = of(_seen(), VAULT)
    assert any(urn.endswith("::keys-backup") for urn in vault.depends["kmsKeyArn"])
    assert not any(urn.endswith(("-restricted", "-confidential")) for urn in vault.depends["kmsKeyArn"])


def test_word_comes_of_failed_copies() -> None:
    (told,) = of(_seen(), TOLD)
    assert "COPY_JOB_FAILED" in told.inputs["backupVaultEvents"]
    assert told.inputs["snsTopicArn"] == "arn:aws:sns:eu-central-1:111122223333:shop-prod-notices-primary"


# -- plans and selections


def test_each_class_is_a_plan() -> None:
    assert {one.inputs["name"] for one in of(_seen(), PLAN)} == {
        f"shop-prod-backup-{name}" for name in ("continuous", "hourly", "daily", "weekly", "monthly")
    }


def test_every_plan_copies_out_of_the_region_and_out_of_the_account() -> None:
    for plan in of(_seen(), PLAN):
        arns = {copy["destinationVaultArn"] for rule in _rules(plan).values() for copy in rule["copyActions"]}
        assert arns <= ELSEWHERE
        assert arns


def test_daily_copies_go_to_both_places() -> None:
    daily = _rules(_plan("daily"))["daily"]
    assert {copy["destinationVaultArn"] for copy in daily["copyActions"]} == ELSEWHERE


def test_windows_and_lifetimes_are_those_of_the_rung() -> None:
    daily = _rules(_plan("daily"))["daily"]
    assert (daily["startWindow"], daily["completionWindow"]) == (60, 540)
    assert daily["lifecycle"]["deleteAfter"] == 35
    assert daily["targetVaultName"] == "shop-prod-primary"


def test_only_the_continuous_rung_is_continuous_and_no_longer_than_aws_keeps_it() -> None:
    rules = {name: rule for plan in of(_seen(), PLAN) for name, rule in _rules(plan).items()}
    assert {name for name, rule in rules.items() if rule["enableContinuousBackup"]} == {"continuous"}
    assert rules["continuous"]["lifecycle"]["deleteAfter"] == 35


def test_the_durations_that_the_rules_add_up_are_written_on_the_plan() -> None:
    tags = _plan("hourly").inputs["tags"]
    assert (tags["backup-duration"], tags["copy-duration"]) == ("1h", "1h")


def test_a_selection_takes_by_conditions_that_all_have_to_hold() -> None:
    for one in of(_seen(), SELECTION):
        assert one.inputs["resources"] == ["*"]
        assert "selectionTags" not in one.inputs
        (block,) = one.inputs["conditions"]
        assert [test["key"] for test in block["stringEquals"]] == [
            "aws:ResourceTag/backup",
            "aws:ResourceTag/environment",
            "aws:ResourceTag/project",
        ]


def test_the_continuous_class_never_takes_a_database() -> None:
    found = {one.name: one.inputs.get("notResources") for one in of(_seen(), SELECTION)}
    assert found.pop("backups-plans-continuous") == ["arn:aws:rds:*:*:cluster:*", "arn:aws:rds:*:*:db:*"]
    assert set(found.values()) == {None}


def test_an_air_gapped_copy_goes_to_its_vault() -> None:
    rung = {"schedule": "cron(0 1 ? * * *)", "keepDays": 35, "copies": {"airGapped": 35}}
    seen = _seen(backup={"airGapped": {}, "rungs": {"daily": rung}}, acknowledgeComplianceLock=True)
    plan = next(one for one in of(seen, PLAN) if one.inputs["name"] == "shop-prod-backup-daily")
    (copy,) = _rules(plan)["daily"]["copyActions"]
    assert copy["destinationVaultArn"] == "arn:aws:backup:eu-north-1:777788889999:backup-vault:shop-prod-air-gap"


# -- who does it


def _limits_text() -> str:
    (policy,) = [one for one in of(_seen(), "aws:iam/rolePolicy:RolePolicy") if "backup" in one.name]
    return str(policy.inputs["policy"])


def _limits() -> PolicyDocument:
    found = read_policy(_limits_text())
    assert isinstance(found, PolicyDocument)
    return found


def test_the_role_is_taken_by_aws_backup_alone_and_is_bounded() -> None:
    (role,) = [one for one in of(_seen(), "aws:iam/role:Role") if one.inputs["name"] == "shop-prod-backup"]
    trust = read_policy(role.inputs["assumeRolePolicy"])
    assert isinstance(trust, PolicyDocument)
    (allowed,) = trust.allowing
    assert allowed.principals == {"Service": ("backup.amazonaws.com",)}
    assert not allowed.conditions  # it sends no source when it takes a role
    assert role.inputs["permissionsBoundary"] == "arn:aws:iam::111122223333:policy/shop-prod-boundary-workload"


def test_it_copies_to_vaults_of_ours_only() -> None:
    own = "arn:aws:backup:eu-central-1:111122223333:backup-vault:shop-prod-primary"
    text, theirs = _limits_text(), "arn:aws:backup:eu-west-1:999999999999:backup-vault:theirs"

    def copies(**to: str) -> str:
        return verdict(text, "backup:CopyFromBackupVault", own, **to)

    for ours in (own, *ELSEWHERE, ",".join(ELSEWHERE)):
        assert copies(**{"backup:CopyTargets": ours}) == "nothing"  # no refusal
    assert copies(**{"backup:CopyTargets": theirs}) == copies(**{"backup:CopyTargets": f"{own},{theirs}"}) == "denied"
    assert copies() == "denied"


@pytest.mark.parametrize("action", ["rds:DeleteDBInstance", "dynamodb:DeleteTable", "s3:DeleteObjectVersion"])
def test_it_never_takes_a_store_away(action: str) -> None:
    assert any(one.covers_action(action) and not one.conditions for one in _limits().denying)


def test_selections_wait_for_the_role_whose_arn_they_compute() -> None:
    (role,) = [one for one in of(_seen(), "aws:iam/role:Role") if one.inputs["name"] == "shop-prod-backup"]
    assert all(role.urn in one.depends_on for one in of(_seen(), SELECTION))


# -- kinds, audit, reports


def test_what_is_not_opted_in_is_said_and_tables_and_files_are_managed_fully() -> None:
    (found,) = of(_seen(), SETTINGS)
    taken = found.inputs["resourceTypeOptInPreference"]
    assert {kind for kind, on in taken.items() if on} == {"Aurora", "DynamoDB", "EBS", "EC2", "EFS", "RDS", "S3"}
    managed = found.inputs["resourceTypeManagementPreference"]
    assert managed["DynamoDB"] is managed["EFS"] is True


def test_the_framework_asks_for_copies_where_they_go() -> None:
    (framework,) = of(_seen(), FRAMEWORK)
    asked = {one["name"]: one.get("inputParameters") for one in framework.inputs["controls"]}
    regions = asked["BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION"]
    accounts = asked["BACKUP_RESOURCES_PROTECTED_BY_CROSS_ACCOUNT"]
    assert regions == [{"name": "crossRegionList", "value": "eu-north-1,eu-west-1"}]
    assert accounts == [{"name": "crossAccountList", "value": "444455556666,777788889999"}]


def test_one_account_for_all_is_not_asked_for_copies_in_another() -> None:
    account = "111122223333"
    seen = _seen(
        environment="staging", accounts={"workload": account, "recovery": account, "vault": account}
    )  # fmt: skip
    (framework,) = of(seen, FRAMEWORK)
    assert not [one for one in framework.inputs["controls"] if one["name"].endswith("CROSS_ACCOUNT")]


def test_reports_wait_for_the_role_of_aws_that_their_bucket_names() -> None:
    (writer,) = of(_seen(), WRITER)
    (policy,) = [one for one in of(_seen(), "aws:s3/bucketPolicy:BucketPolicy") if "reports" in one.name]
    assert writer.urn in policy.depends_on
    assert len(of(_seen(), REPORT)) == 4


def test_without_the_switches_neither_framework_nor_reports_are_declared() -> None:
    seen = _seen(backup={"framework": False, "reports": False})
    assert not of(seen, FRAMEWORK) + of(seen, REPORT) + of(seen, WRITER)


def test_outputs_say_what_each_class_may_lose_with_and_without_the_region() -> None:
    outputs = _run().outputs
    assert outputs["vaultName"].value == "shop-prod-primary"
    assert set(outputs["copyVaultArns"].value) == ELSEWHERE
    assert outputs["backupClasses"].value["continuous"] == {
        "rpo": "15m",
        "worstRpo": "15m",
        "worstRpoWithoutRegion": "1d3h",
    }
