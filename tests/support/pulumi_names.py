"""The types and properties that pulumi_aws really has, read from its sources: importing them all takes seconds and memory."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_REGISTERED = re.compile(r'"fqn":\s*"pulumi_aws\.([\w.]+)",\s*"classes":\s*\{([^}]*)\}')
_PROPERTY = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\n(?:\s*@\w+.*\n)*\s+def (\w+)\(')


def _package() -> Path:
    found = find_spec("pulumi_aws")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


@cache
def modules() -> dict[str, str]:
    """Type token -> the module that holds it (`ec2`, `lambda_`)."""
    text = (_package() / "__init__.py").read_text(encoding="utf-8")
    return {
        token: module
        for module, classes in _REGISTERED.findall(text)
        for token in re.findall(r'"(aws:[^"]+)":\s*"\w+"', classes)
    }


@cache
def properties(token: str) -> frozenset[str]:
    """Inputs and outputs of a type, as they stand on the wire. Raises KeyError for a type that there is not."""
    folder = _package().joinpath(*modules()[token].split("."))
    kind = token.rpartition(":")[2]
    for path in (folder / f"{_snake(token.split(':')[1].split('/')[1])}.py", *sorted(folder.glob("*.py"))):
        if path.is_file() and f"class {kind}(pulumi.CustomResource)" in (text := path.read_text(encoding="utf-8")):
            return frozenset(name or own for name, own in _PROPERTY.findall(text)) | {"id", "urn"}
    raise KeyError(token)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: f"_{found[1]}", name).lower()
