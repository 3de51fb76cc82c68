"""The edge: read the command line, call the verb, turn whatever happens into an exit code. Never a traceback."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING

from stormproof.cli.output import Output, hush
from stormproof.core.errors import Interrupted, SetupFailed, StormproofError, Terminated, told_to_end

if TYPE_CHECKING:
    import argparse

    from stormproof.cli.call import Call
    from stormproof.cli.verbs import Verb

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
# New objects before Python looks for circles among them. Imports make some 55,000 that stay: at its usual 700 it looks
# through them 70 times in vain, 13 ms of `runbook plan` (CPU, CPython 3.11). Garbage in circles may take 20 MB instead.
OBJECTS_BEFORE_LOOK = 100_000


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Answers its exit code (docs/exit-codes.md).

    Args:
        argv: None: those of this process, which is then ours and ends with the command.
    """
    if argv is not None:
        return _main(list(argv))
    gc.set_threshold(OBJECTS_BEFORE_LOOK)
    try:
        return _main(sys.argv[1:])
    finally:
        gc.freeze()  # all that is left goes with the process; at its end Python would look through it twice more


def _main(words: list[str]) -> int:
    # No package that happens to be installed may hook into how specs are read; looking for such ones takes time, too.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    _occupy_closed_streams()
    out = _output_for(words)
    _listen_for_ends()
    try:
        code = _run(words, out)
    except StormproofError as error:
        code = _tell(error, out)
    except KeyboardInterrupt:
        code = _tell(_interrupted(), out)
    except BrokenPipeError:
        hush()
        code = 0
    # A user's module that ends the process must not end us with its own code.
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the last line of defence: a report file, no traceback
        code = _tell(_unexpected(error, words), out)
    return _flushed(code, out)


def _run(words: list[str], out: Output) -> int:
    from stormproof.cli.parser import parse

    try:
        verb, args, rest = parse(words)
    except SystemExit:  # help was printed
        return 0
    handler = verb.handler
    from stormproof.cli.settings import check_environment

    check_environment(os.environ)
    return _call(verb, args, rest, out, handler)


def _call(verb: Verb, args: argparse.Namespace, rest: list[str], out: Output, handler: str) -> int:
    import importlib

    from stormproof.cli.call import Call

    call: Call = Call(args, rest, out, dict(os.environ))
    module, function = handler.split(":")
    code = getattr(importlib.import_module(f"stormproof.cli.{module}"), function)(call)
    assert isinstance(code, int), f"{verb.words} answered no exit code"
    return code


def _output_for(words: Sequence[str]) -> Output:
    """Read before the grammar is, so that a mistake in the grammar is told in the wanted form too."""
    ours = list(words[: words.index("--")]) if "--" in words else list(words)
    environment = os.environ
    return Output(
        json_wanted="--json" in ours,
        quiet=bool({"-q", "--quiet"} & set(ours)) or environment.get("STORMPROOF_QUIET", "").lower() in TRUE_WORDS,
        color=False
        if "--no-color" in ours or environment.get("STORMPROOF_NO_COLOR", "").lower() in TRUE_WORDS
        else None,
    )


def _tell(error: StormproofError, out: Output) -> int:
    out.complain(str(error))
    out.document(error.as_json())
    return error.exit_code


def _unexpected(error: BaseException, words: list[str]) -> StormproofError:
    """A file that this machine refused, or a mistake of ours with its report."""
    from stormproof.cli.mistake import write_report
    from stormproof.cli.refused_file import refused_file

    told = refused_file(error) if isinstance(error, OSError) else None
    return told or write_report(error, words, dict(os.environ))


def _flushed(code: int, out: Output) -> int:
    out.flush()
    if out.lost is None:
        return code
    error = SetupFailed(
        f"the answer could not be written: {out.lost}",
        where="standard output",
        fix="make room where it goes, then ask again",
        code="SP129",
    )
    out.complain(str(error))
    return code or error.exit_code


def _occupy_closed_streams() -> None:
    """Where a standard stream was closed, the next file that is opened gets its number; a child's words would go into it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one


def _listen_for_ends() -> None:
    """SIGTERM and SIGHUP unwind like Ctrl-C, so that what is half done is put away. Verbs that run for long listen themselves."""

    def end(number: int, _: FrameType | None) -> None:
        raise terminated(number)

    try:
        signal.signal(signal.SIGTERM, end)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup's wish stands
            signal.signal(signal.SIGHUP, end)
    except ValueError:
        pass  # not the main thread: a test, or somebody's program, which listens itself


def terminated(number: int) -> Terminated:
    return told_to_end(number)(
        f"ended by {signal.Signals(number).name}",
        where="the running command",
        fix="run it again; `stormproof drill status` shows what a run left behind",
        code="SP143",
    )


def _interrupted() -> Interrupted:
    return Interrupted(
        "interrupted",
        where="the running command",
        fix="run it again; `stormproof drill status` shows what a run left behind",
        code="SP130",
    )


if __name__ == "__main__":
    sys.exit(main())
