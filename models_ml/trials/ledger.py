"""What a run is worth among all trials ever run: its Sharpe ratio after so much looking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models_ml.errors import MlxError, UsageError
from models_ml.metrics import (
    ReturnMoments,
    backtest_overfitting,
    expected_best_sharpe,
    probabilistic_sharpe,
)
from models_ml.metrics.matrix import PanelIndex, distinct_columns
from models_ml.metrics.panel import Floats

if TYPE_CHECKING:
    from models_ml.warehouse import Transaction, Warehouse
    from models_ml.warehouse.base import Snapshot

KINDS = ("train", "trial")
N_BLOCKS = 10
MIN_COVERAGE = 0.95
SURE = 0.95
_DECIMALS = 10


@dataclass(frozen=True)
class Ledger:
    """Trials of one horizon, on periods whose returns do not overlap.

    Runs with the very same returns in the same periods are one trial: who trains twice has not
    looked twice.

    Attributes
    ----------
    horizon
        Trading days of a period.
    n_unscored
        Trials without any result.
    runs
        Those with results, in the order of their identifiers.
    spread : ndarray of float64, shape (n_periods, len(runs))
        Long-short return of each period and trial; NaN where it has none.
    reference
        Run whose periods the trials are compared on for overfitting: the newest training run.
    """

    horizon: int
    n_unscored: int
    runs: tuple[str, ...]
    spread: Floats
    reference: str | None

    @cached_property
    def trials(self) -> NDArray[np.intp]:
        """Positions of the runs that are trials of their own: the first of each, by identifier."""
        unknown = np.flatnonzero(np.isnan(self.spread).all(axis=0))
        return np.union1d(distinct_columns(self.spread), unknown)

    @property
    def n_trials(self) -> int:
        """Different trials ever run on the data, those without results included."""
        return self.trials.size + self.n_unscored

    def standing(self, run_id: str) -> Standing:
        """Set a run against all trials.

        Raises
        ------
        MlxError
            The run has no results in the ledger.
        """
        if run_id not in self.runs:
            raise MlxError(
                f"ml.trial_days has no days of run {run_id} for horizon {self.horizon}",
                hint="mlx train stores them; older runs have none",
            )
        own = self.runs.index(run_id)
        moments = [ReturnMoments.of(column) for column in self.spread.T]
        sharpe = np.array([moments[position].sharpe for position in self.trials])
        known = sharpe[~np.isnan(sharpe)]
        variance = float(known.var(ddof=1)) if known.size > 1 else nan
        best = _expected_best(variance, self.n_trials)
        return Standing(
            run_id=run_id,
            horizon=self.horizon,
            n_trials=self.n_trials,
            n_scored=int(known.size),
            rank=_rank(moments[own].sharpe, known),
            moments=moments[own],
            variance_of_trials=variance,
            expected_best_sharpe=best,
            probabilistic_sharpe=probabilistic_sharpe(moments[own]),
            deflated_sharpe=probabilistic_sharpe(moments[own], best),
            overfitting=self.overfitting(),
        )

    def overfitting(self) -> float:
        """Probability of backtest overfitting; NaN with one comparable trial, or too few periods.

        Compared are the trials with results on at least 95 % of the reference run's periods, on
        those of its periods on which all of them have one; copies there are one trial.
        """
        if self.reference not in self.runs:
            return nan
        there = ~np.isnan(self.spread)
        own = there[:, self.runs.index(self.reference)]
        comparable = there[own].sum(axis=0) >= MIN_COVERAGE * own.sum()
        common = own & there[:, comparable].all(axis=1)
        try:
            returns = self.spread[common][:, comparable]
            return backtest_overfitting(returns, n_blocks=N_BLOCKS).pbo
        except UsageError:
            return nan


@dataclass(frozen=True)
class Standing:
    """A run among all trials of its horizon.

    Attributes
    ----------
    n_trials, n_scored
        Different trials ever run, and those of them with a Sharpe ratio.
    rank
        Place of the run by its Sharpe ratio, from 1; None without one.
    moments
        Of the run's long-short returns; a period is ``horizon`` trading days.
    variance_of_trials
        Of the trials' Sharpe ratios (ddof 1).
    expected_best_sharpe
        Sharpe ratio a period to expect of the best of so many trials without any skill.
    probabilistic_sharpe, deflated_sharpe
        Probability that the true Sharpe ratio exceeds 0, and ``expected_best_sharpe``.
    overfitting
        Probability of backtest overfitting, of the trials together.
    """

    run_id: str
    horizon: int
    n_trials: int
    n_scored: int
    rank: int | None
    moments: ReturnMoments
    variance_of_trials: float
    expected_best_sharpe: float
    probabilistic_sharpe: float
    deflated_sharpe: float
    overfitting: float

    def __str__(self) -> str:
        """Say it in one line, as ``mlx train`` does."""
        place = "without a rank among" if self.rank is None else f"rank {self.rank} of"
        if self.rank == 1:
            place = "best of"
        trials = f"{self.n_trials} trial" + ("s" if self.n_trials > 1 else "")
        known = {
            "deflated": self.deflated_sharpe,
            "overfitting": self.overfitting,
        }
        parts = [f"{name} {value:.3f}" for name, value in known.items() if not np.isnan(value)]
        sharpe = f"Sharpe {self.moments.sharpe:.3f} a period of {self.horizon}d"
        return f"{place} {trials}: " + ", ".join([sharpe, *parts])

    @property
    def warning(self) -> str | None:
        """Why the result may be luck; None where nothing speaks for that."""
        if self.deflated_sharpe >= SURE:
            return None
        if np.isnan(self.deflated_sharpe):
            return "the deflated Sharpe ratio is not known: too few results in ml.trial_days"
        return (
            f"the best of {self.n_trials} without any skill would show a Sharpe ratio of "
            f"{self.expected_best_sharpe:.3f}; that this run has more to it is "
            f"{self.deflated_sharpe:.1%} likely, which is less than {SURE:.0%}"
        )

    def to_json(self) -> dict[str, Any]:
        """One document; numbers that are not known are NaN."""
        document = asdict(self)
        moments = document.pop("moments")
        del document["run_id"], document["horizon"]
        return {**document, **moments, "warning": self.warning}


def read_ledger(warehouse: Warehouse, ml: str, horizon: int) -> Ledger:
    """Read the trials of a horizon from ``ml.runs`` and ``ml.trial_days``.

    A trial is a run of kind ``train`` or ``trial``; one without any result (failed, or stopped
    early) does not say its horizon and counts for every one. Labels of h days overlap, so of the
    days that any trial of the horizon has every h-th is kept, from the first on: the periods. A
    day on which the forecasts fill no book (too equal, or too few names) earns nothing: 0.

    Raises
    ------
    MlxError
        The tables are not there yet.
    """
    with warehouse.snapshot() as snapshot:
        return _ledger(snapshot, ml, horizon)


def _ledger(reader: Snapshot | Transaction, ml: str, horizon: int) -> Ledger:
    runs = reader.read(
        f"select run_id, kind from {ml}.runs where kind = any(:kinds) order by started_at, run_id",
        {"kinds": list(KINDS)},
    ).to_pylist()
    scored = reader.read(f"select distinct run_id from {ml}.trial_days")["run_id"]
    days = reader.read(
        f"select run_id, dt, spread from {ml}.trial_days where horizon = :horizon",
        {"horizon": horizon},
    )
    with_days = set(scored.to_pylist())
    n_unscored = sum(run["run_id"] not in with_days for run in runs)
    index = PanelIndex.of(days["dt"].to_numpy(), days["run_id"].to_numpy())
    spread = index.matrix(days["spread"].fill_null(0.0).to_numpy())[::horizon]
    names = tuple(str(name) for name in index.names)
    present = {name: not np.isnan(own).all() for name, own in zip(names, spread.T, strict=True)}
    trained = [
        run["run_id"] for run in runs if run["kind"] == "train" and present.get(run["run_id"])
    ]
    return Ledger(horizon, n_unscored, names, spread, trained[-1] if trained else None)


def standings(
    transaction: Transaction, ml: str, run_id: str, horizons: Sequence[int]
) -> tuple[Standing, ...]:
    """Set a run that is being written against all trials, for each of its horizons."""
    return tuple(_ledger(transaction, ml, horizon).standing(run_id) for horizon in horizons)


def _rank(sharpe: float, of_trials: Floats) -> int | None:
    """Place from 1, the highest first; equal ratios share theirs."""
    if np.isnan(sharpe):
        return None
    return int(np.sum(np.round(of_trials, _DECIMALS) > round(sharpe, _DECIMALS))) + 1


def _expected_best(variance: float, n_trials: int) -> float:
    if n_trials > 1 and np.isnan(variance):
        return nan
    return expected_best_sharpe(0.0 if n_trials == 1 else variance, n_trials)
