"""The small wrong changes that can be made to a module: each is one node of its syntax tree, replaced."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_SIGNS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "bisect_left": "bisect_right", "bisect_right": "bisect_left"}  # fmt: skip
COMPARISON = "comparison"
DECISIONS = (COMPARISON, "condition")  # what `--quick` tries, and what the target is about


@dataclass(frozen=True)
class Mutant:
    """One change.

    Attributes:
        kind: comparison, condition, boolean, constant, sign or name.
        function: dotted name inside the module; empty for what runs at import.
        at_import: a default, a decorator or the module's own level: the module must be loaded anew to see it.
        number: of the node, in the order of `ast.walk` over the module; `way` counts the changes of that node.
    """

    module: str
    kind: str
    function: str
    line: int
    before: str
    after: str
    at_import: bool
    number: int
    way: int

    @property
    def key(self) -> str:
        """Names the mutant over edits elsewhere in the file."""
        return f"{self.module}:{self.function}: {self.before} → {self.after}"


def mutants(module: str, source: str) -> list[Mutant]:
    """Every change of one module, by line."""
    tree = ast.parse(source)
    where, conditions = _places(tree), _conditions(tree)
    keywords = {word.value: f"{word.arg}=" for word in ast.walk(tree) if isinstance(word, ast.keyword) and word.arg}
    found = []
    for number, node in enumerate(ast.walk(tree)):
        place = where.get(node)
        if place is None:
            continue
        for way, (kind, changed) in enumerate(_ways(node, node in conditions)):
            function, at_import = place
            named = keywords.get(node, "") if isinstance(node, ast.Constant) else ""
            line, before, after = getattr(node, "lineno", 0), named + ast.unparse(node), named + ast.unparse(changed)
            found.append(Mutant(module, kind, function, line, before, after, at_import, number, way))
    return sorted(found, key=lambda m: (m.line, m.number, m.way))


def mutated(source: str, mutant: Mutant) -> ast.Module:
    """The module's tree with that one change in it, lines as they were."""
    tree = ast.parse(source)
    node = next(n for number, n in enumerate(ast.walk(tree)) if number == mutant.number)
    changed = list(_ways(node, node in _conditions(tree)))[mutant.way][1]
    ast.copy_location(changed, node)
    replaced = _Replace(node, changed).visit(tree)
    assert isinstance(replaced, ast.Module)
    return ast.fix_missing_locations(replaced)


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def _conditions(tree: ast.Module) -> set[ast.AST]:
    """What an `if`, a filter, `any` or `all` asks without comparing: a flag, a call, a thing that may be none."""
    asked: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            asked.add(node.test)
        elif isinstance(node, ast.comprehension):
            asked.update(node.ifs)
        elif isinstance(node, ast.BoolOp):
            asked.update(node.values)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("any", "all"):
            asked.update(of.elt for of in node.args if isinstance(of, ast.GeneratorExp))
    return {
        one for one in asked if isinstance(one, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.NamedExpr)
    }


def _ways(node: ast.AST, condition: bool) -> Iterator[tuple[str, ast.AST]]:
    if condition:
        assert isinstance(node, ast.expr)
        yield "condition", ast.UnaryOp(ast.Not(), copy.deepcopy(node))
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            for other in _COMPARISONS[type(operator)]:
                changed = copy.deepcopy(node)
                changed.ops[index] = other()
                yield COMPARISON, changed
    elif isinstance(node, ast.BoolOp):
        changed_bool = copy.deepcopy(node)
        changed_bool.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        yield "boolean", changed_bool
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "boolean", copy.deepcopy(node.operand)
    elif (
        isinstance(node, ast.BinOp)
        and type(node.op) in _SIGNS
        and not isinstance(node.left, ast.Constant | ast.JoinedStr)
    ):
        changed_sign = copy.deepcopy(node)
        changed_sign.op = _SIGNS[type(node.op)]()
        yield "sign", changed_sign
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "constant", ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield "constant", ast.Constant(node.value + 1)
    elif isinstance(node, ast.Name) and node.id in _NAMES and isinstance(node.ctx, ast.Load):
        yield "name", ast.Name(_NAMES[node.id], ast.Load())


def _called_at_import(tree: ast.Module) -> set[str]:
    """Functions whose result the module keeps, such as a table: swapping their code afterwards would change nothing."""
    kept = [one for one in tree.body if isinstance(one, ast.Assign | ast.AnnAssign)]
    calls = [node for one in kept for node in ast.walk(one) if isinstance(node, ast.Call)]
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)}


def _is_dataclass(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "dataclass"


def _places(tree: ast.Module) -> dict[ast.AST, tuple[str, bool]]:
    """Node -> (its function, whether it is evaluated at import).

    Left out: asserts, annotations, type-checking blocks, and how a dataclass is kept (`frozen`, `slots`).
    """
    found: dict[ast.AST, tuple[str, bool]] = {}
    runs_early = _called_at_import(tree)

    def walk(node: ast.AST, name: str, *, at_import: bool) -> None:
        if isinstance(node, ast.Assert) or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            return
        found[node] = (name, at_import)
        if isinstance(node, ast.FunctionDef):
            inner = f"{name}.{node.name}".lstrip(".")
            for early in [*node.decorator_list, *node.args.defaults, *[d for d in node.args.kw_defaults if d]]:
                walk(early, inner, at_import=True)
            for statement in node.body:
                walk(statement, inner, at_import=inner in runs_early)
        elif isinstance(node, ast.ClassDef):
            for child in [
                *(d for d in node.decorator_list if not _is_dataclass(d)),
                *node.bases,
                *(k.value for k in node.keywords),
                *node.body,
            ]:
                walk(child, f"{name}.{node.name}".lstrip("."), at_import=at_import)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                walk(node.value, name, at_import=at_import)
        else:
            for child in ast.iter_child_nodes(node):
                walk(child, name, at_import=at_import)

    walk(tree, "", at_import=True)
    return found
