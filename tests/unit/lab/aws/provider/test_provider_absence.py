"""What an emulator's answer means. That it has no such call is never read as a pass."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.parsers import ResponseParserError

from stormproof.lab.aws.provider.absence import EmulatorRefused, Gone, NotEmulated, translate


def error(status: int, code: str, message: str = "") -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Op")


@pytest.mark.parametrize(
    ("seen", "op", "meaning"),
    [
        (error(404, "404", "Not Found"), "get_thing", NotEmulated),
        (error(404, "404", "Not yet implemented"), "get_thing", NotEmulated),
        (error(404, "Unknown", "<!doctype html><title>404 Not Found</title>"), "get_thing", NotEmulated),
        (error(500, "500", "Internal Server Error"), "get_thing", NotEmulated),
        (error(500, "InternalError", "Unknown"), "get_thing", NotEmulated),
        (error(501, "NotImplemented"), "get_thing", NotEmulated),
        (error(400, "X", "The thing action has not been implemented"), "get_thing", NotEmulated),
        (error(400, "InvalidInputException", "You specified an unrecognized service principal."), "x", NotEmulated),
        (ResponseParserError("Unable to parse response"), "get_thing", NotEmulated),
        (error(404, "404", "Not Found"), "head_bucket", Gone),
        (error(404, "NoSuchBucket"), "get_bucket_policy", Gone),
        (error(404, "NoSuchEntity"), "get_role", Gone),
        (error(400, "InvalidVpcID.NotFound"), "describe_vpcs", Gone),
        (error(404, "ResourceNotFoundException"), "describe_secret", Gone),
        (error(404, "DBInstanceNotFound"), "describe_db_instances", Gone),
        (error(400, "AWS.SimpleQueueService.NonExistentQueue"), "get_queue_attributes", Gone),
        (error(400, "WAFNonexistentItemException"), "get_web_acl", Gone),
        (
            error(400, "BadRequestException", "… input detectorId is not owned by the current account."),
            "get_detector",
            Gone,
        ),
        (error(403, "AccessDenied", "no"), "put_key_policy", EmulatorRefused),
        (error(400, "DependencyViolation", "in use"), "delete_vpc", EmulatorRefused),
        (ConnectionClosedError(endpoint_url="http://127.0.0.1:1"), "get_thing", EmulatorRefused),
    ],
)
def test_an_answer_has_one_meaning(seen: Any, op: str, meaning: type[Exception]):
    told = translate(seen, "service", op)
    assert type(told) is meaning
    assert f"service.{op}" in str(told)
