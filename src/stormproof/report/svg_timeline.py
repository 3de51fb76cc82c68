"""The timeline: phases of the critical path as a band, each step as a bar, the RTO as a line. Colour is never the only sign:
steps of the critical path are full bars, those beside it are thin."""

from __future__ import annotations

from dataclasses import dataclass

from stormproof.core.drill_result import DrillResult, StepSpan
from stormproof.report.markup import Markup, el
from stormproof.report.svg_axis import fitted, tick_text, ticks, width_of
from stormproof.report.wording import duration, plain, seconds

STEPS_MAX = 60  # more bars than that are no picture; the table has them all


@dataclass(frozen=True, slots=True)
class _Layout:
    """Pixels of the drawing's own space. On a phone a step's name stands above its bar."""

    width: int
    label: int
    row: int
    bar: int
    ticks: int
    above: bool

    @property
    def left(self) -> int:
        return 0 if self.above else self.label

    @property
    def plot(self) -> int:
        return self.width - self.left - (0 if self.above else 8)


_WIDE = _Layout(width=880, label=300, row=27, bar=15, ticks=8, above=False)
_NARROW = _Layout(width=340, label=340, row=43, bar=12, ticks=4, above=True)
_BAND, _AXIS = 26, 22


def timeline(result: DrillResult, *, narrow: bool) -> Markup | None:
    """The picture for a wide screen or a phone; None where no step ran."""
    steps = result.steps[:STEPS_MAX]
    total = max((step.offset_s + step.seconds for step in steps), default=0.0)
    if total <= 0:
        return None
    layout = _NARROW if narrow else _WIDE
    target = result.targets.rto_s
    # The target is drawn when it lies near; a line far off to the right would squeeze what was measured into a corner.
    limit = max(total, target * 1.04) if target is not None and target <= total * 1.6 else total
    height = _BAND + 10 + len(steps) * layout.row + _AXIS + 6
    name = f"timeline-{'narrow' if narrow else 'wide'}"
    return el(
        "svg",
        el("title", f"Timeline of run {result.run}", id=f"{name}-t"),
        el("desc", description(result), id=f"{name}-d"),
        _axis(layout, limit, height),
        _band(layout, steps, limit),
        (_row(layout, index, step, limit) for index, step in enumerate(steps)),
        _target(layout, target, limit, height) if target is not None and target <= limit else None,
        role="img",
        aria_labelledby=f"{name}-t {name}-d",
        viewBox=f"0 0 {layout.width} {height}",
        class_="narrow" if narrow else "wide",
    )


def description(result: DrillResult) -> str:
    """The picture in words."""
    critical = [s for s in result.steps if s.critical]
    beside = [s for s in result.steps if not s.critical]
    text = "On the critical path: " + ", ".join(f"{plain(s.title, 80)} {seconds(s.seconds)}" for s in critical) + "."
    if beside:
        text += " Beside it: " + ", ".join(f"{plain(s.title, 80)} {seconds(s.seconds)}" for s in beside) + "."
    if result.targets.rto_s is not None and result.figures.rto_service_s.value is not None:
        text += f" Whole: {seconds(result.figures.rto_service_s.value)} against a target of {duration(result.targets.rto_s)}."
    return text


def _axis(layout: _Layout, limit: float, height: int) -> list[Markup]:
    parts = []
    bottom = height - _AXIS
    for tick in ticks(limit, layout.ticks):
        x = _x(layout, tick, limit)
        parts.append(el("line", x1=x, x2=x, y1=_BAND + 6, y2=bottom, class_="grid"))
        text = tick_text(tick)
        anchor = "start" if tick == 0 else "end" if x + width_of(text, 12) / 2 > layout.width else "middle"
        parts.append(el("text", text, x=x, y=bottom + 16, text_anchor=anchor, class_="dim"))
    return parts


def _band(layout: _Layout, steps: list[StepSpan], limit: float) -> list[Markup]:
    """Neighbouring steps of one phase on the critical path become one stretch."""
    stretches: list[tuple[str, float, float]] = []
    for step in sorted((s for s in steps if s.critical), key=lambda s: s.offset_s):
        end = step.offset_s + step.seconds
        if stretches and stretches[-1][0] == step.phase:
            stretches[-1] = (step.phase, stretches[-1][1], max(end, stretches[-1][2]))
        else:
            stretches.append((step.phase, step.offset_s, end))
    parts = []
    if not layout.above:
        parts.append(el("text", "Phases of the critical path", x=0, y=_BAND - 9, class_="dim"))
    for phase, start, end in stretches:
        x, width = _x(layout, start, limit), max(1.5, (end - start) / limit * layout.plot)
        parts.append(el("rect", x=x, y=0, width=width, height=_BAND - 2, class_="path seam"))
        text = plain(phase, 40).replace("_", "-")
        if width_of(text, 12) + 12 <= width:
            parts.append(el("text", text, x=x + width / 2, y=_BAND - 9, text_anchor="middle", class_="on"))
    return parts


def _row(layout: _Layout, index: int, step: StepSpan, limit: float) -> list[Markup]:
    top = _BAND + 12 + index * layout.row
    x, width = _x(layout, step.offset_s, limit), max(2.0, step.seconds / limit * layout.plot)
    bar = layout.bar if step.critical else layout.bar * 0.45
    shift = 18 if layout.above else 0
    middle = top + shift + layout.bar / 2
    text = seconds(step.seconds) + (f", attempt {step.attempts}" if step.attempts > 1 else "")
    shape = el(
        "rect", x=x, y=middle - bar / 2, width=width, height=bar, rx=2, class_="path" if step.critical else "aside"
    )
    label_class = None if step.critical else "dim"
    title = plain(step.title or step.step)
    if layout.above:
        name = fitted(title, layout.width - width_of(text, 12) - 12)
        return [
            el("text", name, x=0, y=top + 12, class_=label_class),
            el("text", text, x=layout.width, y=top + 12, text_anchor="end", class_="dim"),
            shape,
        ]
    after = x + width + 7 + width_of(text, 12) <= layout.width
    return [
        el("text", fitted(title, layout.label - 14), x=0, y=middle + 4.5, class_=label_class),
        shape,
        el(
            "text",
            text,
            x=x + width + 7 if after else x - 7,
            y=middle + 4.5,
            text_anchor=None if after else "end",
            class_="dim",
        ),
    ]


def _target(layout: _Layout, target: float, limit: float, height: int) -> list[Markup]:
    x = _x(layout, target, limit)
    text = f"RTO {duration(target)}"
    right = x + 6 + width_of(text, 12) <= layout.width
    return [
        el("line", x1=x, x2=x, y1=0, y2=height - _AXIS, class_="limit"),
        el(
            "text",
            text,
            x=x + 6 if right else x - 6,
            y=height - _AXIS - 4,
            text_anchor=None if right else "end",
            class_="limit-text",
        ),
    ]


def _x(layout: _Layout, at: float, limit: float) -> float:
    return layout.left + at / limit * layout.plot
