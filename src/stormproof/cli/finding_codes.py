"""Every code that a finding or an error carries, with its words: read from the source, where each is told."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CODE = re.compile(r"SP\d{3}\Z")
# Who names a code without telling it: negative controls say which one should catch them.
NAMES_ONLY = re.compile(r"(core/negative_control|drill/controls/)")


@dataclass(frozen=True, slots=True)
class Told:
    """One place that tells a code. `weight`: a finding's severity, or the error that it is raised as."""

    code: str
    module: str
    weight: str
    what: str
    fix: str


def told_in(root: Path) -> list[Told]:
    """Every place under src/ and runbooks/ that tells a code, by code. What is put into a text at run time stands as `…`."""
    found = []
    for folder in ("src", "runbooks"):
        for path in sorted((root / folder).rglob("*.py")):
            module = path.relative_to(root).as_posix().removeprefix("src/stormproof/")
            if not NAMES_ONLY.search(module):
                found += list(_in_module(module, ast.parse(path.read_text(encoding="utf-8"))))
    return sorted(found, key=lambda one: (one.code, one.module))


def _in_module(module: str, tree: ast.Module) -> Iterator[Told]:
    names, owners = _Names(tree), _Owners(tree)
    within: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call | ast.Tuple):
            parts = [*node.args, *(k.value for k in node.keywords)] if isinstance(node, ast.Call) else node.elts
            for part in parts:
                if _code(part) and id(part) not in within:
                    within.add(id(part))
                    yield _told(module, _code(part), node, part, names, owners)
    for node in ast.walk(tree):
        if _code(node) and id(node) not in within:
            yield Told(_code(node), module, "", "", "")


def _code(node: ast.AST) -> str:
    return (
        node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value) else ""
    )


def _told(module: str, code: str, node: ast.Call | ast.Tuple, at: ast.expr, names: _Names, owners: _Owners) -> Told:
    named: dict[str, ast.expr] = {}
    plain: list[ast.expr] = []
    weight = callee = ""
    if isinstance(node, ast.Call):
        named = {k.arg: k.value for k in node.keywords if k.arg}
        plain = list(node.args)
        callee = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        callee = owners.of(node, callee)
        weight = f"`{callee}`" if callee[:1].isupper() and callee not in ("Finding", "Rule") else ""
    else:
        plain = node.elts
    severities = [p.attr.lower() for p in [*plain, *named.values()] if _is_severity(p) and isinstance(p, ast.Attribute)]
    behind = plain[plain.index(at) + 1 :] if at in plain else plain
    texts = [text for part in behind if (text := _text(part, names))]
    if not texts and "what" not in named and at in plain:  # a rule has its name before its code
        texts = [text for part in plain[: plain.index(at)] if (text := _text(part, names))][:1]
        if callee in ("Rule", "fact"):
            texts = [f"isolation: {texts[0]}", "see the table of facts in [isolation](isolation.md)"]
    if weight == "`ToolMeaning`":  # code, what, fix, and how the tool's words are known
        weight, texts = "`RunFailed`", texts[:2]
    what = _text(named["what"], names) if "what" in named else next(iter(texts), "")
    fix = _text(named["fix"], names) if "fix" in named else (texts[-1] if len(texts) > 1 else "")
    return Told(code, module, severities[0] if severities else weight, what, fix)


def _is_severity(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Severity"


def _text(node: ast.expr, names: _Names) -> str:
    """The words of a text as far as they stand in the source."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) and not CODE.match(node.value) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (_text(node.left, names) or "…") + (_text(node.right, names) or "…")
    if isinstance(node, ast.IfExp):
        return _text(node.body, names) or _text(node.orelse, names)
    if isinstance(node, ast.Name) and (value := names.value_of(node)) is not None:
        return _text(value, names)
    return ""


class _Owners:
    """The error that is raised where its class is not called by its name."""

    def __init__(self, tree: ast.Module) -> None:
        self._scopes = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef | ast.FunctionDef)]

    def of(self, call: ast.Call, callee: str) -> str:
        """`super().__init__(…)`: the class around it. `kind_of(…)(…)`: what the function around it answers."""
        if callee == "__init__":
            return next((scope.name for scope in self._around(call) if isinstance(scope, ast.ClassDef)), callee)
        if callee:
            return callee
        around = next((scope for scope in self._around(call) if isinstance(scope, ast.FunctionDef)), None)
        answers = around.returns if around is not None else None
        return answers.id if isinstance(answers, ast.Name) else callee

    def _around(self, node: ast.AST) -> list[ast.ClassDef | ast.FunctionDef]:
        """Innermost first."""
        line = getattr(node, "lineno", 0)
        return sorted(
            (scope for scope in self._scopes if scope.lineno <= line <= (scope.end_lineno or 0)),
            key=lambda scope: -scope.lineno,
        )


class _Names:
    """What a name stands for where it is used: the last assignment above it, in its own function or in the module."""

    def __init__(self, tree: ast.Module) -> None:
        self._assigned: list[tuple[str, int, int, int, ast.expr]] = []  # name, scope's first and last line, line, value
        self._collect(tree, 0, 1_000_000)

    def _collect(self, scope: ast.AST, first: int, last: int) -> None:
        for node in ast.iter_child_nodes(scope):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._collect(node, node.lineno, node.end_lineno or last)
                continue
            if isinstance(node, ast.Assign) and not isinstance(node.value, ast.Name):
                for target in node.targets:
                    pairs = [(target, node.value)]
                    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                        pairs = list(zip(target.elts, node.value.elts, strict=False))
                    for name, value in pairs:
                        if isinstance(name, ast.Name):
                            self._assigned.append((name.id, first, last, node.lineno, value))
            self._collect(node, first, last)

    def value_of(self, name: ast.Name) -> ast.expr | None:
        fitting = [
            (first, line, value)
            for known, first, last, line, value in self._assigned
            if known == name.id and first <= name.lineno <= last and (line < name.lineno or first == 0)
        ]
        return max(fitting, key=lambda one: one[:2])[2] if fitting else None


def page(root: Path, note: str) -> str:
    """docs/findings.md."""
    lines = [
        "# Findings and errors by code", "", f"<!-- {note} -->", "",
        "A code has one meaning over the whole product. `told as` is a finding's severity, or the error that it ends with",
        "([exit codes](exit-codes.md)). Where the words hold names or figures, `…` stands here.", "",
        "| code | what it says | told as | what to do |", "|---|---|---|---|",
    ]  # fmt: skip
    seen: set[tuple[str, str]] = set()
    for one in told_in(root):
        if (one.code, one.what) not in seen and one.what:
            seen.add((one.code, one.what))
            lines.append(f"| {one.code} | {_cell(one.what)} | {one.weight or '–'} | {_cell(one.fix) or '–'} |")
    spoken = {code for code, _ in seen}
    silent = sorted({one.code for one in told_in(root)} - spoken)
    lines += [f"| {code} | (its words are made at run time) | – | – |" for code in silent]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").strip()
