"""pgBackRest restores from the copy of a damaged manifest and says nothing (LAB): the drill reads both, and fails."""

from __future__ import annotations

import pytest
from drill_support import Project

from stormproof.lab.lab import Lab

pytestmark = pytest.mark.component

FLIP = r"""perl -e 'open(F, "+<", $ARGV[0]); seek(F, $ARGV[1], 0); read(F, $b, 1); seek(F, $ARGV[1], 0); print F chr(ord($b) ^ 4)'"""


def test_a_drill_fails_on_a_flipped_bit_in_a_manifest_that_the_restore_did_not_notice(project: Project) -> None:
    Lab(project.folder, project.state).backup()  # a drill that harms the lab would take one, were this ten minutes old
    path = project.on(
        "vault",
        f"""set -e; cd /srv/vault/pgbackrest/backup/main; f=$PWD/$(ls | grep -E '^[0-9]{{8}}-' | sort | tail -n 1)/backup.manifest
cp -p "$f" "$f.kept"; chmod u+w "$f"; {FLIP} "$f" 5000; echo "$f" """,
    ).strip()
    try:
        document = project.json("drill", "run", "orders-db-latest", expect=3)
    finally:
        project.on("vault", f'mv "{path}.kept" "{path}"')
    (failed,) = [check for check in document["checks"] if check["result"] != "passed"]
    assert failed["kind"] == "backup_whole"
    label = path.split("/")[-2]
    assert [(f["code"], f["what"]) for f in failed["findings"]] == [
        (
            "SP530",
            f"{label}/backup.manifest and backup.manifest.copy differ: backup.manifest is damaged (the sum that it names of "
            "itself does not fit); pgBackRest takes the other without a word",
        )
    ]
    assert document["figures"]["rto_service_s"]["value"] is not None, "the restore itself went well"


def test_a_healthy_backups_description_is_read_and_no_key_of_it_is_kept(project: Project) -> None:
    document = project.json("drill", "run", "orders-db-latest")
    (whole,) = [check for check in document["checks"] if check["kind"] == "backup_whole"]
    assert (whole["result"], whole["findings"]) == ("passed", [])
    assert whole["facts"]["files"] > 900
    written = b"".join(
        path.read_bytes() for path in project.state.rglob("*") if path.is_file() and "lab" not in path.parts
    )
    assert b"cipher-pass=" not in written
