"""Adaptive conformal inference: intervals that widen after days on which they missed too often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models_ml.uncertainty.band import Band, Pair
from models_ml.uncertainty.conformal import GRID, ConformalScores
from models_ml.uncertainty.forecast import Vector

Days = npt.NDArray[np.datetime64]

# Step of alpha per day, as a share of the nominal alpha.
STEP = 0.5


@dataclass
class Adaptation:
    """The running alpha of adaptive conformal inference, and the days it still waits for.

    ``alpha_(t+1) = alpha_t + gamma * (alpha - err_t)`` (Gibbs and Candès, Adaptive Conformal
    Inference Under Distribution Shift, NeurIPS 2021). Here ``err_t`` is the share of a day's
    names that missed, and it counts only once the labels of that day have matured. Where the
    paper's interval would become endless, the level stays at 99.9 %, or at the highest that the
    calibration has scores for.

    Attributes
    ----------
    level
        Nominal level, 1 - alpha; gamma is half of alpha.
    alpha
        Where it stands.
    """

    level: float
    alpha: float
    _waiting: dict[np.datetime64, list[int]] = field(default_factory=dict)

    @classmethod
    def start(cls, level: float) -> Adaptation:
        """Begin at the nominal level."""
        return cls(level, 1.0 - level)

    def level_on(self, day: np.datetime64) -> float:
        """Level to use on a day, after the labels that ended on it or before, in [0, 0.999]."""
        nominal = 1.0 - self.level
        for label_end in sorted(end for end in self._waiting if end <= day):
            n_names, n_missed = self._waiting.pop(label_end)
            self.alpha += STEP * nominal * (nominal - n_missed / n_names)
        return float(np.clip(1.0 - self.alpha, 0.0, 1.0 - 1.0 / GRID))

    def observe(self, label_end: np.datetime64, n_names: int, n_missed: int) -> None:
        """Note how many names missed on a day whose labels end on ``label_end``."""
        waiting = self._waiting.setdefault(label_end, [0, 0])
        waiting[0] += n_names
        waiting[1] += n_missed


@dataclass(frozen=True)
class DayMisses:
    """How many of a day's labels lay outside their intervals.

    Attributes
    ----------
    label_end
        Day on which the labels were known.
    n_names, n_missed
        Labels, and those outside.
    """

    label_end: np.datetime64
    n_names: int
    n_missed: int


def adapted_intervals(
    adaptation: Adaptation,
    scores: ConformalScores,
    band: Band,
    *,
    dt: Days,
    label: Vector,
    label_end: Days,
    published: Mapping[np.datetime64, DayMisses] | None = None,
    learn_after: np.datetime64 | None = None,
) -> Pair:
    """Return ends of intervals, shape (n_rows,) each, day after day from labels known on that day.

    Parameters
    ----------
    adaptation
        State before the first day; moved on to the last.
    scores, band
        Calibration of the model, and what the interval of each row grows from.
    dt
        Day of each row, ascending.
    label
        The returns, shape (n_rows,); NaN where they have not matured.
    label_end
        Day on which each label is known; NaT where it is not.
    published
        Misses of forecasts that were published before and are not among the rows.
    learn_after
        Days up to this one adapt nothing: those a model was fitted on.
    """
    low, high = np.empty_like(band.low), np.empty_like(band.high)
    published = published or {}
    for day, rows in _rows_of_days(dt, published):
        adapted = adaptation.level_on(day)
        reach = scores.quantile(min(adapted, max(scores.highest_level, adaptation.level)))
        low[rows], high[rows] = band.of_rows(rows).interval(reach)
        if learn_after is not None and day <= learn_after:
            continue
        misses = _misses(low[rows], high[rows], label[rows], label_end[rows])
        for found in filter(None, (misses, published.get(day))):
            adaptation.observe(found.label_end, found.n_names, found.n_missed)
    return low, high


def _rows_of_days(
    dt: Days, others: Iterable[np.datetime64]
) -> Iterator[tuple[np.datetime64, slice]]:
    """Yield every day in order with its rows, none for days that only ``others`` have."""
    days = np.union1d(np.unique(dt), np.array(list(others), dtype=dt.dtype))
    starts, stops = np.searchsorted(dt, days), np.searchsorted(dt, days, side="right")
    for day, start, stop in zip(days, starts, stops, strict=True):
        yield day, slice(int(start), int(stop))


def _misses(low: Vector, high: Vector, label: Vector, label_end: Days) -> DayMisses | None:
    known = np.isfinite(label)
    if not known.any():
        return None
    missed = (label < low) | (label > high)
    return DayMisses(label_end[known].max(), int(known.sum()), int(missed[known].sum()))
