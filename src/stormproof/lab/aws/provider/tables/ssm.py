"""Systems Manager: patch baselines, maintenance windows, parameters."""

from __future__ import annotations

from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, Values, lacking, replaced_by

_WINDOW = {"WindowId": "{windowId}"}


def _patch_rules(here: Values) -> dict[str, Any] | None:
    """Approval rules: filters in groups, in the API's names."""
    rules = [
        {"PatchFilterGroup": {"PatchFilters": _filters(rule["patchFilters"])},
         **{member: rule[name] for name, member in (
             ("approveAfterDays", "ApproveAfterDays"), ("approveUntilDate", "ApproveUntilDate"),
             ("complianceLevel", "ComplianceLevel"), ("enableNonSecurity", "EnableNonSecurity"),
         ) if rule.get(name) is not None}}
        for rule in here.get("approvalRules") or []
    ]  # fmt: skip
    return {"PatchRules": rules} if rules else None


def _filters(blocks: list[Any]) -> list[Any]:
    return [{"Key": block["key"], "Values": block["values"]} for block in blocks]


def _tags(kind: str, name: str) -> Tagging:
    return Tagging("add_tags_to_resource", "remove_tags_from_resource", {"ResourceType": kind, "ResourceId": name})


def _invocation(here: Values) -> dict[str, Any] | None:
    declared = here.get("taskInvocationParameters") or {}
    run = declared.get("runCommandParameters")
    if not run:
        return None
    made = {name[0].upper() + name[1:]: value for name, value in run.items()
            if name in {"comment", "documentVersion", "timeoutSeconds", "serviceRoleArn"}}  # fmt: skip
    made["Parameters"] = {p["name"]: p["values"] for p in run.get("parameters") or []}
    return {"RunCommand": made}


KINDS = (
    Kind(
        "aws:ssm/patchBaseline:PatchBaseline", "ssm", "{id}", names="name", untagged=True,
        create=(Call("create_patch_baseline", {
            "ClientToken": "{token}", "ApprovalRules": _patch_rules,
            "GlobalFilters": lambda here: {"PatchFilters": _filters(here["globalFilters"])}
            if here.get("globalFilters") else None,
        }, uses=("approvalRules", "globalFilters"), out={"id": "BaselineId"}),),
        looks=(Look("describe_patch_baselines", {"Filters": [{"Key": "NAME_PREFIX", "Values": ["{name}"]}]},
                    lambda answer, here: next((b for b in answer["BaselineIdentities"] if b["BaselineId"] == here["id"]),
                                              None), {"operatingSystem": "OperatingSystem"}),),
        delete=(Call("delete_patch_baseline", {"BaselineId": "{id}"}, take=()),),
        outputs={"arn": "arn:aws:ssm:{region}:{account}:patchbaseline/{id}"}, replaces=replaced_by("operatingSystem"),
    ),
    lacking("aws:ssm/patchGroup:PatchGroup", "baselineId patchGroup",
            "moto takes one baseline for a group whatever its system, and never forgets it"),
    Kind(
        "aws:ssm/maintenanceWindow:MaintenanceWindow", "ssm", "{id}", names="name",
        tagging=_tags("MaintenanceWindow", "{id}"),
        create=(Call("create_maintenance_window", {"AllowUnassociatedTargets": lambda here:
                     here.get("allowUnassociatedTargets", False), "ClientToken": "{token}"},
                     uses=("allowUnassociatedTargets",), out={"id": "WindowId"}),),
        looks=(Look("get_maintenance_window", {"WindowId": "{id}"}, "@", {"schedule": "Schedule"}),),
        delete=(Call("delete_maintenance_window", {"WindowId": "{id}"}, take=()),), replaces=replaced_by(""),
    ),
    Kind(
        "aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget", "ssm", "{id}",
        create=(Call("register_target_with_maintenance_window", {"ClientToken": "{token}"},
                     out={"id": "WindowTargetId"}),),
        looks=(Look("describe_maintenance_window_targets", _WINDOW, lambda answer, here: next(
            (t for t in answer["Targets"] if t["WindowTargetId"] == here["id"]), None), {"targets": "Targets"}),),
        delete=(Call("deregister_target_from_maintenance_window", {**_WINDOW, "WindowTargetId": "{id}"}, take=()),),
        replaces=replaced_by("windowId resourceType"),
    ),
    Kind(
        "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask", "ssm", "{id}",
        create=(Call("register_task_with_maintenance_window", {
            "ClientToken": "{token}", "TaskInvocationParameters": _invocation}, uses=("taskInvocationParameters",),
            out={"id": "WindowTaskId"}),),
        looks=(Look("describe_maintenance_window_tasks", _WINDOW, lambda answer, here: next(
            (t for t in answer["Tasks"] if t["WindowTaskId"] == here["id"]), None), {"taskArn": "TaskArn"}),),
        delete=(Call("deregister_task_from_maintenance_window", {**_WINDOW, "WindowTaskId": "{id}"}, take=()),),
        outputs={"windowTaskId": "{id}"}, replaces=replaced_by("windowId taskType"),
    ),
    Kind(
        "aws:ssm/parameter:Parameter", "ssm", "{name}", names="name", tagging=_tags("Parameter", "{name}"),
        create=(Call("put_parameter", {"Value": lambda here: here.get("value", here.get("insecureValue"))},
                     uses=("value", "insecureValue"), out={"version": "Version"}),),
        looks=(Look("get_parameter", {"Name": "{name}", "WithDecryption": True}, "Parameter",
                    {"value": "Value", "insecureValue": "Value", "type": "Type"}, fills={"version": "Version"}),),
        update=(Call("put_parameter", {"Name": "{name}", "Overwrite": True, "Value": lambda here:
                     here.get("value", here.get("insecureValue"))}, take=("type", "description", "keyId"),
                     uses=("value", "insecureValue"), out={"version": "Version"}),),
        delete=(Call("delete_parameter", {"Name": "{name}"}, take=()),),
        outputs={"arn": lambda here: f"arn:aws:ssm:{here['region']}:{here['account']}:parameter/"
                 f"{here['name'].lstrip('/')}"},
        options=frozenset({"overwrite"}), replaces=replaced_by("name dataType"),
    ),
    lacking("aws:ssm/defaultPatchBaseline:DefaultPatchBaseline", "operatingSystem",
            "moto has no register_default_patch_baseline"),
)  # fmt: skip
