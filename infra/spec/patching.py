"""Baselines, windows, and what they cover."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from infra.spec.base import Spec

System = Literal["AMAZON_LINUX_2023", "AMAZON_LINUX_2", "DEBIAN", "UBUNTU", "REDHAT_ENTERPRISE_LINUX", "WINDOWS"]
CRITICAL_DAYS_MAX = 7  # POLICY.md, 3.1-c


class PatchingSpec(Spec):
    """Baselines, windows, and what they cover: instances with the tag `PatchGroup: PROJECT-ENVIRONMENT-application`.

    Systems Manager patches for nothing; what it costs is the restart, in the window.

    Args:
        enabled: declare it. False: only where another tool patches. Fallback: none; rule `patching-covered` refuses it
            as soon as an instance is declared.
        systems: a baseline for each; it becomes the account's default for the system, so a forgotten tag is patched too.
        critical_days: critical and important fixes are approved so long after their release.
        other_days: all others.
        install: when the window that installs opens, as Systems Manager reads it.
        scan: when it is looked what is missing, without a change.
        timezone: of both.
        hours, cutoff: how long the window is open; no new instance is begun in its last `cutoff` hours.
        at_once: instances patched at a time (`1`, `25%`).
        stop_after: failures after which the rest is left alone.
        default_baselines: make ours the account's default for each system, so that what has no tag is patched too.
    """

    enabled: bool = True
    systems: Annotated[tuple[System, ...], Field(min_length=1)] = ("AMAZON_LINUX_2023", "DEBIAN", "UBUNTU")
    critical_days: Annotated[int, Field(ge=0, le=CRITICAL_DAYS_MAX)] = 3
    other_days: Annotated[int, Field(ge=0, le=60)] = 14
    install: Annotated[str, Field(pattern=r"^(cron|rate)\(.+\)$")] = "cron(0 2 ? * SUN *)"
    scan: Annotated[str, Field(pattern=r"^(cron|rate)\(.+\)$")] = "cron(0 6 ? * * *)"
    timezone: Annotated[str, Field(pattern=r"^[A-Za-z_+-]+(/[A-Za-z_+-]+)*$")] = "Etc/UTC"
    hours: Annotated[int, Field(ge=1, le=24)] = 4
    cutoff: Annotated[int, Field(ge=0, le=23)] = 1
    at_once: Annotated[str, Field(pattern=r"^[1-9][0-9]*%?$")] = "25%"
    stop_after: Annotated[str, Field(pattern=r"^[0-9]+%?$")] = "10%"
    default_baselines: bool = True
