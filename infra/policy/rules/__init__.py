"""The rules: one module each, with a `RULE`. `all_rules()` reads the folder, so adding a file adds a rule."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from stormproof.core.infra.rule import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by id. Two rules of one id, or a module without one, are a mistake."""
    found = [
        import_module(f"{__name__}.{module.name}").RULE for module in iter_modules(__path__) if module.name[0] != "_"
    ]
    assert len({rule.id for rule in found}) == len(found), "two rules have one id"
    return tuple(sorted(found, key=lambda rule: rule.id))
