"""How many of the types that a program declares are emulated: read from its text, or from a stack's exported state."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stormproof.core.errors import Refused
from stormproof.lab.aws.provider.catalogue import Catalogue
from stormproof.lab.aws.provider.tables import kind_of

# Families of which at least this share must be emulated (percent), beside 60 % of all types.
_FAMILIES = {
    "VPC": ("aws:ec2/", "aws:vpc/"),
    "KMS": ("aws:kms/",),
    "S3": ("aws:s3/",),
    "IAM": ("aws:iam/",),
}
# Settings of an account's servers and images, which pulumi_aws keeps beside the network's types.
_OF_SERVERS = frozenset({
    "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults", "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess",
})  # fmt: skip


@dataclass(frozen=True)
class Coverage:
    """Types by token: emulated, or why not."""

    emulated: tuple[str, ...]
    missing: dict[str, str]

    @property
    def share(self) -> float:
        total = len(self.emulated) + len(self.missing)
        return len(self.emulated) / total if total else 0.0

    def of(self, prefixes: tuple[str, ...]) -> Coverage:
        """The part of one family."""

        def belongs(token: str) -> bool:
            return token.startswith(prefixes) and token not in _OF_SERVERS

        return Coverage(
            tuple(token for token in self.emulated if belongs(token)),
            {token: why for token, why in self.missing.items() if belongs(token)},
        )


def of_types(tokens: set[str]) -> Coverage:
    missing = {}
    for token in sorted(tokens):
        kind = kind_of(token)
        if kind is None or kind.absent:
            missing[token] = kind.absent if kind is not None else "no table has it"
    return Coverage(tuple(sorted(tokens - missing.keys())), missing)


def types_of(place: Path, catalogue: Catalogue | None = None) -> set[str]:
    """The AWS types of a stack's exported state (a JSON file), or that the Python files of a folder construct."""
    if place.is_file():
        document = json.loads(place.read_text(encoding="utf-8"))
        rows = document.get("deployment", document).get("resources") or []
        return {row["type"] for row in rows if row["type"].startswith("aws:")}
    if not place.is_dir():
        raise Refused("there is no program to look at", where=str(place), fix="name a program's folder or a state file")
    by_place = _by_place(catalogue or Catalogue())
    found: set[str] = set()
    for path in sorted(place.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        names = _imported(tree)
        calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
        found |= {by_place[place_] for call in calls if (place_ := _resolve(call, names)) in by_place}
    return found


def text(place: Path) -> str:
    """For people: the shares, and what is missing."""
    found = of_types(types_of(place))
    total = len(found.emulated) + len(found.missing)
    lines = [f"{len(found.emulated)} of {total} types emulated ({found.share:.0%}); aim 60%"]
    for name, prefixes in _FAMILIES.items():
        part = found.of(prefixes)
        whole = len(part.emulated) + len(part.missing)
        lines.append(f"  {name}: {len(part.emulated)} of {whole} ({part.share:.0%}); aim 90%")
    lines += ["not emulated (state only):", *(f"  {token}: {why}" for token, why in found.missing.items())]
    return "\n".join(lines) + "\n"


def _by_place(catalogue: Catalogue) -> dict[tuple[str, str], str]:
    """(Python module, class) → token; `lambda` is `lambda_` there."""
    return {place: token for token, place in catalogue.places()}


def _imported(tree: ast.Module) -> dict[str, tuple[str, ...]]:
    """Local name → path below pulumi_aws, for every way of importing it."""
    names: dict[str, tuple[str, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= dict(_plain_imports(node))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "pulumi_aws":
            below = tuple((node.module or "").split(".")[1:])
            names |= {alias.asname or alias.name: (*below, alias.name) for alias in node.names}
    return names


def _plain_imports(node: ast.Import) -> Iterator[tuple[str, tuple[str, ...]]]:
    for alias in node.names:
        package, *below = alias.name.split(".")
        if package == "pulumi_aws":
            yield (alias.asname, tuple(below)) if alias.asname else (package, ())


def _resolve(node: ast.expr, names: dict[str, tuple[str, ...]]) -> tuple[str, str] | None:
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in names:
        return None
    whole = [*names[node.id], *path]
    return (whole[0], whole[-1]) if len(whole) >= 2 else None
