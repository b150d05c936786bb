"""Charts as SVG text: no script, no font, no network; they print as they look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from markupsafe import Markup, escape

from models_ml.metrics.panel import Floats

# Okabe and Ito's colours, told apart by colour-blind readers, ordered by how well they print.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
WIDTH, HEIGHT = 640, 250
LEFT, RIGHT, TOP, BOTTOM = 62, 24, 12, 28


@dataclass(frozen=True)
class Frame:
    """Plot area: data to pixels.

    Attributes
    ----------
    x_range, y_range
        First and last value of each axis.
    """

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    height: int = HEIGHT
    left: int = LEFT

    @classmethod
    def around(
        cls, x: Floats, ys: Iterable[Floats], *, include: Sequence[float] = (), height: int = HEIGHT
    ) -> Frame:
        """Hold all finite points, and the values to ``include`` on the y axis."""
        y = np.concatenate([*(np.ravel(each) for each in ys), np.asarray(include, dtype=float)])
        y = y[np.isfinite(y)]
        low, high = (float(y.min()), float(y.max())) if y.size else (0.0, 1.0)
        room = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
        return cls((float(x.min()), float(x.max())), (low - room, high + room), height)

    def x(self, value: float) -> float:
        """Pixel of a value on the x axis."""
        first, last = self.x_range
        return self.left + (value - first) / ((last - first) or 1) * (WIDTH - self.left - RIGHT)

    def y(self, value: float) -> float:
        """Pixel of a value on the y axis."""
        first, last = self.y_range
        bottom = self.height - BOTTOM
        return bottom - (value - first) / ((last - first) or 1) * (bottom - TOP)


def drawing(title: str, height: int, parts: Iterable[str]) -> Markup:
    """Wrap the parts of a chart; screen readers read its title."""
    name = escape(title)
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{name}"><title>{name}</title>'
        + "".join(parts)
        + "</svg>"
    )


def text(x: float, y: float, words: str, *, anchor: str = "middle", css: str = "") -> str:
    """Words at a place."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{css}">{escape(words)}</text>'
    )


def rule(x0: float, y0: float, x1: float, y1: float, css: str) -> str:
    """Draw a straight line."""
    return f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" class="{css}"/>'


def rectangle(x0: float, y0: float, x1: float, y1: float, colour: str, title: str = "") -> str:
    """Draw a filled rectangle between two corners in any order; the title shows under a pointer."""
    left, top = min(x0, x1), min(y0, y1)
    hint = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{abs(x1 - x0):.1f}" '
        f'height="{abs(y1 - y0):.1f}" fill="{colour}">{hint}</rect>'
    )


def path(frame: Frame, x: Floats, y: Floats, colour: str, *, dashed: bool = False) -> str:
    """Draw a line through the points; it breaks where a value is missing."""
    steps, pen = [], "M"
    for at, value in zip(x, y, strict=True):
        if np.isfinite(value):
            steps.append(f"{pen}{frame.x(at):.1f} {frame.y(value):.1f}")
            pen = "L"
        else:
            pen = "M"
    dash = ' stroke-dasharray="5 3"' if dashed else ""
    return f'<path d="{"".join(steps)}" fill="none" stroke="{colour}" stroke-width="1.5"{dash}/>'


def y_axis(frame: Frame, *, percent: bool = False) -> list[str]:
    """Grid lines with their values."""
    ticks, decimals = ticks_of(*frame.y_range)
    shown = max(decimals - 2, 0) if percent else decimals
    return [
        part
        for tick in ticks
        for part in (
            rule(frame.left, frame.y(tick), WIDTH - RIGHT, frame.y(tick), "grid"),
            text(
                frame.left - 6,
                frame.y(tick) + 4,
                f"{tick:.{shown}%}" if percent else f"{tick:.{decimals}f}",
                anchor="end",
            ),
        )
    ]


def x_labels(frame: Frame, labelled: Iterable[tuple[float, str]]) -> list[str]:
    """Words below the x axis."""
    return [text(frame.x(at), frame.height - 9, words) for at, words in labelled]


def date_labels(frame: Frame) -> list[str]:
    """Years, or months where there are few, below an axis of days since 1970."""
    first, last = (np.datetime64(int(day), "D") for day in frame.x_range)
    months = int((last.astype("datetime64[M]") - first.astype("datetime64[M]")).astype(int))
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120) if months / step <= 9 or step == 120)
    start = -(-int(first.astype("datetime64[M]").astype(int)) // step) * step
    ends = int(last.astype("datetime64[M]").astype(int))
    at = [np.datetime64(month, "M") for month in range(start, ends + 1, step)]
    days = [int(month.astype("datetime64[D]").astype(int)) for month in at]
    return x_labels(
        frame,
        [
            (day, str(month)[:4] if step >= 12 else str(month))
            for day, month in zip(days, at, strict=True)
            if day >= frame.x_range[0]
        ],
    )


def legend(names: Sequence[str]) -> list[str]:
    """Names of the lines, each in its colour, at the top."""
    parts, x = [], float(LEFT + 8)
    for name, colour in zip(names, COLOURS, strict=False):
        parts.append(rectangle(x, TOP + 3, x + 14, TOP + 7, colour))
        parts.append(text(x + 19, TOP + 10, name, anchor="start"))
        x += 34 + 6.6 * len(name)
    return parts


def ticks_of(low: float, high: float, n: int = 5) -> tuple[list[float], int]:
    """Round values inside a range, and the decimals they need."""
    rough = (high - low) / n
    power = 10 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    decimals = max(0, -floor(log10(step) + 1e-9)) + (1 if step / power == 2.5 else 0)
    first = ceil(low / step - 1e-9)
    return [i * step + 0.0 for i in range(first, floor(high / step + 1e-9) + 1)], decimals
