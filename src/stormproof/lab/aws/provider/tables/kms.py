"""Keys, their aliases and policies."""

from __future__ import annotations

import json

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, Values, replaced_by

_KEY = {"KeyId": "{id}"}
_TAGS = Tagging("tag_resource", "untag_resource", _KEY)
_EXISTS = "[KeyMetadata][?KeyState!='PendingDeletion']|[0]"
_SEES_POLICY = Look("get_key_policy", {**_KEY, "PolicyName": "default"}, "@", {"policy": "Policy"})
_PUT_POLICY = Call(
    "put_key_policy", {**_KEY, "PolicyName": "default"}, take=("policy",), when=lambda here: here.get("policy")
)
_DESCRIBE = Call("update_key_description", _KEY, take=("description",), when=lambda here: here.get("description"))
_DELETE = Call(
    "schedule_key_deletion", {**_KEY, "PendingWindowInDays": lambda here: here.get("deletionWindowInDays", 30)}, take=()
)
_OPTIONS = frozenset({"bypassPolicyLockoutSafetyCheck", "deletionWindowInDays"})


def _switch(op: str, name: str, *, wanted: bool, absent: bool) -> Call:
    """Runs where the switch stands so; `absent` is what it is where the program says nothing."""
    return Call(op, _KEY, take=(), uses=(name,), when=lambda here: here.get(name, absent) is wanted)


def _default_policy(here: Values) -> str:
    """What a key has without a policy of its own (AWS: default key policy)."""
    root = {"AWS": f"arn:aws:iam::{here['account']}:root"}
    rule = {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": root, "Action": "kms:*",
            "Resource": "*"}  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [rule]})


_ROTATION = Call(
    "enable_key_rotation", {**_KEY, "RotationPeriodInDays": "{rotationPeriodInDays}"}, take=(),
    uses=("enableKeyRotation", "rotationPeriodInDays"), when=lambda here: here.get("enableKeyRotation"),
)  # fmt: skip
_NO_ROTATION = _switch("disable_key_rotation", "enableKeyRotation", wanted=False, absent=True)
_OFF = _switch("disable_key", "isEnabled", wanted=False, absent=True)
_ON = _switch("enable_key", "isEnabled", wanted=True, absent=True)

KINDS = (
    Kind(
        "aws:kms/key:Key", "kms", "{keyId}", tagging=_TAGS, options=_OPTIONS,
        create=(
            Call("create_key", rename={"customerMasterKeySpec": "KeySpec"},
                 out={"keyId": "KeyMetadata.KeyId", "arn": "KeyMetadata.Arn", "id": "KeyMetadata.KeyId"}),
            _ROTATION, _OFF,
        ),
        looks=(
            Look("describe_key", _KEY, _EXISTS, {"description": "Description", "multiRegion": "MultiRegion",
                 "keyUsage": "KeyUsage", "customerMasterKeySpec": "CustomerMasterKeySpec", "isEnabled": "Enabled"}),
            Look("get_key_rotation_status", _KEY, "@", {"enableKeyRotation": "KeyRotationEnabled"}),
            _SEES_POLICY,
        ),
        update=(_PUT_POLICY, _DESCRIBE, _ROTATION, _NO_ROTATION, _OFF, _ON),
        delete=(_DELETE,),
        replaces=replaced_by("customerMasterKeySpec keyUsage multiRegion customKeyStoreId xksKeyId"),
    ),
    Kind(
        "aws:kms/replicaKey:ReplicaKey", "kms", "{keyId}", tagging=_TAGS, options=_OPTIONS,
        create=(
            # AWS: asked for in the primary key's region, made in this one.
            Call("replicate_key", {"KeyId": lambda here: here["primaryKeyArn"].split("/")[-1],
                                   "ReplicaRegion": "{region}"}, uses=("primaryKeyArn",), take=("policy", "description"),
                 region=lambda here: here["primaryKeyArn"].split(":")[3],
                 out={"keyId": "ReplicaKeyMetadata.KeyId", "arn": "ReplicaKeyMetadata.Arn",
                      "id": "ReplicaKeyMetadata.KeyId"}),
            _PUT_POLICY,
        ),
        looks=(Look("describe_key", _KEY, _EXISTS, {"enabled": "Enabled"}), _SEES_POLICY),
        update=(_PUT_POLICY, _DESCRIBE),
        delete=(_DELETE,),
        replaces=replaced_by("primaryKeyArn"),
    ),
    Kind(
        "aws:kms/alias:Alias", "kms", "{name}",
        create=(Call("create_alias", {"AliasName": "{name}"}, take=("targetKeyId",)),),
        looks=(Look("list_aliases", {}, lambda answer, here: next(
            (alias for alias in answer["Aliases"] if alias["AliasName"] == here["name"]), None),
            {"targetKeyId": "TargetKeyId"}),),
        update=(Call("update_alias", {"AliasName": "{name}"}, take=("targetKeyId",)),),
        delete=(Call("delete_alias", {"AliasName": "{name}"}, take=()),),
        outputs={"arn": "arn:aws:kms:{region}:{account}:{name}", "targetKeyArn": lambda here:
                 f"arn:aws:kms:{here['region']}:{here['account']}:key/{here['targetKeyId'].split('/')[-1]}"},
        replaces=replaced_by("name namePrefix"), names="name",
    ),
    Kind(
        "aws:kms/keyPolicy:KeyPolicy", "kms", "{keyId}", again=True, options=frozenset({"bypassPolicyLockoutSafetyCheck"}),
        create=(Call("put_key_policy", {"PolicyName": "default"}, take=("keyId", "policy")),),
        looks=(
            Look("describe_key", {"KeyId": "{keyId}"}, _EXISTS),
            Look("get_key_policy", {"KeyId": "{keyId}", "PolicyName": "default"}, "@", {"policy": "Policy"}),
        ),
        delete=(Call("put_key_policy", {"KeyId": "{keyId}", "PolicyName": "default", "Policy": _default_policy},
                     take=()),),
        replaces=replaced_by("keyId"),
    ),
)  # fmt: skip
