"""Every resource type of the installed pulumi_aws, read from its text: nothing of it is imported.

Importing one service package of pulumi_aws costs up to a second and 100 MiB; reading a class's signature costs
milliseconds, and is the same generated source that programs are checked against.
"""

from __future__ import annotations

import ast
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from stormproof.core.errors import Refused
from stormproof.lab.aws.provider.argument_types import ArgumentType, Nested, parse_annotation

PROVIDER_TYPE = "pulumi:providers:aws"
# The provider's arguments come as JSON texts where they are not strings.
_REGISTER = re.compile(r'resource_modules="""\n(.*?)\n"""', re.DOTALL)
_INPUT_NAME = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\n +def (\w+)\(self\) -> pulumi\.Input')
_OUTPUT_NAME = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\n +def (\w+)\(self\) -> pulumi\.Output')
_CONSTRUCTOR = re.compile(r"\n    def (__init__\(.*?\)):\n", re.DOTALL)
_CLASS_END = re.compile(r"\n(?=@|class |def )")
# Names that are not what snake case makes of the module's name are found by looking for the token.
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Property:
    """One argument: its type, and whether it must be given."""

    kind: ArgumentType
    required: bool


@dataclass(frozen=True, slots=True)
class ResourceType:
    """`inputs` by name on the wire (camelCase); `outputs` are the wire names of everything that it answers."""

    token: str
    inputs: Mapping[str, Property]
    outputs: frozenset[str]


class Catalogue:
    """Looks types up by token. Thread-safe: the engine asks from many threads at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or _installed()
        self._lock = threading.Lock()
        self._resources: dict[str, ResourceType | None] = {}
        self._blocks: dict[Nested, Mapping[str, Property] | None] = {}
        self._texts: dict[Path, str] = {}
        self._tokens: dict[str, tuple[str, str]] = {}

    def resource(self, token: str) -> ResourceType | None:
        """The type of this token; None if pulumi_aws has none."""
        with self._lock:
            if token not in self._resources:
                self._resources[token] = self._read_resource(token)
            return self._resources[token]

    def block(self, block: Nested) -> Mapping[str, Property] | None:
        """A nested block's properties; None if its class is not where its name says."""
        with self._lock:
            if block not in self._blocks:
                text = self._text(self._folder / block.module / "_inputs.py")
                self._blocks[block] = _properties(text, block.class_name, block.module)
            return self._blocks[block]

    def provider_properties(self) -> Mapping[str, Property]:
        """The arguments of the provider itself."""
        with self._lock:
            return _properties(self._text(self._folder / "provider.py"), "ProviderArgs", "") or {}

    def tokens(self) -> frozenset[str]:
        with self._lock:
            return frozenset(self._registered())

    def places(self) -> list[tuple[str, tuple[str, str]]]:
        """Each token with its (Python module, class)."""
        with self._lock:
            return sorted(self._registered().items())

    def _read_resource(self, token: str) -> ResourceType | None:
        place = self._registered().get(token)
        if place is None:
            return None
        module, class_name = place
        text = self._module_text(module, token)
        # `InitArgs` where a nested block of the same module already has the plain name
        inputs = _properties(text, f"{class_name}InitArgs", module) or _properties(text, f"{class_name}Args", module)
        if inputs is None:
            return None
        own = text[text.index(f"\nclass {class_name}(pulumi.CustomResource):") :]
        return ResourceType(token, inputs, frozenset(wire or name for wire, name in _OUTPUT_NAME.findall(own)))

    def _module_text(self, module: str, token: str) -> str:
        stem = token.split(":")[1].split("/")[1]
        likely = self._folder / module / f"{_CAPITAL.sub('_', stem).lower()}.py"
        for path in [likely, *sorted((self._folder / module).glob("*.py"))]:
            if path.is_file() and f"'{token}'," in (text := self._text(path)):
                return text
        raise Refused(
            f"pulumi_aws registers {token} but no file of it declares it",
            where=str(self._folder / module),
            fix="install pulumi-aws again (its files do not fit together)",
        )

    def _registered(self) -> dict[str, tuple[str, str]]:
        if not self._tokens:
            found = _REGISTER.search((self._folder / "__init__.py").read_text(encoding="utf-8"))
            rows = json.loads(found.group(1)) if found else []
            self._tokens = {
                token: (row["fqn"].split(".")[-1], class_name)
                for row in rows
                for token, class_name in row["classes"].items()
            }
        return self._tokens

    def _text(self, path: Path) -> str:
        if path not in self._texts:
            self._texts[path] = "\n" + path.read_text(encoding="utf-8") if path.is_file() else ""
        return self._texts[path]


def _installed() -> Path:
    spec = find_spec("pulumi_aws")
    if spec is None or spec.origin is None:
        raise Refused(
            "pulumi_aws is not installed where this provider runs",
            where="the Python that runs stormproof.lab.aws.provider",
            fix="install the versions of requirements.lock into the project's virtual environment",
        )
    return Path(spec.origin).parent


def _properties(text: str, class_name: str, module: str) -> Mapping[str, Property] | None:
    """The arguments of one class by wire name; None if the text has no such class."""
    start = text.find(f"\nclass {class_name}:\n")
    if start < 0:
        return None
    ended = _CLASS_END.search(text, start + 1)
    source = text[start : ended.start() if ended else len(text)]
    wires = {name: wire or name for wire, name in _INPUT_NAME.findall(source)}
    signature = _CONSTRUCTOR.search(source)
    if signature is None:
        return {}
    # The signature alone: a class of a hundred arguments has a thousand lines more, which take ten times as long to parse.
    (constructor,) = ast.parse(f"def {signature.group(1)}: ...").body
    assert isinstance(constructor, ast.FunctionDef)
    return {
        wires[argument.arg]: Property(parse_annotation(argument.annotation, module), required=default is None)
        for argument, default in zip(constructor.args.kwonlyargs, constructor.args.kw_defaults, strict=True)
        if argument.annotation is not None and argument.arg in wires
    }
