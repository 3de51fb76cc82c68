"""An instant as a document of ours holds it: with a zone, and within the calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime


def _within_the_calendar(value: datetime) -> datetime:
    """The value as it was written. Raises ValueError for 0001-01-01T00:00+14:00, which in UTC lies before the first day."""
    try:
        value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("an instant outside the calendar") from error
    return value


# Without a zone it could be compared with none that has one.
Instant = Annotated[AwareDatetime, AfterValidator(_within_the_calendar)]
