"""Every bucket is versioned, encrypted, closed to the public, and refuses what is not over TLS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from infra.components.bucket import Bucket, KeyMissing, LockNotAcknowledged
from infra.components.documents import statement
from infra.spec.bucket import BucketSpec
from infra.spec.settings import DataClass, Layer
from tests.support.infra_components import broken_rules, context, of, weakened
from tests.support.pulumi_mocks import Declared, declared

KEY = "arn:aws:kms:eu-central-1:111122223333:key/one"
NAME = "shop-prod-files-111122223333-eu-central-1"
NONE = {"backup": "none", "backup_reason": "a test"}


def _type(name: str) -> str:
    return f"aws:s3/{name[0].lower()}{name[1:]}:{name}"


def _seen(
    *, key: str | None = KEY, statements: Any = (), log_bucket: str | None = "shop-logs", stack: dict[str, Any] | None = None,
    **spec: Any,
) -> list[Declared]:  # fmt: skip
    made = BucketSpec.model_validate({"what": "files", "data_class": DataClass.INTERNAL, **spec})

    def program() -> None:
        here = context(Layer.PRIMARY, **(stack or {}))
        Bucket("files", here, made, key_arn=key, statements=statements, log_bucket=log_bucket)

    return declared(program)


def _one(seen: list[Declared], kind: str) -> dict[str, Any]:
    [found] = of(seen, _type(kind))
    return found.inputs


def _lab() -> dict[str, Any]:
    return {"environment": "lab", "disposable": True}


def test_its_name_is_computed_and_every_part_names_the_bucket() -> None:
    seen = [one for one in _seen() if one.custom]
    assert _one(seen, "Bucket")["bucket"] == NAME
    assert {one.inputs["bucket"] for one in seen} == {NAME}
    assert {one.region for one in seen} == {"eu-central-1"}


def test_it_is_encrypted_with_the_given_key() -> None:
    [rule] = _one(_seen(), "BucketServerSideEncryptionConfiguration")["rules"]
    assert rule == {
        "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY},
        "bucketKeyEnabled": True,
    }


def test_its_policy_refuses_first_and_then_says_what_it_was_given() -> None:
    given = statement("Given", "s3:GetObject", "arn:aws:s3:::x/*", principals={"AWS": "arn:aws:iam::111122223333:root"})
    said = json.loads(_one(_seen(statements=[given]), "BucketPolicy")["policy"])["Statement"]
    assert [one["Sid"] for one in said] == ["TlsOnly", "NewTlsOnly", "NoForeignKeys", "Given"]
    assert said[0]["Resource"] == [f"arn:aws:s3:::{NAME}", f"arn:aws:s3:::{NAME}/*"]
    assert {one["Effect"] for one in said[:3]} == {"Deny"}


def test_it_has_no_lists_of_its_own_and_no_public_way() -> None:
    seen = _seen()
    assert _one(seen, "BucketOwnershipControls")["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    block = _one(seen, "BucketPublicAccessBlock")
    assert [value for value in block.values() if isinstance(value, bool)] == [True] * 4


def test_nothing_is_declared_inline_as_well() -> None:
    inline = {"policy", "versioning", "lifecycleRules", "logging", "serverSideEncryptionConfiguration", "acl"}
    assert not inline & set(_one(_seen(object_lock_days=30, log_bucket="shop-logs"), "Bucket"))


def test_old_versions_and_unfinished_uploads_end() -> None:
    rules = {one["id"]: one for one in _one(_seen(expire_days=400), "BucketLifecycleConfiguration")["rules"]}
    assert rules["unfinished-uploads"]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert rules["old-versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 90}
    assert rules["expired"]["expiration"] == {"days": 400}


def test_a_prefix_may_end_sooner_than_the_rest() -> None:
    seen = _seen(expire_prefixes={"stormproof/heartbeat/": 40})
    rules = {one["id"]: one for one in _one(seen, "BucketLifecycleConfiguration")["rules"]}
    ended = rules["expired-stormproof-heartbeat"]
    assert (ended["filter"], ended["expiration"]) == ({"prefix": "stormproof/heartbeat/"}, {"days": 40})
    assert "expired" not in rules


def test_its_readers_are_written_down_where_it_is_told() -> None:
    assert _one(_seen(), "BucketLogging")["targetBucket"] == "shop-logs"
    assert not of(_seen(log_bucket=None), _type("BucketLogging"))


def test_a_lock_is_there_from_the_bucket_s_first_day() -> None:
    seen = _seen(object_lock_days=30)
    assert _one(seen, "Bucket")["objectLockEnabled"] is True
    assert _one(seen, "BucketObjectLockConfiguration")["rule"] == {
        "defaultRetention": {"mode": "GOVERNANCE", "days": 30}
    }


def test_without_a_lock_there_is_none() -> None:
    seen = _seen()
    assert _one(seen, "Bucket")["objectLockEnabled"] is False
    assert not of(seen, _type("BucketObjectLockConfiguration"))


def test_a_compliance_lock_is_asked_for_twice() -> None:
    with pytest.raises(LockNotAcknowledged, match="set stormproof:acknowledgeComplianceLock to true as well"):
        _seen(object_lock_days=30, lock_mode="COMPLIANCE")
    seen = _seen(object_lock_days=30, lock_mode="COMPLIANCE", stack={"acknowledgeComplianceLock": True})
    assert _one(seen, "BucketObjectLockConfiguration")["rule"]["defaultRetention"]["mode"] == "COMPLIANCE"


@pytest.mark.parametrize(("key", "sse_s3"), [(None, False), (KEY, True)])
def test_a_bucket_takes_a_key_or_says_that_it_cannot(key: str | None, sse_s3: bool) -> None:
    with pytest.raises(KeyMissing, match="one of the two"):
        _seen(key=key, sse_s3=sse_s3)


def test_a_bucket_for_access_logs_uses_s3_s_own_key_and_admits_this_account_s_logs() -> None:
    seen = _seen(key=None, sse_s3=True, access_logs=True)
    [rule] = _one(seen, "BucketServerSideEncryptionConfiguration")["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    last = json.loads(_one(seen, "BucketPolicy")["policy"])["Statement"][-1]
    assert last["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert last["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"access_logs": True}, "set `sse_s3`"),
        ({"access_logs": True, "sse_s3": True, "object_lock_days": 3}, "leave `object_lock_days` out"),
        ({"object_lock_days": 3, "versioned": False}, "leave `versioned` on"),
        ({"backup": "none"}, "say in `backup_reason`"),
        ({"object_lock_days": 0}, "greater than or equal to 1"),
    ],
)
def test_what_aws_would_not_do_is_refused_before_it_is_asked(spec: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        BucketSpec(what="logs", data_class=DataClass.INTERNAL, **spec)


def test_data_is_kept_and_its_guards_are_protected() -> None:
    seen = {one.type: one for one in _seen(object_lock_days=30, log_bucket="shop-logs") if one.custom}
    bucket = seen.pop(_type("Bucket"))
    assert (bucket.protect, bucket.retain) == (True, True)
    assert bucket.inputs["forceDestroy"] is False
    unguarded = {kind for kind, one in seen.items() if not one.protect}
    assert unguarded == {_type("BucketLifecycleConfiguration")}


def test_the_lab_s_can_be_thrown_away_with_what_is_in_them() -> None:
    seen = [one for one in _seen(stack=_lab()) if one.custom]
    assert not any(one.protect or one.retain for one in seen)
    assert _one(seen, "Bucket")["forceDestroy"] is True


def test_the_rules_are_silent_on_it() -> None:
    assert broken_rules(_seen(object_lock_days=30), but=()) == {}
    assert broken_rules(_seen(data_class=DataClass.CONFIDENTIAL, **NONE), but=()) == {}


@pytest.mark.parametrize(
    ("kind", "changes", "rule"),
    [
        ("BucketPublicAccessBlock", {"blockPublicPolicy": False}, "s3-public-access-blocked"),
        ("BucketVersioning", {"versioningConfiguration": {"status": "Suspended"}}, "s3-versioned"),
        ("BucketPolicy", {"policy": json.dumps({"Statement": [{"Effect": "Allow"}]})}, "s3-tls-only"),
        ("BucketServerSideEncryptionConfiguration", {"rules": []}, "s3-encrypted"),
    ],
)
def test_a_weakened_bucket_breaks_a_rule(kind: str, changes: dict[str, Any], rule: str) -> None:
    assert set(broken_rules(weakened(_seen(), _type(kind), **changes))) == {rule}
