"""The layer `account`: what an account has once. Declared in each account by a stack of its own (`accountOf`)."""

from __future__ import annotations

from typing import Any

from infra.components.access import declare_account_access
from infra.components.detection import declare_detection
from infra.components.keys import Keys
from infra.components.notices import Notices
from infra.context import Context
from infra.spec.key_table import layer_keys
from infra.spec.settings import Layer


def declare(context: Context) -> dict[str, Any]:
    """Declares the layer; returns its stack outputs."""
    settings = context.settings
    keys = Keys("keys-account", context, layer_keys(settings, Layer.ACCOUNT), context.top())
    emails = settings.notice_emails
    notices = Notices("notices-account", context, keys.arn("audit"), emails, context.top())
    return {
        "accountId": context.place.account,
        "noticesArn": notices.arn,
        **declare_account_access(context),
        **declare_detection(context, keys, notices),
    }
