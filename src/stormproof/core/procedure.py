"""How a recovery fetches and restores: the switches of its speed. Each is real, and can be set per service or per run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError

from stormproof.core.errors import Refused
from stormproof.core.spec_part import SpecPart, mistake

CONNECTIONS_DEFAULT = 2  # of the asynchronous fetch; more brought nothing on two cores

Transport = Literal["ssh", "tls"]


class Procedure(SpecPart):
    """Left out: the fastest way that was measured and that needs nothing of the vault (docs/measurement.md)."""

    transport: Transport = Field(
        default="ssh", description="how pgBackRest reaches the vault; tls needs `tls` of the same service"
    )
    wal: Literal["prefetch", "on-demand"] = Field(
        default="prefetch",
        description="prefetch: ahead of replay, over connections that are kept; on-demand: one when replay asks, as the tools do",
    )
    connections: int = Field(
        default=CONNECTIONS_DEFAULT, ge=1, le=32, description="that bring WAL side by side (prefetch)"
    )
    processes: int | None = Field(
        default=None, ge=1, le=64, description="of the base restore; left out: as many as the host has cores"
    )


# What pgBackRest and PostgreSQL do when nobody tells them otherwise.
TOOLS_DEFAULTS = Procedure(transport="ssh", wal="on-demand", connections=1, processes=1)
NAMED: Mapping[str, Procedure] = {"defaults": TOOLS_DEFAULTS}
TRANSPORTS: tuple[Transport, ...] = get_args(Transport)


def chosen_procedure(own: Procedure, wanted: object, *, has_tls: bool, service: str = "the service") -> Procedure:
    """The service's own procedure with what a run changes of it.

    Args:
        wanted: nothing, a name (`defaults`, or a transport alone), or a mapping of single switches.

    Raises:
        Refused: a name or switch that there is not, or TLS where the inventory names no TLS server.
    """
    if not wanted:
        found = own
    elif wanted in TRANSPORTS:
        found = own.model_copy(update={"transport": wanted})
    elif isinstance(wanted, str):
        if wanted not in NAMED:
            raise Refused(
                f"'{wanted}' is no procedure",
                where="parameter procedure",
                fix=f"write {', '.join((*NAMED, *TRANSPORTS))}, or leave it out for the service's own",
                code="SP811",
            )
        found = NAMED[wanted]
    else:
        try:
            changes: dict[str, Any] = dict(wanted)  # type: ignore[call-overload]
            found = Procedure.model_validate(own.model_dump() | changes)
        except (ValidationError, TypeError, ValueError) as error:
            said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise Refused(
                f"this is no procedure: {said}",
                where="parameter procedure",
                fix=f"its switches are {', '.join(Procedure.model_fields)}",
                code="SP811",
            ) from error
    if found.transport == "tls" and not has_tls:
        raise Refused(
            "the inventory names no TLS server for this repository",
            where=f"inventory, services.{service}",
            fix="set one up at the vault that serves a read-only view, and add `tls: {ca, certificate, key}`",
            code="SP812",
        )
    return found


def need_tls(transport: str, tls: object) -> None:
    """For the inventory's own check: raises its kind of mistake."""
    if transport == "tls" and tls is None:
        raise mistake("transport tls needs a TLS server", "add 'tls: {ca: …, certificate: …, key: …}'", "procedure")
