"""JUnit, Markdown and OpenMetrics: what could not be looked at never becomes a pass."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
import samples

from stormproof.core.finding import Finding, Severity
from stormproof.report.junit import junit_xml
from stormproof.report.markdown import markdown_summary
from stormproof.report.openmetrics import openmetrics_text
from stormproof.report.trust import Trust

GOOD = Trust(ok=True)
BAD = Trust(ok=False, lines=["SP701 evidence/x.dsse.json: changed after signing"])


def cases(result, trust: Trust = GOOD) -> dict[str, str]:
    """Name of each case, with its group -> passed, failure or error."""
    root = ElementTree.fromstring(junit_xml([result], trust=trust))
    outcome = {}
    for case in root.iter("testcase"):
        group = case.get("classname", "").rpartition(".")[2]
        outcome[f"{group}: {case.get('name')}"] = next((child.tag for child in case), "passed")
    return outcome


def test_junit_has_one_case_per_check_and_target():
    seen = cases(samples.met())
    assert set(seen.values()) == {"passed"}
    assert sum(name.startswith("check: ") for name in seen) == len(samples.met().checks)
    assert [name for name in seen if name.startswith("target: ")] == [
        "target: RTO service within 5 min",
        "target: RPO data within 1 min",
        "target: RPO consistent within 2 min",
    ]


def test_junit_a_missed_target_is_a_failure():
    assert cases(samples.missed())["target: RTO service within 5 min"] == "failure"


def test_junit_a_failed_check_is_a_failure_and_an_unmeasured_target_an_error():
    seen = cases(samples.failed())
    assert (seen["check: reached"], seen["target: RPO consistent within 2 min"]) == ("failure", "error")
    assert (seen["negative-control: lost-wal-segment"], seen["negative-control: wrong-key"]) == ("passed", "failure")


def test_junit_what_could_not_be_looked_at_is_an_error():
    seen = cases(samples.unverified())
    assert (seen["check: integrity"], seen["isolation: isolated after"], seen["verdict: verdict"]) == ("error",) * 3


def test_junit_a_refused_drill_has_no_passed_target():
    seen = cases(samples.refused())
    assert {name: what for name, what in seen.items() if what == "passed"} == {"evidence: evidence verifies": "passed"}


def test_junit_counts_agree_with_its_cases():
    root = ElementTree.fromstring(junit_xml(samples.everything(), trust=BAD))
    assert int(root.get("tests", "")) == len(list(root.iter("testcase")))
    assert int(root.get("failures", "")) == len(list(root.iter("failure")))
    assert int(root.get("errors", "")) == len(list(root.iter("error")))


def test_junit_evidence_that_does_not_verify_is_a_failure():
    assert cases(samples.met(), BAD)["evidence: evidence verifies"] == "failure"


def test_junit_the_findings_say_what_to_do():
    root = ElementTree.fromstring(junit_xml([samples.unverified()]))
    [error] = [case.find("error") for case in root.iter("testcase") if case.get("name") == "integrity"]
    assert error is not None
    assert error.text == (
        "SP340 medium: amcheck could not look: extension amcheck is not installed on recovery-1\n"
        "  where: orders-db, check integrity\n"
        "  fix:   apt-get install postgresql-contrib on recovery-1"
    )


@pytest.mark.parametrize("result", samples.everything(), ids=lambda r: r.run)
def test_markdown_is_under_60_lines(result):
    assert len(markdown_summary([result], trust=BAD).splitlines()) < 60


def test_markdown_is_under_60_lines_whatever_the_input():
    findings = [
        Finding(code=f"SP{n}", severity=Severity.HIGH, what=f"what {n}\n" * 5, where="w", fix="f\n# x")
        for n in range(200)
    ]
    much = samples.failed().model_copy(update={"findings": findings, "checks": samples.failed().checks * 30})
    assert len(markdown_summary([much], trust=BAD).splitlines()) < 60
    assert len(markdown_summary([much] * 80, trust=BAD).splitlines()) < 60


def test_markdown_several_drills_show_the_worst_first():
    lines = markdown_summary([samples.met(), samples.failed(), samples.missed()], trust=GOOD).splitlines()
    assert [line.split(" | ")[1] for line in lines[4:7]] == ["❌ failed", "⚠️ missed", "✅ met"]


def test_markdown_of_a_hostile_text_is_text():
    text = markdown_summary([samples.hostile()], trust=GOOD)
    assert "<script" not in text
    assert "\x1b" not in text
    hostile = Finding(
        code="SP1", severity=Severity.HIGH, what="a | b [x](http://evil) @admin `c` **d**", where="w", fix="f"
    )
    line = markdown_summary([samples.met().model_copy(update={"findings": [hostile]})], trust=GOOD)
    assert "a \\| b \\[x\\]\\(http:\u200b//evil\\) \\@\u200badmin \\`c\\` \\*\\*d\\*\\*" in line


def test_markdown_says_on_top_that_evidence_does_not_verify():
    assert markdown_summary([samples.met()], trust=BAD).startswith(
        "> **The evidence under this report does NOT verify.**\n> SP701 evidence/x.dsse.json: changed after signing\n"
    )
    assert markdown_summary([samples.met()], trust=GOOD).startswith("## ✅ Met: shop-latest\n")


SAMPLE = re.compile(r'([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\} (-?[0-9.e+-]+)')


def samples_of(text: str) -> dict[str, float]:
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            match = SAMPLE.fullmatch(line)
            assert match, line
            assert match[1] + match[2] not in found, f"twice: {line}"
            found[match[1] + "{" + match[2] + "}"] = float(match[3])
    return found


def test_openmetrics_ends_as_the_format_demands_and_every_line_parses():
    text = openmetrics_text([*samples.everything(), samples.hostile().model_copy(update={"drill": samples.HOSTILE})])
    assert text.endswith("# EOF\n")
    assert text.count("# EOF") == 1
    assert samples_of(text)


def test_openmetrics_declares_each_family_once_and_keeps_it_together():
    families = [
        line.split()[2] for line in openmetrics_text(samples.everything()).splitlines() if line.startswith("# TYPE")
    ]
    assert len(families) == len(set(families))
    assert all(name.startswith("stormproof_drill_") for name in families)


def test_openmetrics_gives_the_newest_run_of_each_drill():
    labels = '{drill="shop-latest",service="shop",scenario="loss"}'
    found = samples_of(openmetrics_text([samples.missed(), samples.met()]))
    assert found[f"stormproof_drill_rto_seconds{labels}"] == 342.0
    assert found[f"stormproof_drill_rto_target_seconds{labels}"] == 300.0
    assert found[f"stormproof_drill_rpo_seconds{labels}"] == 3.31


def test_openmetrics_has_no_sample_for_what_was_not_measured():
    text = openmetrics_text([samples.refused()])
    assert "stormproof_drill_rto_seconds{" not in text
    assert "stormproof_drill_rto_target_seconds{" in text


def test_openmetrics_shows_exactly_one_verdict():
    found = samples_of(openmetrics_text([samples.unverified()]))
    on = [name for name, value in found.items() if name.startswith("stormproof_drill_verdict{") and value]
    assert [name.split('stormproof_drill_verdict="')[1] for name in on] == ['unverified"}']


def test_openmetrics_without_a_drill_is_still_a_document():
    assert openmetrics_text([]) == "# EOF\n"
