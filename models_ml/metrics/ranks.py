"""Order, ranks and quantile bins inside each trading day of rows sorted by day."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models_ml.metrics.panel import Floats


def order_within_day(values: Floats, counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Row numbers sorted by day and, inside a day, by value.

    A day's few hundred values are sorted in the processor's cache: the loop over days is five
    times as fast as one sort of all rows, and far faster than `numpy.lexsort`.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows,)
        Finite, in the order of their days.
    counts : ndarray of int, shape (n_days,)
        Rows of each day.
    """
    order = np.empty(values.size, dtype=np.intp)
    edges = np.concatenate(([0], np.cumsum(counts))).tolist()
    for start, stop in pairwise(edges):
        order[start:stop] = values[start:stop].argsort()
        order[start:stop] += start
    return order


def average_ranks(values: Floats, counts: NDArray[np.intp], order: NDArray[np.intp]) -> Floats:
    """Ranks inside each day, from 1; ties share the mean of the ranks they cover.

    Parameters
    ----------
    values, counts
        As for `order_within_day`.
    order : ndarray of int, shape (n_rows,)
        What `order_within_day` returned for them.

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        In the order of ``values``.
    """
    start = np.cumsum(counts) - counts
    value = values[order]
    new_run = np.ones(values.size, dtype=bool)
    np.not_equal(value[1:], value[:-1], out=new_run[1:])
    new_run[start[counts > 0]] = True
    first = np.flatnonzero(new_run)
    length = np.diff(first, append=values.size)
    ranks = np.empty(values.size)
    ranks[order] = np.repeat(first + (length - 1) / 2, length)
    return ranks - np.repeat(start - 1.0, counts)


def quantile_bins(
    values: Floats, counts: NDArray[np.intp], order: NDArray[np.intp], n_quantiles: int
) -> NDArray[np.intp]:
    """Quantile bin of every row inside its day, from 0 (lowest) to ``n_quantiles - 1``.

    Bins are closed on the right at the linearly interpolated quantiles, as `pandas.qcut` and
    with it alphalens cut them. Equal values never part; many ties may leave a bin empty.

    Parameters
    ----------
    values, counts, order
        As for `average_ranks`.
    n_quantiles : int
        Number of bins, at least 2.
    """
    filled = counts[counts > 0]
    start = np.cumsum(filled) - filled
    ascending = values[order]
    bins = np.zeros(values.size, dtype=np.intp)
    for k in range(1, n_quantiles):
        steps, part = np.divmod((filled - 1) * k, n_quantiles)
        low, high = ascending[start + steps], ascending[start + steps + (part > 0)]
        bins += values > np.repeat(low + part / n_quantiles * (high - low), filled)
    return bins
