"""`--targets-from FILE`: targets that come from elsewhere, such as the tags of what was declared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stormproof.cli.settings import read_text

if TYPE_CHECKING:
    from stormproof.core.drill_spec import DrillSpec


def with_targets(spec: DrillSpec, file: Path) -> DrillSpec:
    """The drill with the targets of a YAML or JSON file: rto and rpo, rpo_consistent if it is to be held.

    The keys stand on top, or below `targets`, or below the drill's name. Raises Refused, SpecInvalid.
    """
    from stormproof.core.drill_spec import Targets
    from stormproof.core.spec_text import validate
    from stormproof.core.yaml_text import read_yaml

    read = read_yaml(read_text(file), file=str(file))
    read.raise_if_wrong()
    for key in (spec.drill, "targets"):
        if isinstance(inner := read.get(key), dict):
            for twice in sorted(Targets.model_fields.keys() & read.data.keys()):
                read.problem(
                    (twice,), f"'{twice}' stands beside '{key}', which says the targets", fix="keep one of them"
                )
            read.raise_if_wrong()
            read.lines = {path[1:]: line for path, line in read.lines.items() if path[:1] == (key,)}
            read.data = inner
    targets = validate(Targets, read)
    read.raise_if_wrong()
    assert targets is not None, "a mistake without a message"
    return spec.model_copy(update={"targets": targets})
