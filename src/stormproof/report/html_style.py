"""The look of the HTML report: two palettes and one style sheet. A test holds every text colour to a contrast of 4.5."""

from __future__ import annotations

LIGHT: dict[str, str] = {
    "page": "#f7f6f3",
    "surface": "#ffffff",
    "ink": "#1c2228",
    "muted": "#59626b",
    "line": "#e2dfd8",
    "track": "#eceae4",
    "accent": "#2b5c88",
    "beside": "#b7c9d9",
    "good": "#1c6b41",
    "good-soft": "#e6f1ea",
    "warn": "#835500",
    "warn-soft": "#f8efdc",
    "bad": "#a3271d",
    "bad-soft": "#f9e7e4",
    "still": "#5a4488",
    "still-soft": "#ede9f5",
}
DARK: dict[str, str] = {
    "page": "#121518",
    "surface": "#1a1e22",
    "ink": "#e4e7ea",
    "muted": "#a1aab2",
    "line": "#2d343a",
    "track": "#2a3036",
    "accent": "#7db1e2",
    "beside": "#42586c",
    "good": "#74cf9c",
    "good-soft": "#17291f",
    "warn": "#e3b454",
    "warn-soft": "#2d2514",
    "bad": "#ff9184",
    "bad-soft": "#331b19",
    "still": "#c4acf2",
    "still-soft": "#251f33",
}
# Which text colour stands on which ground: what the contrast test walks through.
TEXT_ON_GROUND: tuple[tuple[str, str], ...] = (
    *(
        (ink, ground)
        for ink in ("ink", "muted", "accent", "good", "warn", "bad", "still")
        for ground in ("page", "surface")
    ),
    *((tone, f"{tone}-soft") for tone in ("good", "warn", "bad", "still")),
    *(("ink", f"{tone}-soft") for tone in ("good", "warn", "bad", "still")),
    ("surface", "accent"),
)

_RULES = """
*,*::before{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:400 1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;
 font-variant-numeric:tabular-nums lining-nums;overflow-wrap:anywhere}
.wrap{max-width:60rem;margin:0 auto;padding:0 1.5rem}
a{color:var(--accent);text-underline-offset:.18em}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--accent);outline-offset:3px;border-radius:2px}
code{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace}
h1,h2,h3{line-height:1.25;font-weight:650;margin:0;letter-spacing:-.011em}
h1{font-size:1.75rem;text-wrap:balance}
h2{font-size:1.1875rem;margin-bottom:.25rem}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:0 0 .75rem}
.lead{color:var(--muted);max-width:44rem}
.small{font-size:.875rem}
.muted{color:var(--muted)}
.skip{position:absolute;left:-100rem}
.skip:focus{left:1rem;top:1rem;background:var(--surface);padding:.5rem 1rem}

.alarm{background:var(--bad-soft);border-bottom:3px solid var(--bad)}
.alarm.quiet{background:var(--warn-soft);border-color:var(--warn)}
.alarm .wrap{padding-top:1rem;padding-bottom:1rem}
.alarm strong{color:var(--bad);font-size:1.0625rem}
.alarm.quiet strong{color:var(--warn);font-size:1rem}
.alarm ul{margin:.5rem 0 0;padding-left:1.25rem}

.top{padding:2.5rem 0 1.25rem}
.brand{font-size:.8125rem;color:var(--muted);margin-bottom:1.25rem;display:flex;justify-content:space-between;gap:1rem;flex-wrap:wrap}
.verdict{display:inline-flex;align-items:center;gap:.5em;font-weight:650;font-size:.9375rem;padding:.25rem .8rem .25rem .6rem;border-radius:2rem;margin-bottom:.9rem}
.verdict svg{width:1.1em;height:1.1em;flex:none}
.top .lead{margin:.4rem 0 0;font-size:1.0625rem}
.facts{display:flex;flex-wrap:wrap;gap:.6rem 2rem;margin:1.5rem 0 0;padding:0}
.facts div{min-width:0}
.facts dt{font-size:.8125rem;color:var(--muted)}
.facts dd{margin:0}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:0;padding:.75rem 0;border-top:1px solid var(--line);font-size:.875rem}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}

section{background:var(--surface);border:1px solid var(--line);border-radius:.75rem;padding:1.5rem;margin:0 0 1.25rem}
section>:last-child{margin-bottom:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(11.5rem,1fr));gap:1.25rem 2rem;margin:1rem 0 0}
.tile h3{margin:0;font-size:.875rem;font-weight:500;color:var(--muted);letter-spacing:0}
.tile .value{font-size:2rem;line-height:1.2;font-weight:600;letter-spacing:-.02em;margin:.1rem 0 .4rem}
.tile .value.none{font-size:1.25rem;line-height:1.92;font-weight:500}
.tile p{margin:.4rem 0 0;font-size:.8125rem;color:var(--muted)}
.bullet{display:block;width:100%;height:.5rem;border-radius:.25rem}

.finding{border-left:3px solid var(--tone);padding:.1rem 0 .1rem 1rem;margin:1.1rem 0}
.finding h3{margin:0 0 .25rem}
.finding p{margin:.15rem 0}
.tag{font-size:.8125rem;font-weight:600;color:var(--tone)}
.good{--tone:var(--good);--soft:var(--good-soft)}
.warn{--tone:var(--warn);--soft:var(--warn-soft)}
.bad{--tone:var(--bad);--soft:var(--bad-soft)}
.still{--tone:var(--still);--soft:var(--still-soft)}
.plain{--tone:var(--muted);--soft:var(--page)}
.verdict{color:var(--tone);background:var(--soft)}
.word{color:var(--tone);font-weight:600;white-space:nowrap}
.word::before{content:"";display:inline-block;width:.5em;height:.5em;border-radius:50%;background:var(--tone);margin-right:.5em;vertical-align:.08em}
.word.bad::before{border-radius:0;transform:rotate(45deg)}
.word.warn::before{background:none;border:2px solid var(--tone)}
.word.plain::before{background:none;border:1px solid var(--tone)}

table{border-collapse:collapse;width:100%;font-size:.9375rem;margin:.75rem 0 0}
caption{text-align:left;color:var(--muted);font-size:.875rem;padding-bottom:.25rem}
th,td{text-align:left;vertical-align:top;padding:.45rem 1rem .45rem 0;border-bottom:1px solid var(--line);font-weight:400}
thead th{font-size:.8125rem;color:var(--muted);font-weight:500;border-bottom-color:var(--muted);vertical-align:bottom}
tbody tr:last-child>*{border-bottom:0}
tbody th{font-weight:500}
td,th{overflow-wrap:break-word}
.scroll{overflow-x:auto}
th:last-child,td:last-child{padding-right:0}
.n{text-align:right;white-space:nowrap}
.w{white-space:nowrap}
td.bar{width:28%}
td.bar svg{display:block;width:100%;height:.6rem;margin-top:.45em}
details{margin-top:1rem}
summary{cursor:pointer;color:var(--accent);font-size:.9375rem}
details table{margin-top:.5rem;font-size:.875rem}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(18rem,1fr));gap:0 2.5rem}
.record{display:grid;grid-template-columns:minmax(9rem,max-content) 1fr;gap:.3rem 1.5rem;margin:.75rem 0 0;font-size:.9375rem}
.record dt{color:var(--muted)}
.record dd{margin:0;min-width:0}

figure{margin:1rem 0 0}
figure svg{display:block;width:100%;height:auto;overflow:visible}
figcaption{font-size:.8125rem;color:var(--muted);margin-top:.6rem;display:flex;flex-wrap:wrap;gap:.25rem 1.5rem}
.key{display:inline-flex;align-items:center;gap:.5em}
.key svg{width:1.5rem;height:.7rem;flex:none}
svg text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;fill:var(--ink);paint-order:stroke;stroke:var(--surface);stroke-width:4px;stroke-linejoin:round}
svg .dim{fill:var(--muted);font-size:12px}
svg .on{stroke:none;fill:var(--surface);font-size:12px;font-weight:600}
svg .grid{stroke:var(--line);stroke-width:1}
svg .track{fill:var(--track)}
svg .path{fill:var(--accent)}
svg .aside{fill:var(--beside)}
svg .seam{stroke:var(--surface);stroke-width:2}
svg .limit{stroke:var(--warn);stroke-width:1.5;stroke-dasharray:2 3;fill:none}
svg .limit-text{fill:var(--warn);font-size:12px}
svg .trend{stroke:var(--muted);stroke-width:1.5;stroke-dasharray:6 5;fill:none}
svg .run{stroke:var(--accent);stroke-width:1.75;fill:none;stroke-linejoin:round}
svg .f-good{fill:var(--good)}svg .f-warn{fill:var(--warn)}svg .f-bad{fill:var(--bad)}svg .f-still{fill:var(--still)}
svg .here{fill:none;stroke:var(--ink);stroke-width:1.5}
svg .hollow{fill:var(--surface);stroke:var(--warn);stroke-width:2}
.narrow{display:none!important}
footer{color:var(--muted);font-size:.875rem;padding:.5rem 0 3rem}

@media screen and (max-width:40rem){
 .wrap{padding:0 1rem}
 .top{padding:1.5rem 0 1rem}
 h1{font-size:1.4375rem}
 section{padding:1.15rem 1rem;border-radius:.6rem}
 .tiles{grid-template-columns:1fr 1fr;gap:1.25rem}
 .tile .value{font-size:1.5rem}
 .wide{display:none!important}.narrow{display:block!important}
 .record{grid-template-columns:1fr;gap:0}
 .record dd{margin-bottom:.6rem}
 .stack,.stack tbody,.stack tr,.stack th,.stack td,.stack caption{display:block;width:auto}
 .stack thead{position:absolute;left:-100rem}
 .stack tr{padding:.65rem 0;border-bottom:1px solid var(--line)}
 .stack tr:last-child{border-bottom:0}
 .stack th,.stack td{padding:.1rem 0;border:0;text-align:left;white-space:normal}
 .stack td[data-label]{display:grid;grid-template-columns:7rem 1fr;gap:.75rem}
 .stack td[data-label]::before{content:attr(data-label);color:var(--muted);font-size:.8125rem;line-height:1.85}
 .stack td:empty,.stack td.bar{display:none}
 .stack th,.stack td{overflow-wrap:anywhere}
 .brief tr{display:flex;flex-wrap:wrap;gap:.1rem 1rem}
 .brief tbody th{flex:1 0 100%}
 .brief td[data-label]{display:block;color:var(--muted)}
 .brief td[data-label]::before{content:none}
}
@media print{
 @page{margin:14mm 15mm}
 html{font-size:9pt}
 body{background:#fff;line-height:1.4}
 .wrap{max-width:none;padding:0}
 .top{padding:0 0 .5rem}
 nav,.skip{display:none}
 section{border:0;border-top:1px solid var(--line);border-radius:0;padding:.8rem 0;margin:0;background:none}
 h2,h3,caption{break-after:avoid}
 .scroll{overflow:visible}
 .alarm .wrap{padding:.75rem 1rem}
 .alarm{margin-bottom:1.5rem}
 tr,figure,.finding,.tile{break-inside:avoid}
 thead{display:table-header-group}
 details::details-content{content-visibility:visible;display:block;block-size:auto}
 summary{color:var(--muted);list-style:none}
 *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
 a{color:inherit;text-decoration:none}
}
"""


def style_sheet() -> str:
    """The whole sheet. Paper is always light; a dark screen is dark only if its owner asked for that."""
    return (
        f":root{{color-scheme:light;{_variables(LIGHT)}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{_variables(DARK)}}}}}\n{_RULES}"
    )


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two colours (#rrggbb), 1 to 21. Source: WCAG 2.2, definition of relative luminance."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _variables(palette: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in palette.items())
