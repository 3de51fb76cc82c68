"""Roles, policies and the account's identity settings. IAM has no region."""

from __future__ import annotations

import json
from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, lacking, replaced_by

_ROLE = {"RoleName": "{name}"}


def _document(name: str) -> Any:
    """A policy as a text, given as one or as a block."""
    return lambda here: here[name] if isinstance(here[name], str) else json.dumps(here[name])


_PASSWORDS = (
    "allowUsersToChangePassword", "hardExpiry", "maxPasswordAge", "minimumPasswordLength", "passwordReusePrevention",
    "requireLowercaseCharacters", "requireNumbers", "requireSymbols", "requireUppercaseCharacters",
)  # fmt: skip
_BOUNDARY = (
    Call("put_role_permissions_boundary", _ROLE, take=("permissionsBoundary",),
         when=lambda here: here.get("permissionsBoundary")),
    Call("delete_role_permissions_boundary", _ROLE, take=(), uses=("permissionsBoundary",),
         when=lambda here: not here.get("permissionsBoundary")),
)  # fmt: skip
_ATTACH = Call("attach_role_policy", {**_ROLE, "PolicyArn": "{item}"}, take=(), uses=("managedPolicyArns",),
               each=lambda here: here.get("managedPolicyArns") or [])  # fmt: skip
_INLINE = Call(
    "put_role_policy", {**_ROLE, "PolicyName": lambda here: here["item"]["name"],
                        "PolicyDocument": lambda here: here["item"]["policy"]}, take=(), uses=("inlinePolicies",),
    each=lambda here: [policy for policy in here.get("inlinePolicies") or [] if policy.get("name")],
)  # fmt: skip
_DETACH = Call(
    "detach_role_policy", {**_ROLE, "PolicyArn": lambda here: here["item"]["PolicyArn"]}, take=(),
    ask=(Look("list_attached_role_policies", _ROLE, fills={"attached": "AttachedPolicies"}),),
    when=lambda here: here.get("forceDetachPolicies") or here.get("managedPolicyArns"),
    each=lambda here: here["attached"],
)  # fmt: skip
_NO_INLINE = Call(
    "delete_role_policy", {**_ROLE, "PolicyName": "{item}"}, take=(),
    ask=(Look("list_role_policies", _ROLE, fills={"held": "PolicyNames"}),),
    when=lambda here: here.get("forceDetachPolicies") or here.get("inlinePolicies"),
    each=lambda here: here["held"],
)  # fmt: skip

KINDS = (
    Kind(
        "aws:iam/role:Role", "iam", "{name}", names="name", options=frozenset({"forceDetachPolicies"}),
        create=(
            Call("create_role", {"RoleName": "{name}", "AssumeRolePolicyDocument": _document("assumeRolePolicy")},
                 uses=("assumeRolePolicy",), out={"arn": "Role.Arn", "uniqueId": "Role.RoleId"}),
            _ATTACH, _INLINE,
        ),
        looks=(Look("get_role", _ROLE, "Role", {
            "assumeRolePolicy": "AssumeRolePolicyDocument", "path": "Path",
            "permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn",
            "maxSessionDuration": "MaxSessionDuration", "description": "Description",
        }),),
        update=(
            Call("update_assume_role_policy", {**_ROLE, "PolicyDocument": _document("assumeRolePolicy")}, take=(),
                 uses=("assumeRolePolicy",)),
            Call("update_role", _ROLE, take=("description", "maxSessionDuration")), *_BOUNDARY, _ATTACH, _INLINE,
        ),
        delete=(_DETACH, _NO_INLINE, Call("delete_role", _ROLE, take=())),
        tagging=Tagging("tag_role", "untag_role", _ROLE),
        replaces=replaced_by("name namePrefix path"),
    ),
    Kind(
        "aws:iam/rolePolicy:RolePolicy", "iam", "{role}:{name}", names="name", again=True,
        create=(Call("put_role_policy", {"RoleName": "{role}", "PolicyName": "{name}",
                                         "PolicyDocument": _document("policy")}, take=(), uses=("policy",)),),
        looks=(Look("get_role_policy", {"RoleName": "{role}", "PolicyName": "{name}"}, "@",
                    {"policy": "PolicyDocument"}),),
        delete=(Call("delete_role_policy", {"RoleName": "{role}", "PolicyName": "{name}"}, take=()),),
        replaces=replaced_by("role name namePrefix"),
    ),
    Kind(
        "aws:iam/policy:Policy", "iam", "{arn}", names="name", options=frozenset({"delayAfterPolicyCreationInMs"}),
        create=(Call("create_policy", {"PolicyName": "{name}", "PolicyDocument": _document("policy")},
                     uses=("policy",), out={"arn": "Policy.Arn", "policyId": "Policy.PolicyId"}),),
        looks=(
            Look("get_policy", {"PolicyArn": "{arn}"}, "Policy", {"path": "Path", "description": "Description"},
                 fills={"version": "DefaultVersionId"}),
            Look("list_policy_versions", {"PolicyArn": "{arn}"}, "Versions[?IsDefaultVersion]|[0]",
                 {"policy": "Document"}),
        ),
        update=(
            # AWS: at most five versions; the vendor's plugin removes the oldest.
            Call("delete_policy_version", {"PolicyArn": "{arn}", "VersionId": lambda here: here["item"]["VersionId"]},
                 take=(), uses=("policy",),
                 ask=(Look("list_policy_versions", {"PolicyArn": "{arn}"},
                           fills={"spare": "Versions[?!IsDefaultVersion]"}),),
                 each=lambda here: here["spare"]),
            Call("create_policy_version", {"PolicyArn": "{arn}", "PolicyDocument": _document("policy"),
                                           "SetAsDefault": True}, take=(), uses=("policy",)),
        ),
        delete=(
            Call("delete_policy_version", {"PolicyArn": "{arn}", "VersionId": lambda here: here["item"]["VersionId"]},
                 take=(), ask=(Look("list_policy_versions", {"PolicyArn": "{arn}"},
                                    fills={"spare": "Versions[?!IsDefaultVersion]"}),),
                 each=lambda here: here["spare"]),
            Call("delete_policy", {"PolicyArn": "{arn}"}, take=()),
        ),
        tagging=Tagging("tag_policy", "untag_policy", {"PolicyArn": "{arn}"}),
        replaces=replaced_by("name namePrefix path description"),
    ),
    Kind(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "iam", "{role}-{policyArn}",
        create=(Call("attach_role_policy", {"RoleName": "{role}"}, take=("policyArn",)),),
        looks=(Look("list_attached_role_policies", {"RoleName": "{role}"}, lambda answer, here: next(
            (p for p in answer["AttachedPolicies"] if p["PolicyArn"] == here["policyArn"]), None)),),
        delete=(Call("detach_role_policy", {"RoleName": "{role}", "PolicyArn": "{policyArn}"}, take=()),),
        replaces=replaced_by("role policyArn"),
    ),
    Kind(
        "aws:iam/instanceProfile:InstanceProfile", "iam", "{name}", names="name",
        create=(
            Call("create_instance_profile", {"InstanceProfileName": "{name}"},
                 out={"arn": "InstanceProfile.Arn", "uniqueId": "InstanceProfile.InstanceProfileId"}),
            Call("add_role_to_instance_profile", {"InstanceProfileName": "{name}", "RoleName": "{role}"}, take=(),
                 when=lambda here: here.get("role")),
        ),
        looks=(Look("get_instance_profile", {"InstanceProfileName": "{name}"}, "InstanceProfile",
                    {"role": "Roles[0].RoleName"}),),
        delete=(
            Call("remove_role_from_instance_profile", {"InstanceProfileName": "{name}", "RoleName": "{role}"}, take=(),
                 when=lambda here: here.get("role")),
            Call("delete_instance_profile", {"InstanceProfileName": "{name}"}, take=()),
        ),
        tagging=Tagging("tag_instance_profile", "untag_instance_profile", {"InstanceProfileName": "{name}"}),
        replaces=replaced_by("name namePrefix path"),
    ),
    Kind(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider", "iam", "{arn}",
        create=(Call("create_open_id_connect_provider",
                     {"ThumbprintList": lambda here: here.get("thumbprintLists") or [], "Url": lambda here: here["url"]
                      if here["url"].startswith("https://") else f"https://{here['url']}"},
                     rename={"clientIdLists": "ClientIDList"}, uses=("thumbprintLists", "url"),
                     out={"arn": "OpenIDConnectProviderArn"}),),
        looks=(Look("get_open_id_connect_provider", {"OpenIDConnectProviderArn": "{arn}"}, "@",
                    {"clientIdLists": "ClientIDList", "thumbprintLists": "ThumbprintList"}),),
        update=(Call("update_open_id_connect_provider_thumbprint",
                     {"OpenIDConnectProviderArn": "{arn}", "ThumbprintList": "{thumbprintLists}"}, take=(),
                     uses=("thumbprintLists",)),),
        delete=(Call("delete_open_id_connect_provider", {"OpenIDConnectProviderArn": "{arn}"}, take=()),),
        tagging=Tagging("tag_open_id_connect_provider", "untag_open_id_connect_provider",
                        {"OpenIDConnectProviderArn": "{arn}"}),
        replaces=replaced_by("url"),
    ),
    Kind(
        "aws:iam/accountPasswordPolicy:AccountPasswordPolicy", "iam", "iam-account-password-policy", again=True,
        create=(Call("update_account_password_policy"),),
        looks=(Look("get_account_password_policy", {}, "PasswordPolicy",
                    {name: name[0].upper() + name[1:] for name in _PASSWORDS}),),
        delete=(Call("delete_account_password_policy", take=()),),
        replaces=replaced_by(""),
    ),
    Kind(
        "aws:iam/serviceLinkedRole:ServiceLinkedRole", "iam", "{arn}",
        create=(Call("create_service_linked_role", rename={"awsServiceName": "AWSServiceName"},
                     out={"arn": "Role.Arn", "name": "Role.RoleName", "path": "Role.Path",
                          "uniqueId": "Role.RoleId"}),),
        looks=(Look("get_role", {"RoleName": "{name}"}, "Role"),),
        delete=(Call("delete_service_linked_role", {"RoleName": "{name}"}, take=()),),
        tagging=Tagging("tag_role", "untag_role", {"RoleName": "{name}"}),
        replaces=replaced_by("awsServiceName customSuffix"),
    ),
    Kind(
        "aws:iam/accountAlias:AccountAlias", "iam", "{accountAlias}",
        create=(Call("create_account_alias"),),
        looks=(Look("list_account_aliases", {}, lambda answer, here: here["accountAlias"] in answer["AccountAliases"]),),
        delete=(Call("delete_account_alias", {"AccountAlias": "{accountAlias}"}, take=()),),
        replaces=replaced_by("accountAlias"),
    ),
    lacking("aws:iam/organizationsFeatures:OrganizationsFeatures", "",
            "moto has no central management of root credentials"),
)  # fmt: skip
