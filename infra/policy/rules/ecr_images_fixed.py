"""An image's tag means one image for ever, and images are scanned when they come."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._properties import demand, is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule

REPOSITORIES = ("aws:ecr/repository:Repository",)
REGISTRY = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
_FIXED = demand(
    REPOSITORIES, "imageTagMutability", lambda value: str(value).startswith("IMMUTABLE"), default="MUTABLE",
    said="a tag of it may mean another image tomorrow", fix="set `image_tag_mutability` to IMMUTABLE",
)  # fmt: skip
_SCANNED = demand(
    REPOSITORIES, "imageScanningConfiguration.scanOnPush", is_true, default=False,
    said="nobody looks for known holes in its images", fix="set `scan_on_push`, or declare the registry's scanning",
)  # fmt: skip


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    yield from _FIXED(graph)
    if not graph.of(REGISTRY):
        yield from _SCANNED(graph)


RULE = Rule(
    id="ecr-images-fixed",
    title="Images stay what was reviewed, and are scanned",
    statements=("3.3-a", "3.3-b"),
    severity=Severity.MEDIUM,
    risk="What runs is not what was tested: somebody moved the tag.",
    remedy="Make tags immutable and scan on push.",
    check=_check,
    soc2=("CC8.1", "CC7.1"),
    iso27001=("A.8.19", "A.8.8"),
)
