"""`scripts/infra`: the lab stack through its whole life on this machine, or a preview of any shipped stack.

    python -P -m stormproof.lab.aws.lab_stack [all|preview|up|destroy] [--stack NAME | --every] [--json] [--project DIR]

Ends with 0, 2 (usage), 3 (a phase failed), 69 (set-up), 70 (a mistake of ours), 129, 130 or 143 (told to stop).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NoReturn

from stormproof.core.errors import Interrupted, Refused, StormproofError, Terminated, told_to_end
from stormproof.lab.aws.emulator import emulator
from stormproof.lab.aws.engine import (
    Engine,
    engine_environment,
    find_program,
    stand_in,
    use_plugin,
    vendor_plugin,
)
from stormproof.lab.aws.engine_folder import place_of, private_folder, shadow_project, shipped_stacks
from stormproof.lab.aws.engine_rehearsal import GOALS, Phase, Rehearsal, report_of, unshown

LAB = "lab"
SCHEMA = "stormproof.infra-lab/v1"
MISTAKE = 70
UNSHOWN = {"not emulated": "lives in the state only", "not read back": "drift of it would not be seen"}


class Told:
    """Progress on standard error, with the seconds since the start; the answer on standard output."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json, self._began = as_json, time.monotonic()

    def say(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"infra {time.monotonic() - self._began:5.0f} s  {line}\n")
            sys.stderr.flush()

    def answer(self, document: Mapping[str, Any], lines: Sequence[str]) -> None:
        text = json.dumps(document, ensure_ascii=False, indent=2) if self.as_json else "\n".join(lines)
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.write(text + "\n")
            sys.stdout.flush()


def main(argv: Sequence[str]) -> int:
    """Run one command; answers its exit code."""
    args = _parser().parse_args(argv)
    told = Told(as_json=args.json)
    rehearsals: list[Rehearsal] = []
    error: StormproofError | None = None
    _hear_ends()
    try:
        _rehearse(args, told, rehearsals)
    except StormproofError as raised:
        error = raised
    except KeyboardInterrupt:
        error = _stopped(signal.SIGINT)
    if error is not None:
        sys.stderr.write(f"{error}\n")
    told.answer(_document(args, rehearsals, error), _table(rehearsals))
    return 0 if error is None else error.exit_code


def _rehearse(args: argparse.Namespace, told: Told, rehearsals: list[Rehearsal]) -> None:
    project = Path(args.project).resolve()
    stacks = _stacks(args, project)
    program = find_program(os.environ)
    pack = project / "infra" / "policy" if args.policy_pack is None else Path(args.policy_pack).resolve()
    with private_folder(place_of(os.environ)) as folder:
        plugin = vendor_plugin(os.environ)
        shadow = shadow_project(project, folder)
        with emulator(folder / "emulator.log") as here:
            told.say(f"emulator on {here.endpoint}; {_provider(plugin)}")
            environment = engine_environment(
                os.environ, folder, endpoint=here.endpoint, provider=None if plugin else stand_in(folder)
            )
            if plugin:
                use_plugin(plugin, folder)
            # The emulator ends with us, so that half a state would serve nobody; to write all of it after each of 700
            # steps is what the engine spends most of `up` on.
            environment["PULUMI_SKIP_CHECKPOINTS"] = "true"
            has_pack = (pack / "PulumiPolicy.yaml").is_file()
            first: StormproofError | None = None
            for stack in stacks:
                engine = Engine(program, folder, shadow, stack, environment, pack if has_pack else None)
                rehearsal = Rehearsal(engine, here.endpoint, here.account, _voice(told, stack, stacks))
                rehearsals.append(rehearsal)
                try:
                    rehearsal.run(GOALS[args.goal])
                except StormproofError as error:
                    if len(stacks) == 1 or isinstance(error, (Interrupted, Terminated)):
                        raise
                    first = first or error  # the others are looked at all the same
                    sys.stderr.write(f"{error}\n")
                finally:
                    _keep_report(rehearsal)
            if first is not None:
                raise first


def _keep_report(rehearsal: Rehearsal) -> None:
    """Read before the folder is gone; the file is shared, so each stack's part is taken out of it."""
    report = report_of(rehearsal.engine)
    rehearsal.unshown = unshown(report)
    report.unlink(missing_ok=True)


def _voice(told: Told, stack: str, stacks: Sequence[str]) -> Any:
    return told.say if len(stacks) == 1 else lambda line: told.say(f"{stack}: {line}")


def _stacks(args: argparse.Namespace, project: Path) -> list[str]:
    shipped = shipped_stacks(project)
    wanted = shipped if args.every else [args.stack or LAB]
    if (args.every or args.stack not in (None, LAB)) and args.goal != "preview":
        raise Refused(
            f"`{args.goal}` is for the lab stack alone",
            where="scripts/infra",
            fix="other stacks are previewed: scripts/infra preview --stack NAME, or --every",
            code="SP952",
        )
    if not wanted or not set(wanted) <= set(shipped):
        raise Refused(
            f"there is no stack {' '.join(wanted) or 'at all'}",
            where=f"{project}/Pulumi.*.yaml",
            fix=f"choose one of: {' '.join(shipped) or 'none is there'}",
            code="SP953",
        )
    return wanted


def _provider(plugin: Path | None) -> str:
    if plugin is None:
        return "the vendor's AWS plugin is not here: our emulator provider stands in"
    return f"the vendor's AWS plugin ({plugin.name})"


def _document(
    args: argparse.Namespace, rehearsals: Sequence[Rehearsal], error: StormproofError | None
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "goal": args.goal,
        "stacks": [
            {"stack": one.engine.stack, "phases": [_as_json(phase) for phase in one.done], "not_shown": one.unshown}
            for one in rehearsals
        ],
        "exit_code": 0 if error is None else error.exit_code,
    }
    return document if error is None else document | error.as_json()


def _as_json(phase: Phase) -> dict[str, Any]:
    return {"name": phase.name, "seconds": round(phase.seconds, 2), "said": phase.said, **phase.details}


def _table(rehearsals: Sequence[Rehearsal]) -> list[str]:
    rows = [(one.engine.stack, phase) for one in rehearsals for phase in one.done]
    if not rows:
        return []
    stacks = max(5, *(len(stack) for stack, _ in rows))
    lines = [f"{'stack':<{stacks}}  {'phase':<14}  seconds"]
    lines += [f"{stack:<{stacks}}  {phase.name:<14}  {phase.seconds:7.1f}  {phase.said}" for stack, phase in rows]
    for kind, means in UNSHOWN.items():
        found: dict[str, set[str]] = {}
        for row in (row for one in rehearsals for row in one.unshown.get(kind, [])):
            found.setdefault(row["type"], set()).add(row.get("property", "*"))
        if found:
            lines += ["", f"{kind} ({means}); `*` is the type as a whole:"]
            lines += [f"  {type_}: {' '.join(sorted(properties))}" for type_, properties in sorted(found.items())]
    return lines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/infra",
        description="The lab stack on an emulator of this machine: preview with the policy, up, a second preview that "
        "must be empty, refresh, destroy, and a look at what is left. Nothing reaches an account.",
        epilog="example: scripts/infra preview --stack prod-primary",
    )
    parser.add_argument(
        "goal", nargs="?", default="all", choices=list(GOALS),
        help="how far to go: preview; up (to the empty second preview); destroy (up, destroy, a look at what is left); "
        "all (the default). The emulator ends with the command, and everything in it",
    )  # fmt: skip
    parser.add_argument("--stack", metavar="NAME", help="another stack than lab; preview only")
    parser.add_argument("--every", action="store_true", help="every stack that has a Pulumi.NAME.yaml; preview only")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--project", metavar="DIR", default=".", help="folder of Pulumi.yaml")
    parser.add_argument("--policy-pack", metavar="DIR", help="default: infra/policy of the project, where it is")
    return parser


def _hear_ends() -> None:
    def hear(number: int, _: FrameType | None) -> None:
        raise _stopped(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, hear)


def _stopped(number: int) -> StormproofError:
    kind, code = (Interrupted, "SP130") if number == signal.SIGINT else (told_to_end(number), "SP143")
    return kind(
        f"stopped by {signal.Signals(number).name}",
        where="scripts/infra",
        fix="run it again when it suits: nothing is left of it",
        code=code,
    )


def _mistake(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> NoReturn:
    """Everything has been tidied up by then: a report file instead of a traceback."""
    place = place_of(os.environ)
    report = place / f"mistake-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.getpid()}.txt"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        report.touch(mode=0o600)
        report.write_text("".join(traceback.format_exception(kind, error, where)))
        shown = str(report)
    except OSError:
        shown = traceback.format_exception(kind, error, where)[-1].strip()
    sys.stderr.write(
        f"error SP950: this is a mistake of ours: {kind.__name__}\n  where: {shown}\n  fix:   send us that file; read it first\n"
    )
    sys.stderr.flush()
    os._exit(MISTAKE)


if __name__ == "__main__":
    sys.excepthook = _mistake  # whatever nobody expected ends with 70 and a report
    sys.exit(main(sys.argv[1:]))
