"""Faults of restored files, and of how they fit to the rows that name them. Pure plans; a file's name stays on its host."""

from __future__ import annotations

from stormproof.core import negative_control_watch as watch
from stormproof.core.check_spec import CrossStoreCheck, FilesCheck
from stormproof.core.negative_control import Facts, NotApplicable, Seed, Watch, Watcher

NO_FILES = NotApplicable("no files were restored")


def missing_file(facts: Facts) -> Seed | NotApplicable:
    """One restored file is not there."""
    if not facts.files:
        return NO_FILES
    return Seed(
        what="one restored file was removed", object="one file (its name stays on the host)",
        named_by=("restored files",), codes=frozenset({"SP451", "SP453"}),
    )  # fmt: skip


def swapped_file(facts: Facts) -> Seed | NotApplicable:
    """One restored file holds another one's content, under its own name, size apart."""
    if not facts.files:
        return NO_FILES
    return Seed(
        what="one restored file holds another one's content", object="one file (its name stays on the host)",
        named_by=("restored files",), codes=frozenset({"SP452", "SP454"}),
    )  # fmt: skip


def rows_without_files(facts: Facts) -> Seed | NotApplicable:
    """The files are of an earlier instant than they claim: rows from before it have none."""
    if not facts.files:
        return NO_FILES
    if not facts.rows or facts.snapshot_at is None:
        return NotApplicable("no rows name the files, so that the two stores cannot disagree")
    return Seed(
        what="the newest tenth of the files that rows name is not there, as if they were restored to an earlier instant",
        object="both stores", named_by=("both stores",), codes=frozenset({"SP461"}),
    )  # fmt: skip


def watch_files(facts: Facts, seed: Seed) -> Watch:
    """A `files` check sees what its rows or its reference can tell: without both it counts alone."""
    held = facts.reference.files if facts.reference is not None else None
    told = (facts.rows and facts.snapshot_at is not None) or held is not None
    found = [watch.watcher(check) for check in facts.checks if isinstance(check, FilesCheck)]
    if told:
        return Watch(tuple(found), watch.FILES)
    maybe = tuple(Watcher(one.name, one.kind, one.check, sure=False) for one in found)
    beyond = "and capture a reference beside each snapshot, or give `rows` in the inventory"
    return Watch(maybe, type(watch.FILES)(watch.FILES.check, watch.FILES.yaml, beyond))


def watch_stores(facts: Facts, seed: Seed) -> Watch:
    found = tuple(watch.watcher(check) for check in facts.checks if isinstance(check, CrossStoreCheck))
    return Watch(found, watch.CROSS_STORE)
