"""Where hosts cannot be kept apart there is no lab: said before anything is made, with what works all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from stormproof.cli.lab import refuse_without_isolation
from stormproof.core.errors import SetupFailed
from stormproof.lab import level


def test_without_namespaces_the_message_names_what_still_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    none = level.Probe(level.Level.NONE, "Darwin has no network namespaces", "run the lab on Linux")
    monkeypatch.setattr(level, "probe_level", lambda **_: none)
    with pytest.raises(SetupFailed) as caught:
        refuse_without_isolation(tmp_path)
    assert str(caught.value) == (
        "error SP132: the lab cannot run here: Darwin has no network namespaces\n"
        "  where: this machine\n"
        "  fix:   run the lab on Linux; `stormproof doctor` shows all of it. Without the lab these work: drill check, "
        "drill plan, runbook plan, runbook doc, evidence verify, report"
    )
