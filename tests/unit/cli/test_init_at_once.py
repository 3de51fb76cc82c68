"""Two that begin a project in one folder at the same instant: one has made it whole, the other is told why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from stormproof.cli import init
from stormproof.cli.main import main


def test_the_second_is_refused_and_takes_nothing_of_the_first_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, really_look = tmp_path / "new" / "project", init._refuse_existing
    lookers = ["second", "first"]

    def look_and_be_overtaken(*arguments: object) -> None:
        really_look(*arguments)  # type: ignore[arg-type]
        if lookers.pop() == "first":
            assert main(["init", str(folder)]) == 0

    monkeypatch.setattr(init, "_refuse_existing", look_and_be_overtaken)
    assert main(["init", str(folder)]) == 2
    assert "error SP122: somebody else is making a project here at the same time" in capsys.readouterr().err
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == sorted(
        init.starting_files()
    )
