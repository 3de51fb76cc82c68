"""The HTML page: self-contained, escaped, accessible by its structure."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
import samples

from stormproof.core.chain import ChainReport, EvidenceProblem
from stormproof.report.html import html_report
from stormproof.report.html_style import DARK, LIGHT, TEXT_ON_GROUND, contrast
from stormproof.report.markup import el, join
from stormproof.report.trust import Trust

VOID = {"meta", "br", "link", "hr"}


class Page(HTMLParser):
    """Reads a page strictly: every element is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(result=None, **options) -> Page:
    options.setdefault("history_of", samples.past())
    return Page(html_report(result or samples.met(), **options))


@pytest.mark.parametrize("result", samples.everything(), ids=lambda r: r.run)
def test_the_page_is_well_formed_and_loads_nothing(result):
    text = html_report(result, history_of=samples.past())
    read = Page(text)
    assert {tag for tag, _ in read.elements}.isdisjoint(
        {"script", "img", "iframe", "link", "object", "embed", "base", "form"}
    )
    for tag, attributes in read.elements:
        assert not any(name.startswith("on") for name in attributes)
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#"), tag
    assert "url(" not in text
    assert "@import" not in text


def test_hostile_texts_come_out_as_text():
    text = html_report(samples.hostile())
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;alert('x')&lt;/script&gt;" in text


def test_an_attribute_cannot_be_left():
    assert el("td", "x", title='" onload="y') == '<td title="&quot; onload=&quot;y">x</td>'
    assert join(["<b>", el("b", "&")]) == "&lt;b&gt;<b>&amp;</b>"


def test_landmarks_and_one_first_heading():
    read = page()
    for tag in ("header", "nav", "main", "footer", "h1"):
        assert len(read.all(tag)) == 1, tag
    assert read.all("html") == [{"lang": "en"}]
    assert all(nav.get("aria-label") for nav in read.all("nav"))


@pytest.mark.parametrize("result", samples.everything(), ids=lambda r: r.run)
def test_headings_never_skip_a_level(result):
    levels = [int(tag[1]) for tag, _ in page(result).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_section_is_named_by_its_heading_and_every_link_leads_somewhere():
    read = page(samples.failed())
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for section in read.all("section"):
        assert section["aria-labelledby"] in ids
    for link in read.all("a"):
        assert (link["href"] or "").removeprefix("#") in ids


def test_every_picture_has_words():
    read = page(samples.failed())
    ids = {attributes["id"] for _, attributes in read.elements if "id" in attributes}
    for picture in read.all("svg"):
        if picture.get("aria-hidden") == "true":
            continue
        assert picture["role"] == "img"
        named = (picture.get("aria-labelledby") or "").split()
        assert set(named) <= ids
        assert named or picture.get("aria-label")


def test_every_table_has_a_caption_and_scoped_headers():
    read = page(samples.failed())
    assert len(read.all("caption")) == len(read.all("table")) > 5
    assert all(header["scope"] in ("col", "row") for header in read.all("th"))


def test_the_timeline_tells_the_critical_path_apart_in_words_too():
    text = html_report(samples.met())
    assert (
        "On the critical path: Choose the recovery point 0.40 s, Check that the data will fit 0.30 s, "
        "Restore the cluster 4.80 s" in text
    )
    assert "Beside it: Check that the files will fit 0.20 s, Restore the uploaded files 2.90 s." in text
    assert "Whole: 11.2 s against a target of 5 min." in text


def test_a_refused_drill_has_no_timeline_and_no_empty_section():
    read = page(samples.refused(), history_of=())
    assert [section["id"] for section in read.all("section")] == ["findings", "figures", "isolation", "record"]


def test_a_failed_probe_unfolds_the_proof_and_stands_first():
    assert [d for d in page(samples.met()).all("details") if "open" not in d]
    text = html_report(samples.refused())
    proof = text[text.index('<section id="isolation"') :]
    assert "<details open>" in proof
    assert proof.index('class="word bad">connected') < proof.index('class="word good">')


def test_evidence_that_does_not_verify_is_said_above_everything():
    problem = EvidenceProblem("evidence/20260131T041500Z-7f3a.dsse.json", "SP701", "changed <b>", "x")
    other = EvidenceProblem("evidence/other.dsse.json", "SP705", "missing", "x")
    trust = Trust.of(ChainReport(problems=[other, problem]), "20260131T041500Z-7f3a")
    text = html_report(samples.met(), trust=trust)
    alarm = text.index("The evidence under this report does NOT verify.")
    assert alarm < text.index("<header")
    assert text.index("SP701 evidence/20260131T041500Z-7f3a.dsse.json: changed &lt;b&gt;") < text.index("SP705")


def test_a_page_whose_evidence_nobody_looked_at_says_so_and_a_verified_one_is_calm():
    assert "The evidence under this report was not verified." in html_report(samples.met())
    text = html_report(samples.met(), trust=Trust(ok=True))
    assert "<aside" not in text
    assert "The evidence under this report verifies." in text


def test_where_the_keys_came_from_is_said_by_name_and_never_by_value():
    assert "<dd>file:keys/: pgbackrest-cipher, restic-password, shop_app</dd>" in html_report(samples.met())


def test_history_holds_this_drill_and_scenario_only():
    other = samples.met("20260101T000000Z-9999").model_copy(update={"drill": "uploads-latest"})
    text = html_report(samples.met(), history_of=[*samples.past(3), other])
    assert "20260101T000000Z-9999" not in text
    assert "4 runs (4 met)" in text


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_ON_GROUND)
def test_every_text_has_a_contrast_of_at_least_4_5(palette, ink, ground):
    assert contrast(palette[ink], palette[ground]) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_bars_stand_out_from_their_ground(palette):
    assert contrast(palette["accent"], palette["surface"]) >= 3


def test_contrast_is_the_standards():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_same_result_gives_the_same_page():
    assert html_report(samples.met()) == html_report(samples.met())
