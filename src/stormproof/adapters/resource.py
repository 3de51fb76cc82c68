"""The text of a script that ships beside this package."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_WITH = re.compile(r"^# with: (\S+)$", re.MULTILINE)


@cache
def resource(name: str) -> str:
    """Read adapters/resources/NAME. A line `# with: OTHER` in it stands for the text of OTHER.

    A script travels as one text (host_scripts.py), so what several of them need is put in before, not sourced there.
    """
    text = files("stormproof.adapters.resources").joinpath(name).read_text(encoding="utf-8")
    return _WITH.sub(lambda found: resource(found[1]).rstrip("\n"), text)
