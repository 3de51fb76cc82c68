"""The HTML report in a real browser: measured, not only looked at.

Each test starts Debian's Chromium once, headless, with a profile of its own. What a script must measure is measured in a
copy of the page inside a frame of the wanted width; the page itself forbids every script.
"""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
from html import escape, unescape
from pathlib import Path

import pytest
import samples

from stormproof.report.html import html_report
from stormproof.report.trust import Trust

pytestmark = pytest.mark.component

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
LONG_WORD = "x" * 400

MEASURE = """
<script>
function rgb(text) { return text.match(/[0-9.]+/g).map(Number); }
function light(c) {
  const [r, g, b] = c.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function ground(view, element) {
  for (let e = element; e; e = e.parentElement) {
    const c = rgb(view.getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c;
  }
  return [255, 255, 255];
}
window.onload = () => {
  const frame = document.querySelector("iframe"), page = frame.contentDocument, view = frame.contentWindow;
  const low = [], outside = [];
  for (const e of page.querySelectorAll("body *")) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    const box = e.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    if (!e.closest(".scroll, .skip, thead, svg") && box.right > view.innerWidth + 1) outside.push(e.tagName + "." + e.className);
    if (!own || e.closest("title, desc, style")) continue;
    const style = view.getComputedStyle(e);
    const ink = rgb(e.closest("svg") ? style.fill : style.color);
    if (e.classList.contains("on")) continue;  // stands on a bar; the palette's test holds that pair
    const [a, b] = [light(ink), light(ground(view, e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.push([e.textContent.slice(0, 40), ratio]);
  }
  const shown = s => [...page.querySelectorAll(s)].filter(e => view.getComputedStyle(e).display !== "none").length;
  document.querySelector("pre").textContent = JSON.stringify({
    width: view.innerWidth, scroll: page.documentElement.scrollWidth, low, outside,
    wide: shown("svg.wide"), narrow: shown("svg.narrow"),
    dark: view.matchMedia("(prefers-color-scheme: dark)").matches,
    ground: view.getComputedStyle(page.body).backgroundColor,
    texts: page.querySelectorAll("body *").length,
  });
};
</script>
"""


def chromium(tmp_path: Path, *arguments: str) -> str:
    """Run Chromium headless to its end; answers its standard output."""
    binary = shutil.which("chromium")
    assert binary, "install Debian's package chromium: a test that cannot look must not pass"
    profile = tmp_path / f"profile-{len(list(tmp_path.iterdir()))}"
    done = subprocess.run(
        [
            binary,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def write(tmp_path: Path, text: str, name: str = "report.html") -> str:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return (tmp_path / name).as_uri()


def measured(tmp_path: Path, text: str, width: int, *arguments: str) -> dict:
    copy = POLICY.sub("", text)
    frame = f'<iframe width="{width}" height="3000" style="border:0" srcdoc="{escape(copy, quote=True)}"></iframe>'
    url = write(tmp_path, f"<!DOCTYPE html><meta charset=utf-8><body><pre></pre>{frame}{MEASURE}", "measure.html")
    dom = chromium(tmp_path, "--window-size=1600,3000", *arguments, "--dump-dom", url)
    found = re.search(r"<pre>(\{.*?\})</pre>", dom, re.DOTALL)
    assert found, "the page was not measured"
    return json.loads(unescape(found[1]))


def long_words():
    """A result in which every foreign text is one word that no line can hold."""
    result = samples.hostile()
    finding = result.findings[0].model_copy(update={"what": LONG_WORD, "where": LONG_WORD, "fix": LONG_WORD})
    return result.model_copy(
        update={
            "title": LONG_WORD,
            "owner": LONG_WORD,
            "findings": [finding],
            "checks": [c.model_copy(update={"name": LONG_WORD, "findings": [finding]}) for c in result.checks],
            "steps": [s.model_copy(update={"title": LONG_WORD}) for s in result.steps],
            "versions": {LONG_WORD: LONG_WORD},
        }
    )


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("result", [samples.failed(), long_words()], ids=["failed", "long-words"])
def test_nothing_leaves_a_phones_screen(tmp_path, result, width):
    seen = measured(tmp_path, html_report(result, history_of=samples.past(), trust=Trust(ok=False, lines=["x"])), width)
    assert (seen["width"], seen["scroll"], seen["outside"]) == (width, width, [])
    assert seen["wide"] == 0
    assert seen["narrow"] >= 1


@pytest.mark.parametrize("result", [samples.failed(), long_words()], ids=["failed", "long-words"])
def test_nothing_leaves_a_desktops_screen(tmp_path, result):
    seen = measured(tmp_path, html_report(result, history_of=samples.past()), 1280)
    assert (seen["scroll"], seen["outside"], seen["narrow"]) == (1280, [], 0)


def test_every_text_is_readable_as_the_browser_draws_it(tmp_path):
    seen = measured(tmp_path, html_report(samples.failed(), history_of=samples.past()), 1280)
    assert (seen["low"], seen["dark"], seen["ground"]) == ([], False, "rgb(247, 246, 243)")
    assert seen["texts"] > 300


def test_every_text_is_readable_in_the_dark(tmp_path):
    text = html_report(samples.failed(), history_of=samples.past())
    seen = measured(tmp_path, text, 390, "--force-dark-mode", "--blink-settings=preferredColorScheme=0")
    assert (seen["low"], seen["dark"], seen["ground"]) == ([], True, "rgb(18, 21, 24)")


def test_a_script_that_got_into_the_page_would_not_run(tmp_path):
    text = html_report(samples.met()).replace("</body>", "<script>document.title='owned'</script></body>")
    dom = chromium(tmp_path, "--dump-dom", write(tmp_path, text))
    assert "<title>MET: shop-latest" in dom
    assert "<title>owned" not in dom


@pytest.mark.parametrize(("name", "size"), [("desktop", (1280, 1600)), ("phone", (600, 1600))])
def test_it_can_be_drawn(tmp_path, name, size):
    picture = tmp_path / f"{name}.png"
    url = write(tmp_path, html_report(samples.met(), history_of=samples.past(), trust=Trust(ok=True)))
    chromium(tmp_path, f"--window-size={size[0]},{size[1]}", f"--screenshot={picture}", url)
    data = picture.read_bytes()
    assert struct.unpack(">II", data[16:24]) == size
    assert len(data) > 40_000, "an empty page compresses to less"


def test_on_paper_it_is_a_few_pages_with_everything_unfolded(tmp_path):
    paper = tmp_path / "report.pdf"
    text = html_report(samples.met(), history_of=samples.past(), trust=Trust(ok=True))
    chromium(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={paper}", write(tmp_path, text))
    folded = tmp_path / "folded.pdf"
    shut = re.sub(r"<details.*?</details>", "", text, flags=re.DOTALL)
    chromium(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={folded}", write(tmp_path, shut, "shut.html"))
    pages = len(re.findall(rb"/Type /Page\b", paper.read_bytes()))
    assert 2 <= pages <= 6
    assert pages > len(re.findall(rb"/Type /Page\b", folded.read_bytes()))
