"""The checks that a drill may ask of restored data, as a spec names them. `reached` is always asked and never listed."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from stormproof.core.spec_part import ColumnName, SpecPart, TableName, Text, mistake
from stormproof.core.units import Duration, Size

CHECK_TIMEOUT = timedelta(minutes=10)  # a check without a bound of its own; `drill check` cannot know the data's size


class Check(SpecPart):
    """What every check has. `kind` is the one key of its entry in the list."""

    tag: ClassVar[str]
    filled_in: ClassVar[frozenset[str]] = frozenset({"kind"})

    timeout: Duration = Field(default=CHECK_TIMEOUT, description="the longest that it may take, such as 30s")

    @property
    def title(self) -> str:
        """What reports call it."""
        return self.tag

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if self.timeout <= timedelta(0):
            raise mistake("a timeout of nothing lets no check end", "write for example 30s", "timeout")
        return self


class StructureCheck(Check):
    """Schemas, tables, columns, indexes, constraints, functions, roles and grants against the reference."""

    tag = "structure"
    kind: Literal["structure"]
    ignore: tuple[Text, ...] = Field(default=(), strict=False, description="objects to leave out, by their names")


class Rows(SpecPart):
    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)
    max_drop_percent: float | None = Field(default=None, ge=0, le=100, description="against the reference's count")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.min is None and self.max is None and self.max_drop_percent is None:
            raise mistake("nothing is asked of the rows", "give min, max or max_drop_percent")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise mistake(f"min {self.min} is above max {self.max}", "swap them", "min")
        return self


class VolumeCheck(Check):
    """A table's number of rows, in itself and against the reference."""

    tag = "volume"
    kind: Literal["volume"]
    table: TableName
    rows: Rows

    @property
    def title(self) -> str:
        return f"volume of {self.table}"


class Expect(SpecPart):
    """What the query's only value must be. All that is given must hold."""

    equals: int | float | bool | str | None = None
    min: int | float | None = None
    max: int | float | None = None
    rows: int | None = Field(default=None, ge=0, description="the number of rows, instead of a value")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.model_fields_set:
            raise mistake("nothing is expected", "give equals, min, max or rows")
        if "rows" in self.model_fields_set and self.model_fields_set != {"rows"}:
            raise mistake("'rows' counts rows and the others look at a value", "give one or the other", "rows")
        return self


class QueryCheck(Check):
    """A question of the user's own. Only its verdict leaves the database."""

    tag = "query"
    kind: Literal["query"]
    name: Text
    sql: Text
    expect: Expect
    database: Text | None = Field(default=None, description="another database than the service's")

    @property
    def title(self) -> str:
        return self.name


def _checksums(value: Any) -> Any:
    """`true` and `false` as words of the list: required, off."""
    return {True: "required", False: "off"}.get(value, value) if isinstance(value, bool) else value


class IntegrityCheck(Check):
    """The engine's own look: B-trees, page checksums, foreign keys, sequences."""

    tag = "integrity"
    kind: Literal["integrity"]
    amcheck: bool = True
    checksums: Annotated[Literal["if-enabled", "required", "off"], BeforeValidator(_checksums)] = "if-enabled"
    foreign_keys: bool = True
    sequences: bool = True


class Watermark(SpecPart):
    table: TableName
    column: ColumnName


class FreshnessCheck(Check):
    """How old the newest data is, at the failure or at the target instant."""

    tag = "freshness"
    kind: Literal["freshness"]
    watermark: Watermark
    max_age: Duration


class FilesCheck(Check):
    """The restored files against the reference: number, bytes and, where it holds them, digests."""

    tag = "files"
    kind: Literal["files"]
    min_files: int | None = Field(default=None, ge=0)
    min_bytes: Size | None = None


class CrossStoreCheck(Check):
    """Each row that names a file against that file: there, and with that digest."""

    tag = "cross_store"
    kind: Literal["cross_store"]


class SettingsCheck(Check):
    """The server's settings against the reference, apart from what the drill itself sets."""

    tag = "settings"
    kind: Literal["settings"]
    ignore: tuple[Text, ...] = Field(default=(), strict=False)


AnyCheck = Annotated[
    StructureCheck
    | VolumeCheck
    | QueryCheck
    | IntegrityCheck
    | FreshnessCheck
    | FilesCheck
    | CrossStoreCheck
    | SettingsCheck,
    Field(discriminator="kind"),
]
CHECK_KINDS: tuple[str, ...] = (
    "structure",
    "volume",
    "query",
    "integrity",
    "freshness",
    "files",
    "cross_store",
    "settings",
)
NEEDS_DATABASE = frozenset(CHECK_KINDS) - {"files"}
NEEDS_FILES = frozenset({"files", "cross_store"})


def with_kind(entry: Any) -> Any:
    """`{volume: {...}}` as the model wants it: the one key becomes `kind`. Anything else is left for the mistakes."""
    if isinstance(entry, dict) and len(entry) == 1:
        kind, fields = next(iter(entry.items()))
        if kind in CHECK_KINDS and (fields is None or isinstance(fields, dict)):
            return {**(fields or {}), "kind": kind}
    return entry
