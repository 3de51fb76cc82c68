"""The Pulumi program as the command line uses it: the project's own folder `infra`, else the one that comes with us."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stormproof.cli.call import Call
from stormproof.cli.named_path import named_path
from stormproof.cli.settings import read_text
from stormproof.core.errors import Refused, SetupFailed

if TYPE_CHECKING:
    from infra.spec.settings import Settings

PREFIX, SUFFIX = "Pulumi.", ".yaml"


def make_importable(folder: Path | None) -> Path:
    """Puts the folder that holds `infra` first on Python's path, and gives it. Raises SetupFailed."""
    from stormproof.engine.shipped import starter_folder

    if folder is not None and (folder / "infra" / "config.py").is_file():
        root = folder
    else:
        root = Path(str(starter_folder("infra"))).parent
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return root


def stack_files(folder: Path) -> dict[str, Path]:
    """Stack's name -> its file, of the stacks that a project holds."""
    files = {path.name.removeprefix(PREFIX).removesuffix(SUFFIX): path for path in folder.glob(f"{PREFIX}*{SUFFIX}")}
    return dict(sorted(files.items()))


def chosen_stacks(call: Call) -> dict[str, Path]:
    """Those that `--stack` or `--config` name, else all of the project. Raises Refused."""
    args = call.args
    if args.stack is not None and args.config is not None:
        raise Refused(
            "a stack and a file were given", where=f"--stack {args.stack}, --config {args.config}",
            fix="give one of them", code="SP100",
        )  # fmt: skip
    if args.config is not None:
        path = named_path(args.config)
        return {path.name.removeprefix(PREFIX).removesuffix(SUFFIX): path}
    files = stack_files(call.project.folder)
    if args.stack is not None:
        return {args.stack: stack_file(call, args.stack)}
    if not files:
        raise no_stack(call.project.folder)
    return files


def no_stack(folder: Path) -> Refused:
    """The error for a project without stacks."""
    return Refused(
        "this project has no stack",
        where=str(folder / f"{PREFIX}NAME{SUFFIX}"),
        fix="`stormproof init` writes stacks to start from; docs/aws.md leads from there",
        code="SP911",
    )


def stack_file(call: Call, name: str) -> Path:
    """The file of one stack; its name may carry Pulumi's organisation and project. Raises Refused."""
    files = stack_files(call.project.folder)
    short = name.rsplit("/", 1)[-1]
    if short not in files:
        from stormproof.core.spec_text import nearest_fix

        raise Refused(
            f"there is no stack '{name}'", where=str(call.project.folder / f"{PREFIX}{short}{SUFFIX}"),
            fix=nearest_fix(short, files), code="SP902",
        )  # fmt: skip
    return files[short]


def read_stack(name: str, file: Path) -> Settings:
    """A stack's settings. Raises Refused (no such file), SpecInvalid (with what the program itself would say)."""
    from infra.config import BadConfiguration, read_settings
    from stormproof.core.infra.stack_file import configuration, steps
    from stormproof.core.yaml_text import read_yaml

    text = read_yaml(read_text(file), file=str(file))
    values = configuration(text)
    try:
        return read_settings(values, stack=name)
    except BadConfiguration as error:
        for one in error.mistakes:
            text.problem(("config", *steps(one.key)), f"{one.key}: {one.said}", fix=one.fix or "see docs/infra.md")
        text.raise_if_wrong()
        raise


def imported(what: str, error: ImportError, root: Path) -> SetupFailed:
    """The error for a part of the program that cannot be imported."""
    return SetupFailed(
        f"{what} cannot be loaded: {error}", where=str(root / "infra"),
        fix="install what it imports, or take the folder `infra` anew from `stormproof init` in an empty folder",
        code="SP903",
    )  # fmt: skip
