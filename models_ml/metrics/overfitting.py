"""Probability of backtest overfitting, by combinatorially symmetric cross-validation."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models_ml.errors import UsageError
from models_ml.metrics.matrix import distinct_columns
from models_ml.metrics.panel import Floats

_CHUNK = 1024
_ROUNDING = 1e-12
# Trials that are equal but for rounding tie, whatever the order of their sums.
_DECIMALS = 10


@dataclass(frozen=True, slots=True)
class Overfitting:
    """How the trial that is best on one half of the days fares on the other half.

    Attributes
    ----------
    pbo : float
        Share of the divisions in which it is no better than the median trial.
    logits : ndarray of float64, shape (n_divisions,)
        ``ln(w / (1 - w))`` of its relative rank ``w`` out of sample; 0 is the median.
    n_days, n_trials : int
        Days used (a multiple of the blocks) and different trials compared.
    """

    pbo: float
    logits: Floats
    n_days: int
    n_trials: int


def backtest_overfitting(returns: ArrayLike, *, n_blocks: int = 16) -> Overfitting:
    """Estimate the probability that choosing the best trial chooses noise.

    The days are cut into ``n_blocks`` consecutive blocks. Every half of the blocks is in
    sample once, the other half out of sample. ``w`` is the rank of the in-sample winner (by
    Sharpe ratio) among the ``N`` trials out of sample, divided by ``N + 1``; PBO is the share
    of ``logit(w) <= 0`` (Bailey, Borwein, Lopez de Prado and Zhu, The Probability of Backtest
    Overfitting, Journal of Computational Finance 20(4), 2017).

    Parameters
    ----------
    returns : array-like of float, shape (n_days, n_trials)
        Daily returns (or daily ICs) of every trial on the same days, without NaN.
    n_blocks : int, default=16
        Even number of blocks; 16 make 12,870 divisions.

    Notes
    -----
    The oldest ``n_days % n_blocks`` days are left out, so that blocks are equally long. Trials
    whose values do not vary in a half rank last there. Trials with equal values on all days used
    are one: choosing between a trial and its copy is no choice, and the ties of two copies would
    count as overfitting.

    Raises
    ------
    UsageError
        If there are fewer than two different trials, NaN, an odd number of blocks, or fewer than
        two days to a block.
    """
    values = np.asarray(returns, dtype=np.float64)
    _check(values, n_blocks)
    length = values.shape[0] // n_blocks
    used = values[values.shape[0] - n_blocks * length :]
    used = used[:, distinct_columns(used)]
    if used.shape[1] < 2:
        raise UsageError(
            "overfitting is measured on two trials or more, and all of these are equal"
        )
    blocks = used.reshape(n_blocks, length, -1)
    sums = np.stack([blocks.sum(axis=1), (blocks**2).sum(axis=1)])
    halves = np.array(list(combinations(range(n_blocks), n_blocks // 2)))
    logits = np.concatenate(
        [
            _logits(sums, halves[start : start + _CHUNK], n_blocks // 2 * length)
            for start in range(0, len(halves), _CHUNK)
        ]
    )
    pbo = float(np.mean(logits <= 0))
    return Overfitting(pbo, logits, n_blocks * length, used.shape[1])


def _check(values: Floats, n_blocks: int) -> None:
    if values.ndim != 2 or values.shape[1] < 2 or not np.isfinite(values).all():
        raise UsageError(
            f"overfitting is measured on finite returns of at least two trials, one column each, "
            f"not on an array of shape {values.shape}"
        )
    if n_blocks < 2 or n_blocks % 2 or values.shape[0] < 2 * n_blocks:
        raise UsageError(
            f"{values.shape[0]} days cannot be cut into {n_blocks} blocks: an even number of "
            f"blocks with at least two days each is needed"
        )


def _logits(sums: Floats, in_sample: NDArray[np.intp], n_days: int) -> Floats:
    """Logit of the winner's out-of-sample rank for every division."""
    chosen = np.zeros((len(in_sample), sums.shape[1]))
    np.put_along_axis(chosen, in_sample, 1.0, axis=1)
    winner = _sharpe(chosen, sums, n_days).argmax(axis=1)[:, None]
    outside = _sharpe(1 - chosen, sums, n_days)
    of_winner = np.take_along_axis(outside, winner, axis=1)
    below, equal = (outside < of_winner).sum(axis=1), (outside == of_winner).sum(axis=1)
    relative = (below + (equal + 1) / 2) / (outside.shape[1] + 1)
    logits: Floats = np.log(relative / (1 - relative))
    return logits


def _sharpe(chosen: Floats, sums: Floats, n_days: int) -> Floats:
    """Sharpe ratio of every trial over the chosen blocks, shape (n_divisions, n_trials)."""
    mean, mean_square = chosen @ sums[0] / n_days, chosen @ sums[1] / n_days
    variance = (mean_square - mean**2) * n_days / (n_days - 1)
    varies = variance > _ROUNDING * mean_square
    ratio = np.full(mean.shape, -np.inf)
    np.divide(mean, np.sqrt(np.maximum(variance, 0)), out=ratio, where=varies)
    return ratio.round(_DECIMALS)
