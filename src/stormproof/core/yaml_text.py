"""YAML that a person wrote, read into plain data with the line of each thing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from stormproof.core.errors import SpecProblem
from stormproof.core.spec_text import NO_TEXT, NO_TEXT_FIX, Path, SpecText, is_text

CHARACTERS_MAX = 2_000_000
NODES_MAX = 50_000  # more than any person writes; stops a text whose aliases multiply

# Only these are anything but text. YAML 1.1 would read `no` as false, `5:00` as 300 and `2026-01-31` as a date.
_INT = re.compile(r"[+-]?(0|[1-9]\d*)", re.ASCII)
_FLOAT = re.compile(r"[+-]?(0|[1-9]\d*)\.\d+([eE][+-]?\d+)?", re.ASCII)
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


def read_yaml(text: str, *, file: str) -> SpecText:
    """Parse one YAML document whose top is a mapping. Mistakes are noted in `problems`; `data` is {} for a hopeless text."""
    read = SpecText(file, {})
    if len(text) > CHARACTERS_MAX:
        read.problem((), "this is larger than anything that a person writes", fix="name the file that was meant")
        return read
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        read.lines[()] = mark.line + 1 if mark else 1
        read.problem((), f"this is not YAML: {error.problem or error.context}", fix=_yaml_fix(error, text))
        return read
    except yaml.reader.ReaderError as error:
        read.lines[()] = text.count("\n", 0, error.position) + 1
        read.problem(
            (), f"a character that YAML does not allow: U+{int(error.character):04X}", fix="remove it; save as UTF-8"
        )
        return read
    except RecursionError:
        read.problem((), "this is nested too deeply", fix="write it flatter")
        return read
    if not isinstance(node, yaml.MappingNode):
        read.problem((), "this file holds no mapping of keys to values", fix="write lines of the form 'key: value'")
        return read
    builder = _Builder(read)
    try:
        read.data = builder.value(node, ())
    except RecursionError:
        read.problem((), "this is nested too deeply", fix="write it flatter")
    return read


class _Builder:
    """Turns nodes into plain data, noting lines, duplicate keys and what our specs do not use."""

    def __init__(self, read: SpecText) -> None:
        self._read, self._nodes, self._open = read, 0, set[int]()

    def value(self, node: yaml.Node, path: Path) -> Any:
        self._read.lines.setdefault(path, node.start_mark.line + 1)
        self._nodes += 1
        if self._nodes > NODES_MAX or id(node) in self._open:
            self._read.problem(path, "aliases make this text endless or huge", fix="write the values out")
            return None
        if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
            self._read.problem(path, f"the tag {node.tag} is not used here", fix="remove the tag")
            return None
        if isinstance(node, yaml.ScalarNode):
            if not is_text(node.value):  # "\\ud800" in quotes: YAML takes it, and no file or host could be told it
                self._read.problem(path, NO_TEXT, fix=NO_TEXT_FIX)
                return None
            return _scalar(node)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
            assert isinstance(node, yaml.MappingNode)
            return self._mapping(node, path)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        built: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._read.problem(path, "a key is a list or a mapping", fix="use a plain word as key")
                continue
            key = str(key_node.value)
            if not is_text(key):
                self._read.problem(path, NO_TEXT, fix=NO_TEXT_FIX)
                continue
            if key in first:
                self._read.problems.append(
                    SpecProblem(
                        f"'{key}' is given twice (first in line {first[key]})",
                        where=f"{self._read.file}:{line}",
                        fix="keep one of them",
                    )
                )
                continue
            first[key] = line
            self._read.lines[(*path, key)] = line
            built[key] = self.value(value_node, (*path, key))
        return built


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    if node.style is not None:  # quoted or a block: text as it stands
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text) if len(text) < 20 else text
    return float(text) if _FLOAT.fullmatch(text) else text


def _yaml_fix(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark
    line = (
        text.splitlines()[mark.line]
        if mark and mark.line < text.count("\n") + 1 and text.splitlines()[mark.line :]
        else ""
    )
    if "\t" in line:
        return "indent with spaces, not tabs"
    if line.count(": ") > 1 or "mapping values" in str(error.problem):
        return "put text that holds ': ' in quotes"
    return "look at that line and the one before it: indentation, quotes and brackets must match"
