"""A drill as its YAML file says it: what is lost, what brings it back, where, how fast, and how we know that it is whole."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from stormproof.core.check_spec import AnyCheck, with_kind
from stormproof.core.schedule import EXAMPLE, BadSchedule, parse_schedule
from stormproof.core.spec_part import SpecPart, TableName, Text, mistake
from stormproof.core.units import Duration, InstantUtc

ScenarioKind = Literal["loss", "dropped-table", "point-in-time"]
PointChoice = Literal["newest", "oldest", "random"]
DRILL_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)  # fits into file names, host names and tags


def _name(text: str) -> str:
    if DRILL_NAME.fullmatch(text) is None:
        raise mistake(f"'{text}' is no name of a drill", "use lower-case letters, digits and hyphens, at most 63")
    return text


def _schedule(text: str) -> str:
    try:
        parse_schedule(text)
    except BadSchedule as error:
        raise mistake(f"'{text}' is no schedule: {error}", EXAMPLE) from None
    return text


def _positive(duration: timedelta) -> timedelta:
    if duration <= timedelta(0):
        raise mistake("a target of 0s can never be met", "write what the business was promised, such as 5m")
    return duration


Target = Annotated[Duration, AfterValidator(_positive)]


class Scenario(SpecPart):
    """What happens. `at` None means now: the moment at which the drill says that it happened."""

    kind: ScenarioKind
    service: Text = Field(description="the service that is recovered, by its name in the inventory")
    at: Annotated[InstantUtc | None, BeforeValidator(lambda value: None if value == "now" else value)] = None
    inject: bool = Field(default=False, description="true: the lab really does it. Only in the lab")
    table: TableName | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.kind == "dropped-table" and self.table is None:
            raise mistake("a dropped table needs its name", "add 'table: NAME'", "kind")
        if self.kind != "dropped-table" and self.table is not None:
            raise mistake(f"a scenario of kind {self.kind} has no table", "remove 'table'", "table")
        if self.kind == "point-in-time" and self.at is None:
            raise mistake(
                "a point in time needs its instant", "add 'at: 2026-01-31T09:00:00Z' with the instant you mean", "kind"
            )
        if self.kind == "point-in-time" and self.inject:
            raise mistake("a point in time breaks nothing, so there is nothing to inject", "remove 'inject'", "inject")
        if self.kind == "dropped-table" and not self.inject and self.at is None:
            raise mistake(
                "nobody drops the table, so the instant of its loss is not known",
                "add 'at: INSTANT', or in the lab 'inject: true'",
                "kind",
            )
        if self.inject and self.at is not None:
            raise mistake("what is injected happens now", "write 'at: now', or remove 'inject'", "at")
        if self.kind == "loss" and self.at is not None:
            raise mistake(
                "what the vault held at a past instant is not known any more, and today's vault would flatter",
                "write 'at: now', or 'kind: point-in-time' to go back to that instant",
                "at",
            )
        return self


class Window(SpecPart):
    """How far back recovery must be possible."""

    min: Target


class Targets(SpecPart):
    """What was promised. `rpo_consistent` may be left out where there is one store only."""

    rto: Target = Field(description="from the failure's isolation proof to the first write and read, such as 5m")
    rpo: Target = Field(description="the most data that may be lost, as time, such as 1m")
    rpo_consistent: Target | None = None


class Keep(SpecPart):
    """How long the restored environment stays up; the default is not at all."""

    on_success: Duration = timedelta(0)
    on_failure: Duration = timedelta(0)


class DrillSpec(SpecPart):
    """One drill. Read it with `drill_text.parse_drill`, which also holds it against the inventory and the runbooks."""

    drill: Annotated[str, AfterValidator(_name)] = Field(description="the drill's name, the same as its file's")
    title: Text = Field(description="one line for people")
    owner: Text = Field(description="who is called when it fails")
    runbook: Text = Field(description="the procedure that it rehearses")
    environment: Text = Field(description="the isolated environment that it restores into")
    scenario: Scenario
    point: PointChoice = "newest"
    window: Window | None = None
    targets: Targets = Field(description="rto and rpo")
    checks: Annotated[
        tuple[Annotated[AnyCheck, BeforeValidator(with_kind)], ...], Field(min_length=1, strict=False)
    ] = Field(description="a list of checks; structure, volume, query, integrity, freshness, files, …")
    keep: Keep = Keep()
    schedule: Annotated[str, AfterValidator(_schedule)] | None = None

    def target_instant(self) -> datetime | None:
        """The instant to go back to, where the spec itself names one (an injected drop is only known once it happened)."""
        return self.scenario.at if self.scenario.kind != "loss" else None

    def as_json(self) -> dict[str, Any]:
        """As plain data: durations and instants are texts again, each check is one key with its fields."""
        document = self.model_dump(mode="json", exclude_none=True)
        document["checks"] = [{check.pop("kind"): check} for check in document["checks"]]
        return document
