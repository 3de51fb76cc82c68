"""The operator's page as one HTML file: no network, no script; readable on paper, on a phone and in the dark."""

from __future__ import annotations

from html import escape

from stormproof.engine.document import OperatorPage, StepPage, _parts, operator_page
from stormproof.engine.runbook import Runbook

_STYLE = """
:root { color-scheme: light dark; --ink: #1a1c1e; --soft: #4d545b; --paper: #ffffff; --line: #c9ced4; --mark: #0b5cad;
  --code: #f1f3f5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #b3bac1; --paper: #16181a; --line: #454b52;
  --mark: #7db7f5; --code: #24282c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 52rem; padding: 1rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; }
h1 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
a { color: var(--mark); } .soft { color: var(--soft); }
code { background: var(--code); padding: .1em .3em; border-radius: .2em; font-size: .92em; overflow-wrap: anywhere; }
pre { background: var(--code); padding: .75rem; overflow-x: auto; } pre code { padding: 0; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); }
caption { text-align: left; color: var(--soft); padding-bottom: .4rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0; }
dt { color: var(--soft); } dd { margin: 0; }
article { border-left: 3px solid var(--line); padding-left: 1rem; margin: 1.75rem 0; }
article.critical { border-left-color: var(--mark); }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; }
@media print { body { max-width: none; } article { break-inside: avoid; } nav { display: none; } }
"""


def html(book: Runbook) -> str:
    """The operator's page as a whole HTML document."""
    page = operator_page(book)
    body = [
        '<a class="skip" href="#steps">To the steps</a>',
        f"<header><h1>{escape(page.title)}</h1>",
        f'<p class="soft">Runbook <code>{escape(page.name)}</code>, for services of kind '
        f"<code>{escape(page.service_kind)}</code></p></header>",
        _contents(page),
        "<main>",
        _prose(page.description) if page.description else "",
        _commands(page),
        _parameters(page),
        _overview(page),
        '<section aria-labelledby="steps"><h2 id="steps">Steps</h2>',
        *(_step(step) for step in page.steps),
        "</section>",
        _trouble(page),
        "</main>",
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(page.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + "\n</body>\n</html>\n"
    )


def _contents(page: OperatorPage) -> str:
    links = "".join(f'<li><a href="#{escape(_anchor(step))}">{escape(step.title)}</a></li>' for step in page.steps)
    return (
        '<nav aria-label="Contents"><ul><li><a href="#commands">Commands</a></li><li><a href="#overview">Overview</a>'
        f'</li><li><a href="#steps">Steps</a><ol>{links}</ol></li>'
        '<li><a href="#trouble">When something goes wrong</a></li></ul></nav>'
    )


def _commands(page: OperatorPage) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(purpose)}</th><td><code>{escape(command)}</code></td></tr>'
        for purpose, command in page.commands
    )
    return (
        '<section aria-labelledby="commands"><h2 id="commands">Commands</h2><div class="wide"><table>'
        f'<thead><tr><th scope="col">To</th><th scope="col">Run</th></tr></thead><tbody>{rows}</tbody></table></div>'
        "</section>"
    )


def _parameters(page: OperatorPage) -> str:
    if not page.parameters:
        return ""
    rows = "".join(f"<dt><code>{escape(name)}</code></dt><dd>{_inline(text)}</dd>" for name, text in page.parameters)
    return f'<section aria-labelledby="parameters"><h2 id="parameters">Parameters</h2><dl>{rows}</dl></section>'


def _overview(page: OperatorPage) -> str:
    titles = {step.name: step.title for step in page.steps}
    rows = "".join(
        f'<tr><td>{step.number}</td><th scope="row"><a href="#{escape(_anchor(step))}">{escape(step.title)}</a></th>'
        f"<td>{escape(step.phase)}</td><td>{escape(step.expected)}</td>"
        f"<td>{'yes' if step.critical else 'no'}</td>"
        f"<td>{escape('; '.join(titles[need] for need in step.needs))}</td></tr>"
        for step in page.steps
    )
    heads = "".join(
        f'<th scope="col">{head}</th>' for head in ("No.", "Step", "Phase", "Expected", "Critical", "Waits for")
    )
    return (
        '<section aria-labelledby="overview"><h2 id="overview">Overview</h2>'
        f"<p>Expected on the critical path: <strong>{escape(page.expected)}</strong>.</p>"
        '<div class="wide"><table><caption>All steps in order. Steps that are not critical run beside the others.'
        f"</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _step(step: StepPage) -> str:
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{_inline(value)}</dd>" for name, value in step.facts)
    parts = "".join(f"<h4>{escape(heading)}</h4>{_prose(text)}" for heading, text in _parts(step))
    kind = "critical" if step.critical else "beside"
    return (
        f'<article class="{kind}" aria-labelledby="{escape(_anchor(step))}">'
        f'<h3 id="{escape(_anchor(step))}">{step.number}. {escape(step.title)}</h3>'
        f'<p class="soft"><code>{escape(step.name)}</code></p><dl>{facts}</dl>{_prose(step.text)}{parts}</article>'
    )


def _trouble(page: OperatorPage) -> str:
    rows = "".join(f"<li><strong>{escape(seen)}.</strong> {_inline(act)}</li>" for seen, act in page.trouble)
    return (
        f'<section aria-labelledby="trouble"><h2 id="trouble">When something goes wrong</h2><ul>{rows}</ul></section>'
    )


def _anchor(step: StepPage) -> str:
    return f"step-{step.name}"


def _prose(text: str) -> str:
    """Markdown without raw HTML: a docstring can hold angle brackets."""
    from markdown_it import MarkdownIt  # comes with rich; not at the top, so that --help does not wait for it

    return str(MarkdownIt("commonmark", {"html": False}).render(text))


def _inline(text: str) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"html": False}).renderInline(text))
