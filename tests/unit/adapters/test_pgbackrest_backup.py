"""What the look at a backup's description says, turned into the core's words."""

from __future__ import annotations

import pytest

from stormproof.adapters.pgbackrest_backup import parse_look
from stormproof.core.backup_whole import differs
from stormproof.core.errors import Unverified

LABEL = "20261126-022707F"

LOOK = f"""\
file backup.manifest 0 275432 {"a" * 40} own-sum
field backup.manifest backup backup-type "full"
field backup.manifest backup:db db-id 1
files backup.manifest 1441 66997105
file backup.info 134 0 {"b" * 40} other-sum
said backup.info RVJST1I6IFswMjldOiCAAXg=
entry backup.info.copy {{"db-id":1}}
file backup.info.copy 0 1141 {"c" * 40} own-sum
"""


def test_lines_of_the_look_become_descriptions_and_raw_bytes_do_not_get_through() -> None:
    facts = parse_look(LOOK, label=LABEL, where="vault: main")
    manifest = facts.of("backup.manifest")
    assert (manifest.fields, manifest.files, manifest.bytes, manifest.own_sum) == (
        {"backup-type": "full", "db-id": 1},
        1441,
        66997105,
        True,
    )
    assert facts.of("backup.info").said.isprintable()
    assert facts.of("backup.info").said.startswith("ERROR: [029]:")
    assert facts.of("backup.info.copy").entry == {"db-id": 1}
    assert not differs(facts, "backup.info")


def test_a_line_that_nobody_knows_is_told() -> None:
    with pytest.raises(Unverified, match="answered 'bash: awk: command not found'"):
        parse_look("bash: awk: command not found\n", label=LABEL, where="vault: main")
