"""What every spec that a person writes is made of: its base, its words for a mistake, its names of tables and columns."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from stormproof.core.table_name import BadName, parse_column, parse_table


def mistake(what: str, fix: str, *at: str) -> PydanticCustomError:
    """A mistake for spec_text: `at` is the key, below the model that raises it, where it stands."""
    return PydanticCustomError("spec", "{what}", {"what": what, "fix": fix, "at": at})


def _table(text: str) -> str:
    try:
        parse_table(text)
    except BadName as error:
        raise mistake(str(error), 'write name, schema.name, or "Name" in double quotes') from None
    return text


def _column(text: str) -> str:
    try:
        parse_column(text)
    except BadName as error:
        raise mistake(str(error), 'write one name, or "Name" in double quotes') from None
    return text


TableName = Annotated[str, AfterValidator(_table)]
ColumnName = Annotated[str, AfterValidator(_column)]
Text = Annotated[str, Field(min_length=1)]


class SpecPart(BaseModel):
    """Base of everything in a spec: nothing unknown, nothing changed afterwards, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)
