"""Lambda functions and schedules."""

from __future__ import annotations

from typing import Any

from stormproof.lab.aws.provider import wire
from stormproof.lab.aws.provider.archives import zip_bytes
from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, Values, lacking, replaced_by

_FUNCTION = {"FunctionName": "{name}"}
_SETTINGS = ("description", "environment", "handler", "kmsKeyArn", "memorySize", "role", "runtime", "timeout",
             "tracingConfig", "vpcConfig", "deadLetterConfig", "layers", "ephemeralStorage", "loggingConfig")  # fmt: skip
_RENAME = {"kmsKeyArn": "KMSKeyArn"}
_SCHEDULE = {"Name": "{name}", "GroupName": "{groupName}"}


def _code(here: Values) -> dict[str, Any]:
    if wire.is_file(here.get("code")):
        return {"ZipFile": zip_bytes(here["code"])}
    named = {"S3Bucket": "s3Bucket", "S3Key": "s3Key", "S3ObjectVersion": "s3ObjectVersion", "ImageUri": "imageUri"}
    return {member: here[name] for member, name in named.items() if here.get(name)}


def _permission(answer: Any, here: Values) -> object:
    import json

    statements = json.loads(answer["Policy"])["Statement"]
    return next((s for s in statements if s["Sid"] == here["statementId"]), None)


KINDS = (
    Kind(
        "aws:lambda/function:Function", "lambda", "{name}", names="name",
        create=(
            Call("create_function", {**_FUNCTION, "Code": _code}, rename=_RENAME, out={"arn": "FunctionArn"},
                 uses=("code", "s3Bucket", "s3Key", "s3ObjectVersion", "imageUri")),
            Call("put_function_concurrency", {**_FUNCTION, "ReservedConcurrentExecutions":
                                              "{reservedConcurrentExecutions}"}, take=(),
                 when=lambda here: here.get("reservedConcurrentExecutions", -1) >= 0),
        ),
        looks=(Look("get_function_configuration", _FUNCTION, "@", {
            "kmsKeyArn": "KMSKeyArn", "role": "Role", "runtime": "Runtime", "handler": "Handler", "timeout": "Timeout",
            "memorySize": "MemorySize",
        }, fills={"version": "Version", "sourceCodeSize": "CodeSize"}),),
        update=(
            Call("update_function_configuration", _FUNCTION, take=_SETTINGS, rename=_RENAME),
            Call("update_function_code", {**_FUNCTION, "ZipFile": lambda here: _code(here).get("ZipFile"),
                                          "S3Bucket": "{s3Bucket}", "S3Key": "{s3Key}"}, take=(),
                 uses=("code", "sourceCodeHash", "s3Bucket", "s3Key")),
        ),
        delete=(Call("delete_function", _FUNCTION, take=()),),
        outputs={
            "qualifiedArn": "{arn}:$LATEST",
            "invokeArn": "arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations",
        },
        tagging=Tagging("tag_resource", "untag_resource", {"Resource": "{arn}"}),
        options=frozenset({"sourceCodeHash", "skipDestroy", "useResourceTimeoutForPropagation"}),
        replaces=replaced_by("name packageType"),
    ),
    Kind(
        "aws:lambda/permission:Permission", "lambda", "{statementId}", names="statementId",
        create=(Call("add_permission", rename={"function": "FunctionName", "principalOrgId": "PrincipalOrgID"}),),
        looks=(Look("get_policy", {"FunctionName": "{function}"}, _permission, {"action": "Action"}),),
        delete=(Call("remove_permission", {"FunctionName": "{function}", "StatementId": "{statementId}"}, take=()),),
        replaces=replaced_by("action function principal sourceArn sourceAccount statementId statementIdPrefix qualifier "
                             "principalOrgId eventSourceToken functionUrlAuthType"),
    ),
    Kind(
        "aws:lambda/eventSourceMapping:EventSourceMapping", "lambda", "{uuid}",
        create=(Call("create_event_source_mapping", out={"uuid": "UUID", "functionArn": "FunctionArn"}),),
        looks=(Look("get_event_source_mapping", {"UUID": "{uuid}"}, "@", {"batchSize": "BatchSize"}),),
        update=(Call("update_event_source_mapping", {"UUID": "{uuid}"}, take=("batchSize", "enabled", "functionName")),),
        delete=(Call("delete_event_source_mapping", {"UUID": "{uuid}"}, take=()),),
        outputs={"arn": "arn:aws:lambda:{region}:{account}:event-source-mapping:{uuid}"},
        replaces=replaced_by("eventSourceArn startingPosition startingPositionTimestamp queues topics"),
    ),
    Kind(
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "lambda", "{functionName}", again=True,
        create=(Call("put_function_event_invoke_config", take=("functionName", "qualifier", "destinationConfig",
                     "maximumRetryAttempts", "maximumEventAgeInSeconds")),),
        looks=(Look("get_function_event_invoke_config", {"FunctionName": "{functionName}"}, "@", {
            "maximumRetryAttempts": "MaximumRetryAttempts", "maximumEventAgeInSeconds": "MaximumEventAgeInSeconds"}),),
        delete=(Call("delete_function_event_invoke_config", {"FunctionName": "{functionName}"}, take=()),),
        replaces=replaced_by("functionName qualifier"),
    ),
    lacking("aws:lambda/codeSigningConfig:CodeSigningConfig", "", "moto has no code signing configurations",
            arn="arn:aws:lambda:{region}:{account}:code-signing-config:{id}", configId="{id}"),
    Kind(
        "aws:scheduler/schedule:Schedule", "scheduler", "{scheduleId}", names="name", again=False,
        create=(Call("create_schedule", {"ClientToken": "{token}"}, out={"arn": "ScheduleArn"}),),
        looks=(Look("get_schedule", _SCHEDULE, "@", {"scheduleExpression": "ScheduleExpression", "state": "State",
                    "kmsKeyArn": "KmsKeyArn"}),),
        update=(Call("update_schedule", {"Name": "{name}"}, take=(
            "scheduleExpression", "target", "flexibleTimeWindow", "state", "description", "groupName", "kmsKeyArn",
            "scheduleExpressionTimezone", "startDate", "endDate", "actionAfterCompletion")),),
        delete=(Call("delete_schedule", _SCHEDULE, take=()),),
        outputs={"scheduleId": lambda here: f"{here.get('groupName', 'default')}/{here['name']}"},
        replaces=replaced_by("name namePrefix groupName"),
    ),
    Kind(
        "aws:scheduler/scheduleGroup:ScheduleGroup", "scheduler", "{name}", names="name",
        create=(Call("create_schedule_group", {"ClientToken": "{token}"}, out={"arn": "ScheduleGroupArn"}),),
        looks=(Look("get_schedule_group", {"Name": "{name}"}),),
        delete=(Call("delete_schedule_group", {"Name": "{name}"}, take=()),),
        tagging=Tagging("tag_resource", "untag_resource", {"ResourceArn": "{arn}"}),
        replaces=replaced_by("name namePrefix"),
    ),
)  # fmt: skip
