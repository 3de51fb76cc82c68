"""A code means one thing over the whole product: whoever finds SP304 at 3 a.m. finds one meaning of it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from stormproof.cli.finding_codes import told_in

ROOT = Path(__file__).parents[2]
MODULES: dict[str, set[str]] = defaultdict(set)
for told in told_in(ROOT):
    MODULES[told.code].add(told.module)

# Codes that several modules tell, and the one meaning that they all tell. A code that is not here belongs to one module:
# whoever wants to tell it elsewhere either means just this, and says so here, or takes a new number.
SHARED = {
    "SP100": "the command line is wrong",
    "SP102": "the lab has no such disaster or profile",
    "SP115": "this run is a drill's, or is none",
    "SP122": "a file or folder that was named cannot be used",
    "SP126": "there is no such record, or nothing to verify it with",
    "SP128": "the state folder cannot be used",
    "SP129": "an output cannot be written",
    "SP130": "interrupted by a person",
    "SP143": "ended by a signal",
    "SP203": "what the vault holds could not be listed whole",
    "SP211": "the stanza or its repository cannot be used",
    "SP212": "a backup tool's answer cannot be read",
    "SP213": "a restore was ended from outside",
    "SP225": "the restored server could not be stopped",
    "SP241": "that host is not in the inventory",
    "SP243": "that service is not in the inventory",
    "SP266": "the journal has another version",
    "SP268": "the journal cannot be used",
    "SP269": "the journal could not be written",
    "SP285": "the recovery host has too few inodes",
    "SP286": "a file of the backup is damaged in the vault",
    "SP287": "a file of the backup is missing in the vault",
    "SP292": "the folder of the restore cannot be used",
    "SP433": "data checksums are off",
    "SP443": "the copy is older than its own reference",
    "SP490": "a question got no answer",
    "SP491": "a question did not end within its bound",
    "SP493": "there is no reference to compare with",
    "SP501": "a host's key is not the pinned one",
    "SP503": "a host refused our key, or ours cannot be used",
    "SP606": "a host of the lab did not come up",
    "SP607": "what it needs of the lab is down",
    "SP611": "something of the lab remains",
    "SP690": "what the lab keeps secret cannot be used",
    "SP692": "the lab waited in vain",
    "SP708": "a record of evidence cannot be read",
    "SP907": "a kept copy of the recovery inventory cannot be read",
}


@pytest.mark.parametrize("code", sorted(MODULES))
def test_a_code_belongs_to_one_module_or_is_shared_on_purpose(code: str) -> None:
    if code not in SHARED:
        assert len(MODULES[code]) == 1, (
            f"{code} is told by {sorted(MODULES[code])}: take a new number, or say its one meaning"
        )


def test_what_is_shared_is_still_told_by_several() -> None:
    assert [code for code in SHARED if len(MODULES[code]) < 2] == []


def test_words_of_a_code_are_found_for_nearly_all() -> None:
    """The page is of no use at 3 a.m. where words are made at run time only."""
    silent = {told.code for told in told_in(ROOT)} - {told.code for told in told_in(ROOT) if told.what}
    assert len(silent) <= 10, sorted(silent)
