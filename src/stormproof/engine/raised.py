"""What came out of somebody else's lines, of whatever class, in words that cannot fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType

from stormproof.core.errors import HungUp, Interrupted, Terminated

WORDS_MAX = 300
_SIGNALS = (KeyboardInterrupt, Interrupted, Terminated, HungUp)


def is_signal(error: BaseException) -> bool:
    """Whether somebody asked us to end meanwhile, which is no mistake of the lines that were at work. No subclass is."""
    return type(error) in _SIGNALS


def words_of(error: BaseException, clean: Callable[[str], str] = str) -> str:
    """`Kind: its words` in one line, at most 300 characters of them.

    Args:
        clean: takes out what nobody may read, before anything is cut.
    """
    kind = " ".join(type(error).__name__.split())[:WORDS_MAX]
    try:
        said = str(error)
    except BaseException as second:  # the class's own words fail too: their kind is then all that there is to tell
        if is_signal(second):
            raise
        said = f"(its own words cannot be read: {type(second).__name__})"
    short = " ".join(clean(said).split())[:WORDS_MAX]
    return f"{kind}: {short}" if short else kind


def lines_of(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    """File and line of each call, outermost first. Reads no file, unlike the standard library's own."""
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno or 1
        traceback = traceback.tb_next
