"""What fails while the lab comes up is a failed set-up (69), whatever its own kind; a signal stays a signal."""

from __future__ import annotations

from pathlib import Path

import pytest

from stormproof.core.errors import CommandFailed, Interrupted, SetupFailed, TimedOut
from stormproof.lab.lab import _as_set_up

FULL = CommandFailed(
    'initdb: error: could not write file "PG_VERSION": No space left on device',
    where="app-primary", fix="read its own words above", code="SP609", status=1, output="",
)  # fmt: skip
LATE = TimedOut("it never answered", where="vault", fix="look at it", code="SP232")


@pytest.mark.parametrize(("error", "fix"), [(LATE, "look at it"), (FULL, "make room on the disk of /srv/lab")])
def test_a_part_that_fails_is_a_failed_set_up_in_its_own_words(error: CommandFailed | TimedOut, fix: str) -> None:
    with pytest.raises(SetupFailed) as caught, _as_set_up(Path("/srv/lab")):
        raise error
    assert (caught.value.what, caught.value.where, caught.value.code) == (error.what, error.where, error.code)
    assert caught.value.fix.startswith(fix)
    assert caught.value.exit_code == 69


def test_ctrl_c_stays_what_it_is() -> None:
    with pytest.raises(Interrupted), _as_set_up(Path("/srv/lab")):
        raise Interrupted("stopped", where="x", fix="y")
