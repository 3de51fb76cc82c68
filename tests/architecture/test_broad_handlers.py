"""What catches everything says beside itself why, and hands on what it caught."""

from __future__ import annotations

import ast

import pytest
from repository_files import ROOT, python_files

BROAD = {"BaseException", "Exception"}


def _is_broad(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in BROAD) for kind in kinds)


HANDLERS = [
    (name, node)
    for name, tree in python_files("src", "runbooks", "infra").items()
    for node in ast.walk(tree)
    if isinstance(node, ast.ExceptHandler) and _is_broad(node)
]


def test_there_are_some() -> None:
    assert len(HANDLERS) > 3


@pytest.mark.parametrize(("name", "handler"), HANDLERS, ids=lambda one: one if isinstance(one, str) else one.lineno)
def test_a_broad_handler_is_argued_beside_it(name: str, handler: ast.ExceptHandler) -> None:
    line = (ROOT / name).read_text().splitlines()[handler.lineno - 1]
    argued = line.partition("#")[2].removeprefix(" noqa: BLE001 - ").strip()
    assert len(argued.split()) >= 4, f"{name}:{handler.lineno} catches everything and does not say why"


@pytest.mark.parametrize(("name", "handler"), HANDLERS, ids=lambda one: one if isinstance(one, str) else one.lineno)
def test_a_broad_handler_raises_again_or_keeps_what_it_caught(name: str, handler: ast.ExceptHandler) -> None:
    raises = any(isinstance(node, ast.Raise) for node in ast.walk(handler))
    keeps = any(isinstance(node, ast.Name) and node.id == handler.name for node in ast.walk(handler))
    assert raises or (handler.name is not None and keeps), f"{name}:{handler.lineno} swallows everything"
