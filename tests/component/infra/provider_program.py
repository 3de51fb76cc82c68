"""A Pulumi program of one sample of every emulated type, and one of a type that lives in the state only."""

from __future__ import annotations

import re
from typing import Any

import pulumi
from provider_samples_more import SAMPLES

from stormproof.lab.aws.provider import wire

_REFERENCE = re.compile(r"\$\{([\w-]+)(?:\.(\w+))?\}")
# Its organisation is named by nothing that a sample could refer to.
AFTER = {"guardrail": ["organisation"]}
LACKING = ("aws:backup/vaultPolicy:VaultPolicy", {"backupVaultName": "primary", "policy": "{}"})

_made: dict[str, pulumi.CustomResource] = {}


def _outputs_asked_of() -> dict[str, set[str]]:
    asked: dict[str, set[str]] = {}
    for _, inputs in SAMPLES.values():
        for name, output in _REFERENCE.findall(repr(inputs)):
            if output:
                asked.setdefault(name, set()).add(output)
    return asked


ASKED = _outputs_asked_of()


def make(name: str) -> pulumi.CustomResource:
    """The resource of this sample, after those that it refers to."""
    if name not in _made:
        token, inputs = SAMPLES[name]
        properties = dict.fromkeys(ASKED.get(name, ())) | {k: resolve(v) for k, v in inputs.items()}
        options = pulumi.ResourceOptions(depends_on=[make(other) for other in AFTER.get(name, [])])
        _made[name] = pulumi.CustomResource(token, name, properties, options)
    return _made[name]


def resolve(value: Any) -> Any:
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        return _referred(whole) if whole else _joined(value)
    if isinstance(value, dict):
        if wire.is_file(value):
            texts = {name: pulumi.StringAsset(inner["text"]) for name, inner in value["assets"].items()}
            return pulumi.AssetArchive(dict(texts))
        return {name: resolve(inner) for name, inner in value.items()}
    return [resolve(inner) for inner in value] if isinstance(value, list) else value


def _joined(text: str) -> Any:
    parts: list[Any] = []
    end = 0
    for found in _REFERENCE.finditer(text):
        parts += [text[end : found.start()], _referred(found)]
        end = found.end()
    return pulumi.Output.concat(*parts, text[end:]) if parts else text


def _referred(found: re.Match[str]) -> Any:
    resource = make(found.group(1))
    return resource.__dict__[found.group(2)] if found.group(2) else resource.id


def declare() -> None:
    for name in SAMPLES:
        make(name)
    pulumi.CustomResource(LACKING[0], "lacking", dict(LACKING[1]))
