"""Print the part of requirements.lock that the built wheel asks for, hashes and all, and the wheel itself with its own.

usage: runtime_requirements.py WHEEL

pip's hash checking wants every requirement pinned, and the lock holds the development tools too: a clean environment made
from all of it would hide a dependency that the wheel forgot to declare.
"""

from __future__ import annotations

import hashlib
import re
import sys
import zipfile
from email import message_from_bytes
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).parent.parent / "requirements.lock"


def declared_by(wheel: Path) -> list[str]:
    """The requirements in the wheel's own metadata: not those of the checkout."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name)).get_all("Requires-Dist", [])


def closure(declared: list[str]) -> set[str]:
    """Names of everything that these requirements need here, extras included."""
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(text), "") for text in declared]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        for wanted in {"", *requirement.extras}:
            key = (canonicalize_name(requirement.name), wanted)
            if key not in seen:
                seen.add(key)
                waiting += [(Requirement(text), wanted) for text in requires(requirement.name) or []]
    return {name for name, _ in seen}


def main() -> None:
    wheel = Path(sys.argv[1]).resolve()
    names = closure(declared_by(wheel))
    for block in re.split(r"\n(?=\S)", LOCK.read_text().strip()):
        if canonicalize_name(block.split("==")[0]) in names:
            print(block)  # noqa: T201
    print(f"stormproof @ {wheel.as_uri()} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")  # noqa: T201


if __name__ == "__main__":
    main()
