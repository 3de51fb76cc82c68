"""The program's process keeps what it makes, and is quiet unless it is asked not to be."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from infra.short_life import DEBUG_VARIABLE

# Collected garbage would be told of; `said` is what reached the engine.
PROBE = """
import atexit, gc, json
from types import SimpleNamespace
from pulumi import log
from pulumi.runtime import settings

said = []
settings.get_engine = lambda: SimpleNamespace(Log=lambda request: said.append(request.message))
atexit.register(lambda: print(json.dumps({"said": said, "frozen": gc.get_freeze_count() > 0, "on": gc.isenabled()})))
from infra.short_life import live_shortly

live_shortly()
log.debug("a step")
log.warn("a warning")
"""


@pytest.mark.parametrize(("variable", "said"), [({}, []), ({DEBUG_VARIABLE: "1"}, ["a step"])])
def test_nothing_is_collected_and_steps_are_told_only_where_they_are_asked_for(
    variable: dict[str, str], said: list[str]
) -> None:
    environment = {name: text for name, text in os.environ.items() if name != DEBUG_VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env={**environment, **variable}, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {"said": [*said, "a warning"], "frozen": True, "on": False}
