"""The charts of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from models_ml.metrics import Reliability
from models_ml.metrics.panel import Floats
from models_ml.report import svg

_ROLES = {"train": svg.COLOURS[0], "valid": svg.COLOURS[2], "test": svg.COLOURS[1]}
_ROW = 22


def over_time(
    title: str,
    days: NDArray[Any],
    series: Mapping[str, Floats],
    *,
    reference: float = 0.0,
    percent: bool = False,
) -> Markup:
    """Draw a line for each series; a thin one marks the reference."""
    x = np.asarray(days, dtype="datetime64[D]").astype(float)
    frame = svg.Frame.around(x, series.values(), include=[reference])
    parts = svg.y_axis(frame, percent=percent) + svg.date_labels(frame)
    level = frame.y(reference)
    parts.append(svg.rule(svg.LEFT, level, svg.WIDTH - svg.RIGHT, level, "zero"))
    for (_, values), colour in zip(series.items(), svg.COLOURS, strict=False):
        parts.append(svg.path(frame, x, values, colour, dashed=colour != svg.COLOURS[0]))
    return svg.drawing(title, frame.height, parts + svg.legend(list(series)))


def bars(title: str, names: Sequence[str], values: Floats, *, percent: bool = False) -> Markup:
    """Draw a bar for each name, from zero."""
    x = np.arange(len(names), dtype=float)
    frame = svg.Frame.around(np.array([-0.6, len(names) - 0.4]), [values], include=[0.0])
    parts = svg.y_axis(frame, percent=percent) + svg.x_labels(frame, zip(x, names, strict=True))
    for at, value, name in zip(x, values, names, strict=True):
        if np.isfinite(value):
            shown = f"{name}: {value:.3%}" if percent else f"{name}: {value:.4f}"
            left, right = frame.x(at - 0.36), frame.x(at + 0.36)
            parts.append(
                svg.rectangle(left, frame.y(0), right, frame.y(value), svg.COLOURS[0], shown)
            )
    parts.append(svg.rule(svg.LEFT, frame.y(0), svg.WIDTH - svg.RIGHT, frame.y(0), "zero"))
    return svg.drawing(title, frame.height, parts)


def ranking(title: str, names: Sequence[str], values: Floats) -> Markup:
    """Draw a horizontal bar for each name, the largest as long as the chart is wide."""
    left, height = 110, _ROW * len(names) + 10
    top = float(np.max(values)) if len(values) and np.max(values) > 0 else 1.0
    parts = []
    for row, (name, value) in enumerate(zip(names, values, strict=True)):
        y = 5 + row * _ROW
        end = left + (svg.WIDTH - left - 70) * float(value) / top
        parts.append(svg.text(left - 6, y + 15, name, anchor="end"))
        parts.append(svg.rectangle(left, y + 3, end, y + _ROW - 3, svg.COLOURS[0]))
        parts.append(svg.text(end + 5, y + 15, f"{value:.1%}", anchor="start"))
    return svg.drawing(title, height, parts)


def folds(rows: Sequence[Mapping[str, Any]]) -> Markup:
    """Draw the parts of each fold on one axis of dates; white between them is the purge."""
    numbers = sorted({row["fold"] for row in rows})
    ends = np.array([[row["dt_from"], row["dt_to"]] for row in rows], dtype="datetime64[D]").astype(
        float
    )
    height = _ROW * len(numbers) + svg.BOTTOM + 30
    frame = svg.Frame((float(ends.min()), float(ends.max())), (0, 1), height)
    parts = svg.date_labels(frame)
    for row, (first, last) in zip(rows, ends, strict=True):
        y = 28 + numbers.index(row["fold"]) * _ROW
        words = f"{row['role']} {row['dt_from']} to {row['dt_to']}, {row['n_dates']} days"
        colour = _ROLES[row["role"]]
        parts.append(svg.rectangle(frame.x(first), y, frame.x(last + 1), y + 16, colour, words))
    for row_no, number in enumerate(numbers):
        parts.append(svg.text(svg.LEFT - 8, 40 + row_no * _ROW, f"fold {number}", anchor="end"))
    for position, (role, colour) in enumerate(_ROLES.items()):
        x = svg.LEFT + 70 * position
        parts += [
            svg.rectangle(x, 8, x + 14, 18, colour),
            svg.text(x + 19, 17, role, anchor="start"),
        ]
    return svg.drawing("Folds", height, parts)


def reliability(found: Reliability) -> Markup:
    """Draw observed against forecast frequency; on the diagonal they agree."""
    x, y = found.mean_probability, found.frequency
    both = np.concatenate([x[np.isfinite(x)], y[np.isfinite(y)]])
    low, high = float(both.min()) - 0.02, float(both.max()) + 0.02
    frame = svg.Frame((low, high), (low, high))
    ticks, decimals = svg.ticks_of(low, high)
    parts = svg.y_axis(frame, percent=True)
    parts += svg.x_labels(frame, [(tick, f"{tick:.{max(decimals - 2, 0)}%}") for tick in ticks])
    diagonal = np.array([low, high])
    parts.append(svg.path(frame, diagonal, diagonal, "#666666", dashed=True))
    parts.append(svg.path(frame, x, y, svg.COLOURS[0]))
    for at, value, n_rows in zip(x, y, found.n_rows, strict=True):
        if n_rows:
            words = f"forecast {at:.1%}, observed {value:.1%}, {n_rows} rows"
            cx, cy = frame.x(at), frame.y(value)
            parts.append(
                svg.rectangle(cx - 3.5, cy - 3.5, cx + 3.5, cy + 3.5, svg.COLOURS[0], words)
            )
    return svg.drawing("Observed against forecast frequency of a rise", frame.height, parts)
