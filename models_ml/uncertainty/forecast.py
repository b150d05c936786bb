"""A forecast with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """Forecasts in return units, shape (n_rows,) each.

    Attributes
    ----------
    yhat
        The forecast return.
    yhat_std
        Standard deviation of its error.
    prob_up
        Probability of a positive return.
    yhat_lo, yhat_hi
        Ends of the interval.
    level
        Share of the returns that the intervals aim to hold.
    """

    yhat: Vector
    yhat_std: Vector
    prob_up: Vector
    yhat_lo: Vector
    yhat_hi: Vector
    level: float
