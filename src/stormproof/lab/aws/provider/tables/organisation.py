"""The organisation's policies and Identity Center."""

from __future__ import annotations

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, replaced_by

_ADMIN = {"AccountId": "{accountId}", "ServicePrincipal": "{servicePrincipal}"}
_SET = {"InstanceArn": "{instanceArn}", "PermissionSetArn": "{arn}"}
_OF_SET = {"InstanceArn": "{instanceArn}", "PermissionSetArn": "{permissionSetArn}"}
_ASSIGNMENT = ("instanceArn", "permissionSetArn", "principalId", "principalType", "targetId", "targetType")

_ROOT = (Look("list_roots", {}, "Roots[0]", fills={"rootId": "Id"}),)
_KINDS_ON = Look(
    "list_roots",
    {},
    "Roots[0]",
    {
        "enabledPolicyTypes": lambda answer, here: [
            one
            for one in here.get("enabledPolicyTypes") or []
            if one in [held["Type"] for held in answer["PolicyTypes"] if held["Status"] == "ENABLED"]
        ]
    },
)
KINDS = (
    # Which services the organisation trusts is left out: moto refuses a third of AWS's own names.
    Kind(
        "aws:organizations/organization:Organization", "organizations", "{id}",
        create=(
            Call("create_organization", take=("featureSet",),
                 out={"id": "Organization.Id", "arn": "Organization.Arn",
                      "masterAccountId": "Organization.MasterAccountId"}),
            Call("enable_policy_type", {"RootId": "{rootId}", "PolicyType": "{item}"}, take=(), ask=_ROOT,
                 uses=("enabledPolicyTypes",), each=lambda here: here.get("enabledPolicyTypes") or []),
        ),
        looks=(Look("describe_organization", {}, "Organization", {"featureSet": "FeatureSet"}), _KINDS_ON),
        delete=(Call("delete_organization", take=()),), replaces=replaced_by("featureSet"),
    ),
    Kind(
        "aws:organizations/policy:Policy", "organizations", "{id}", names="name",
        create=(Call("create_policy", {"Description": lambda here: here.get("description", ""),
                                       "Type": lambda here: here.get("type", "SERVICE_CONTROL_POLICY")},
                     uses=("description", "type"),
                     out={"id": "Policy.PolicySummary.Id", "arn": "Policy.PolicySummary.Arn"}),),
        looks=(Look("describe_policy", {"PolicyId": "{id}"}, "Policy",
                    {"content": "Content", "type": "PolicySummary.Type"}),),
        update=(Call("update_policy", {"PolicyId": "{id}"}, take=("name", "description", "content")),),
        delete=(Call("delete_policy", {"PolicyId": "{id}"}, take=()),),
        tagging=Tagging("tag_resource", "untag_resource", {"ResourceId": "{id}"}),
        options=frozenset({"skipDestroy"}), replaces=replaced_by("type"),
    ),
    Kind(
        "aws:organizations/policyAttachment:PolicyAttachment", "organizations", "{targetId}:{policyId}",
        create=(Call("attach_policy"),),
        looks=(Look("list_targets_for_policy", {"PolicyId": "{policyId}"}, lambda answer, here: next(
            (t for t in answer["Targets"] if t["TargetId"] == here["targetId"]), None)),),
        delete=(Call("detach_policy", {"PolicyId": "{policyId}", "TargetId": "{targetId}"}, take=()),),
        options=frozenset({"skipDestroy"}), replaces=replaced_by("policyId targetId"),
    ),
    Kind(
        "aws:organizations/delegatedAdministrator:DelegatedAdministrator", "organizations",
        "{accountId}/{servicePrincipal}",
        create=(Call("register_delegated_administrator"),),
        looks=(Look("list_delegated_administrators", {"ServicePrincipal": "{servicePrincipal}"}, lambda answer, here: next(
            (a for a in answer["DelegatedAdministrators"] if a["Id"] == here["accountId"]), None)),),
        delete=(Call("deregister_delegated_administrator", _ADMIN, take=()),),
        replaces=replaced_by("accountId servicePrincipal"),
    ),
    Kind(
        "aws:ssoadmin/permissionSet:PermissionSet", "sso-admin", "{arn},{instanceArn}", names="name",
        create=(Call("create_permission_set", out={"arn": "PermissionSet.PermissionSetArn"}),),
        looks=(Look("describe_permission_set", _SET, "PermissionSet", {"sessionDuration": "SessionDuration",
                    "name": "Name"}),),
        update=(Call("update_permission_set", _SET, take=("description", "sessionDuration", "relayState")),),
        delete=(Call("delete_permission_set", _SET, take=()),), replaces=replaced_by("name instanceArn"),
        tagging=Tagging("tag_resource", "untag_resource", {"InstanceArn": "{instanceArn}", "ResourceArn": "{arn}"}),
    ),
    Kind(
        "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy", "sso-admin",
        "{permissionSetArn},{instanceArn}", again=True,
        create=(Call("put_inline_policy_to_permission_set"),),
        looks=(Look("get_inline_policy_for_permission_set", _OF_SET, "InlinePolicy && @",
                    {"inlinePolicy": "InlinePolicy"}),),
        delete=(Call("delete_inline_policy_from_permission_set", _OF_SET, take=()),),
        replaces=replaced_by("instanceArn permissionSetArn"),
    ),
    Kind(
        "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment", "sso-admin",
        "{managedPolicyArn},{permissionSetArn},{instanceArn}",
        create=(Call("attach_managed_policy_to_permission_set"),),
        looks=(Look("list_managed_policies_in_permission_set", _OF_SET, lambda answer, here: next(
            (p for p in answer["AttachedManagedPolicies"] if p["Arn"] == here["managedPolicyArn"]), None)),),
        delete=(Call("detach_managed_policy_from_permission_set", {**_OF_SET, "ManagedPolicyArn": "{managedPolicyArn}"},
                     take=()),),
        outputs={"managedPolicyName": lambda here: here["managedPolicyArn"].rsplit("/", 1)[-1]},
        replaces=replaced_by("instanceArn managedPolicyArn permissionSetArn"),
    ),
    Kind(
        "aws:ssoadmin/accountAssignment:AccountAssignment", "sso-admin",
        "{principalId},{principalType},{targetId},{targetType},{permissionSetArn},{instanceArn}",
        create=(Call("create_account_assignment"),),
        looks=(Look("list_account_assignments", {**_OF_SET, "AccountId": "{targetId}"}, lambda answer, here: next(
            (a for a in answer["AccountAssignments"] if a["PrincipalId"] == here["principalId"]), None)),),
        delete=(Call("delete_account_assignment", take=_ASSIGNMENT),), replaces=replaced_by(" ".join(_ASSIGNMENT)),
    ),
)  # fmt: skip
