"""What an emulator's answer means: gone, refused, or that it has no such call."""

from __future__ import annotations

import re

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

# AWS's codes for a thing that is not there end or begin in one of these.
_GONE = re.compile(
    r"NotFound|NoSuch|DoesNotExist|NotExist|Non[Ee]xist|NotInUse|NotRegistered|^404$|NoAvailable.*Exception$"
)
# Services that say it in words alone: GuardDuty, Security Hub, Secrets Manager.
_GONE_TEXT = re.compile(r"not owned by the current account|not subscribed to AWS Security Hub|marked deleted")
# The last: the emulator's list of AWS's services is shorter than AWS's.
_ABSENT_TEXT = re.compile(
    r"not (yet )?(been )?implemented|NotImplementedError|<!doctype html|unrecognized service principal", re.IGNORECASE
)
_SERVER_ERRORS = range(500, 600)


class NotEmulated(Exception):
    """The emulator has no such call, or broke in it. `why` is for the list."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Gone(Exception):
    """The thing asked for is not there."""


class EmulatorRefused(Exception):
    """The emulator has the call and said no."""


def translate(error: ClientError | BotoCoreError | ResponseParserError, service: str, op: str) -> Exception:
    """The error in our words. Absence shows in four ways, and is never a pass (AWS.md 4)."""
    call = f"{service}.{op}"
    if isinstance(error, ResponseParserError):  # HTML where XML is expected
        return NotEmulated(f"{call}: the emulator has no such call")
    if not isinstance(error, ClientError):
        return EmulatorRefused(f"{call}: {error}")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = str(error.response.get("Error", {}).get("Code", ""))
    message = str(error.response.get("Error", {}).get("Message", ""))
    if status in _SERVER_ERRORS:
        return NotEmulated(f"{call}: the emulator failed with {status}")
    if _ABSENT_TEXT.search(message) or (status == 404 and code == "404" and not op.startswith("head_")):
        return NotEmulated(f"{call}: the emulator has no such call")
    if _GONE.search(code) or _GONE_TEXT.search(message):
        return Gone(f"{call}: {code}: {message}")
    return EmulatorRefused(f"{call}: {code}: {message}")
