"""`report RUN`: views of signed evidence. One of evidence that does not verify says so on top."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from stormproof.cli import records
from stormproof.cli.call import Call
from stormproof.cli.named_path import output_file
from stormproof.core.errors import SetupFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stormproof.core.drill_result import DrillResult
    from stormproof.report.trust import Trust


def run(call: Call) -> int:
    """0; 3 when the evidence does not hold, 4 when it could not be verified: the view is made all the same."""
    from stormproof.report.trust import Trust

    record = records.find_record(call, call.args.run, call.args.key)
    result = records.result_of(record, call.args.run)
    trust = Trust.of(record.report, result.run) if record.report else Trust(None, [record.why])
    past = records.results(call, result.drill) if call.has_project() else []
    text = render(call.args.format, result, trust, [one for one in past if one.run <= result.run])
    code = {True: 0, False: 3, None: 4}[record.holds]
    if note := records.trust_note(record):
        call.out.complain(note)
    document = {
        "schema": "stormproof.report/v1",
        "run": result.run,
        "format": call.args.format,
        "verified": record.holds,
        "path": None,
        "exit_code": code,
    }
    if call.args.output is not None:
        path = write(output_file(call.args.output), text)
        call.out.answer({**document, "path": str(path)}, [f"{call.args.format} report of {result.run}: {path}"])
    elif call.args.format == "json" and call.out.json_wanted:
        call.out.document(result.as_json())
    else:
        call.out.answer({**document, "text": text}, text)
    return code


def render(form: str, result: DrillResult, trust: Trust, past: Sequence[DrillResult]) -> str:
    """One view of one result. `past`: results of the same drill up to this one, for the plot of its history."""
    if form == "html":
        from stormproof.report.html import html_report

        return html_report(result, history_of=past, trust=trust)
    if form == "junit":
        from stormproof.report.junit import junit_xml

        return junit_xml([result], trust=trust)
    if form == "markdown":
        from stormproof.report.markdown import markdown_summary

        return markdown_summary([result], trust=trust)
    if form == "openmetrics":
        from stormproof.report.openmetrics import openmetrics_text

        return openmetrics_text([result])
    assert form == "json", form
    return json.dumps(result.as_json(), ensure_ascii=False, indent=2)


def write(path: Path, text: str) -> Path:
    """Write a view whole or not at all: a half-written report must not be read. Raises SetupFailed."""
    # /dev/stdout, a pipe, a link: written through, where renaming would put a file in its place.
    through = path.is_symlink() or (path.exists() and not path.is_file())
    candidate = path if through else path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        candidate.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
        if not through:
            candidate.replace(path)
    except OSError as error:
        if not through:
            candidate.unlink(missing_ok=True)
        raise SetupFailed(
            f"the report cannot be written ({error.strerror})",
            where=str(path),
            fix="make room, or name another place with -o",
            code="SP129",
        ) from error
    return path.absolute()
