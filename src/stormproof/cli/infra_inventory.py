"""`infra inventory pull|show`: dated local copies of what the stacks give out."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from stormproof.cli.call import Call
from stormproof.cli.infra_program import no_stack, stack_file, stack_files
from stormproof.cli.named_path import named_path
from stormproof.cli.settings import read_text
from stormproof.core.errors import Refused, StormproofError, Unverified

if TYPE_CHECKING:
    from stormproof.adapters.infra_inventory import InventoryCopies

RECOVERY_LAYERS = ("primary", "recovery", "vault")
TOO_OLD = 4  # as of everything that could not be looked at: what it says may no longer be so


def run(call: Call) -> int:
    """0; 2 refused (a secret), 4 a state was out of reach, or a copy is missing or too old, 69 Pulumi is missing."""
    args = call.args
    if args.action == "pull" and args.max_age is not None:
        raise Refused("a pull has no age", where="--max-age", fix="use it with `show`", code="SP100")
    if args.action == "show" and args.source is not None:
        raise Refused("nothing is read in to show", where="--from", fix="use it with `pull`", code="SP100")
    return pull(call) if args.action == "pull" else show(call)


def pull(call: Call) -> int:
    """Each stack by itself: what cannot be had keeps the last copy, and says so."""
    from stormproof.adapters.infra_inventory import InventoryCopies

    copies = InventoryCopies(call.project.make_state() / "infra" / "inventory")
    stacks = _stacks(call)
    if call.args.source is not None and len(stacks) != 1:
        raise Refused(
            f"one file holds one stack, and {len(stacks)} are meant", where="--from",
            fix=f"say which: --stack {' or --stack '.join(stacks)}", code="SP100",
        )  # fmt: skip
    pulled, failed = [], []
    for stack in stacks:
        try:
            pulled.append(_pull_one(call, copies, stack))
        except StormproofError as error:
            failed.append(_failure(error, copies, stack))
    code = _worst([one["exit_code"] for one in failed])
    document = {
        "schema": "stormproof.infra-inventory-pull/v1", "pulled": pulled, "failed": failed, "exit_code": code,
    }  # fmt: skip
    lines = [f"{one['stack']}: {one['outputs']} outputs{_told(one)}: {one['path']}" for one in pulled]
    for one in failed:
        call.out.complain(f"{one['stack']}: {one['error']['what']}\n  fix:   {one['error']['fix']}\n  {one['kept']}")
    if lines:
        call.out.answer(document, lines)
    else:
        call.out.document(document)
    return code


def show(call: Call) -> int:
    """0; 4 when a copy is missing, damaged, or older than --max-age."""
    from stormproof.adapters.infra_inventory import InventoryCopies

    longest = _max_age(call.args.max_age)
    copies = InventoryCopies(call.project.state / "infra" / "inventory")
    now = datetime.now(UTC)
    shown, missing = [], []
    for stack in _stacks(call):
        try:
            found = copies.newest(stack)
        except Unverified as error:
            missing.append({"stack": stack, "why": f"{error.what}: {error.where}"})
            continue
        if found is None:
            missing.append({"stack": stack, "why": "was never pulled"})
            continue
        copy, path = found
        age = copy.age_seconds(now)
        shown.append(
            {
                "stack": stack, "pulled_at": copy.pulled_at.isoformat(), "age_s": round(age, 1),
                "too_old": longest is not None and age > longest.total_seconds(), "source": copy.source,
                "copies": len(copies.files(stack)), "path": str(path), "outputs": copy.outputs, "flat": copy.flat(),
            }
        )  # fmt: skip
    code = TOO_OLD if missing or any(one["too_old"] for one in shown) else 0
    document = {
        "schema": "stormproof.infra-inventory/v1",
        "stacks": [{key: value for key, value in one.items() if key != "flat"} for one in shown],
        "missing": missing, "max_age_s": longest.total_seconds() if longest else None, "exit_code": code,
    }  # fmt: skip
    call.out.answer(document, _shown(call, shown, missing))
    return code


def _pull_one(call: Call, copies: InventoryCopies, stack: str) -> dict[str, Any]:
    from stormproof.core.infra.recovery_inventory import InventoryCopy, read_outputs

    text, source = _outputs(call, stack)
    outputs = read_outputs(text, source=source)
    try:
        last = copies.newest(stack)
    except Unverified:
        last = None
    now = datetime.now(UTC)
    path = copies.keep(InventoryCopy(stack, now, source, outputs))
    changed = None if last is None else dict(last[0].outputs) != outputs
    return {
        "stack": stack,
        "path": str(path),
        "pulled_at": now.isoformat(),
        "outputs": len(outputs),
        "changed": changed,
    }


def _outputs(call: Call, stack: str) -> tuple[str, str]:
    """The text, and where it is from."""
    given = call.args.source
    if given == "-":
        return sys.stdin.read(), "standard input"
    if given is not None:
        return read_text(named_path(given)), str(given)
    from stormproof.adapters.pulumi_stack import find_pulumi, stack_outputs

    folder = call.project.folder
    named = call.args.stack or stack  # it may carry Pulumi's organisation and project
    call.out.say(f"{stack}: asking Pulumi for its outputs")
    return stack_outputs(
        find_pulumi(folder), folder, named, environment=call.environment
    ), f"pulumi stack output, {named}"


def _failure(error: StormproofError, copies: InventoryCopies, stack: str) -> dict[str, Any]:
    try:
        last = copies.newest(stack)
    except Unverified:
        last = None
    kept = (
        "no copy was kept before" if last is None else f"the copy of {last[0].pulled_at.isoformat()} stays: {last[1]}"
    )
    return {"stack": stack, **error.as_json(), "kept": kept, "last": str(last[1]) if last else None}


def _told(one: dict[str, Any]) -> str:
    return {None: "", True: ", changed since the last copy", False: ", as in the last copy"}[one["changed"]]


def _stacks(call: Call) -> list[str]:
    """The named one, else those that recovery needs: the layers primary, recovery and vault; the lab's if there are only such."""
    from stormproof.core.infra.stack_file import configuration
    from stormproof.core.yaml_text import read_yaml

    if call.args.stack is not None:
        stack_file(call, call.args.stack)
        return [call.args.stack.rsplit("/", 1)[-1]]
    real, disposable = [], []
    for name, file in stack_files(call.project.folder).items():
        values = configuration(read_yaml(read_text(file), file=call.project.shown(file)))
        if values.get("stormproof:disposable") == "true":
            disposable.append(name)
        elif values.get("stormproof:layer") in RECOVERY_LAYERS:
            real.append(name)
    if not (real or disposable):
        raise no_stack(call.project.folder)
    return real or disposable


def _max_age(text: str | None) -> timedelta | None:
    from stormproof.core.units import WrongUnit, parse_duration

    if text is None:
        return None
    try:
        return parse_duration(text)
    except WrongUnit as error:
        raise Refused(error.what, where="--max-age", fix=error.fix, code="SP100") from None


def _worst(codes: list[int]) -> int:
    from stormproof.core.verdict import WORST_FIRST

    return next((code for code in WORST_FIRST if code in codes), 0)


def _shown(call: Call, shown: list[dict[str, Any]], missing: list[dict[str, str]]) -> list[str]:
    from stormproof.cli.table import table

    rows = [
        [
            one["stack"],
            _age(one["age_s"]) + (", too old" if one["too_old"] else ""),
            str(len(one["outputs"])),
            one["path"],
        ]
        for one in shown
    ]
    lines = table(["stack", "age", "outputs", "newest copy"], rows, width=call.out.width) if rows else []
    lines += [f"{one['stack']}: {one['why']}; `stormproof infra inventory pull` keeps one" for one in missing]
    if call.args.stack is not None and shown:
        pairs = list(shown[0]["flat"].items())
        lines += ["", *table(["output", "value"], pairs, width=call.out.width)]
    return lines


def _age(seconds: float) -> str:
    """`3 d 4 h`, `2 h 5 min`, `40 s`; for people."""
    if seconds < 0:
        return "in the future: a clock is wrong"
    days, rest = divmod(int(seconds), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    parts = [f"{days} d"] * bool(days) + [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return " ".join(parts[:2]) or f"{left} s"
