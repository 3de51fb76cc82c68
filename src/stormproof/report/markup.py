"""HTML that cannot be injected into: every text is escaped unless this module made it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from stormproof.report.wording import plain

_VOID = frozenset({"meta", "link", "br", "hr", "rect", "line", "circle", "path", "polyline"})


class Markup(str):
    """Text that is HTML already. Only this module makes it from parts, each escaped."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[Child] | None"


def el(tag: str, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """One element. Attributes: `class_`, `for_` lose the underscore, others turn it into a dash; None and False drop out."""
    parts = [tag]
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        key = name.rstrip("_").replace("_", "-") if name not in _CAMEL else _CAMEL[name]
        parts.append(key if value is True else f'{key}="{escape(plain(_number(value)), quote=True)}"')
    start = f"<{' '.join(parts)}>"
    if tag in _VOID:
        return Markup(start.removesuffix(">") + "/>" if tag not in ("meta", "link", "br", "hr") else start)
    return Markup(f"{start}{join(children)}</{tag}>")


def join(children: Child) -> Markup:
    """Children one after the other: Markup as it is, everything else as escaped text."""
    if children is None:
        return Markup("")
    if isinstance(children, Markup):
        return children
    if isinstance(children, str):
        return Markup(escape(plain(children), quote=False))
    return Markup("".join(join(child) for child in children))


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


_CAMEL = {"viewBox": "viewBox", "preserveAspectRatio": "preserveAspectRatio", "http_equiv": "http-equiv"}
