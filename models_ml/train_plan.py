"""What a training run is going to fit: the rows of each horizon, and their folds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from models_ml.dbt import FeatureList, read_features
from models_ml.errors import UsageError
from models_ml.feature_sets import FeatureSet, read_feature_set
from models_ml.panel import Days, Panel, SharedPanel
from models_ml.panel_reading import read_shared_panel, read_trading_days
from models_ml.project import Project, load_project
from models_ml.splits import Fold, WalkForward
from models_ml.splits.blocks import Block
from models_ml.train_config import TrainConfig
from models_ml.uncertainty import checked_level
from models_ml.warehouse import Warehouse, open_warehouse
from models_ml.warm_start import MIN_NEW_DAYS, Parent, find_parent
from models_ml.weights import Vector


@dataclass(frozen=True)
class TrainPlan:
    """The folds of one horizon before anything is fitted.

    Attributes
    ----------
    config
        With this horizon.
    panel
        Rows whose label of this horizon is known.
    calendar
        Every trading day from the first row's to the last label's end.
    parent
        The model to continue; folds and final fit know days after it alone.
    """

    config: TrainConfig
    panel: Panel
    calendar: Days
    splitter: WalkForward
    folds: tuple[Fold, ...]
    parent: Parent | None = None

    @property
    def fit_rows(self) -> slice:
        """Rows of the final fit: those that the parent does not know."""
        return slice(_first_unknown(self.panel.dt, self.parent), self.panel.n_rows)

    def weigh(self, rows: slice) -> Vector | None:
        """Weights of rows to be fitted, as the configuration asks; None where all are equal."""
        config = self.config
        return config.weights.of(self.panel, self.calendar, rows, config.horizon)

    def retrain_folds(self) -> list[Fold]:
        """Folds of the same days to validate and to test, trained on all rows before them."""
        days = _labelled(self.panel, self.calendar)
        shift = _first_unknown(days, self.parent)
        return [
            replace(fold, train=Block.of(days, 0, fold.train.stop + shift)) for fold in self.folds
        ]

    def draw(self) -> str:
        """Folds as text, with dates, days and rows."""
        return self.splitter.draw(_days(self.panel, self.calendar, self.parent), self.panel.dt)

    def to_json(self) -> list[dict[str, Any]]:
        """Folds with the dates, days and rows of their parts."""
        return [
            {"fold": fold.index}
            | {
                role: {
                    "from": str(block.first_day),
                    "to": str(block.last_day),
                    "n_days": block.n_days,
                    "n_rows": rows.stop - rows.start,
                }
                for role, block in fold.parts()
                for rows in [block.rows(self.panel.dt)]
            }
            for fold in self.folds
        ]


@dataclass(frozen=True)
class TrainData:
    """What all horizons of a run share: one matrix, read and built once."""

    warehouse: Warehouse
    mart: str
    features: FeatureList
    shared: SharedPanel
    feature_set: FeatureSet | None = None
    parent: Parent | None = None

    def plan(self, config: TrainConfig) -> TrainPlan:
        """Cut the folds of one horizon, with a purge that fits its labels.

        Raises
        ------
        UsageError
            Too few trading days for the folds, or a feature set or parameters that knew their
            test days.
        """
        if self.parent is not None:
            config = replace(config, warm_start=self.parent.model_id)
        panel = self.shared.panel(config.horizon)
        calendar = read_trading_days(self.warehouse, self.mart, panel.dt[0], panel.label_end.max())
        splitter = WalkForward(
            config.n_splits,
            horizon=config.horizon,
            entry_lag=_entry_lag(panel, calendar, config.horizon),
            test_days=config.test_days,
            embargo_days=config.embargo_days,
            window=config.window,
            min_train_days=60 if self.parent is None else MIN_NEW_DAYS,
        )
        folds = tuple(_folds(splitter, _days(panel, calendar, self.parent), self.parent))
        if self.feature_set is not None:
            self.feature_set.check(folds)
        _refuse_tuned_on(folds, config.params_known_to)
        return TrainPlan(config, panel, calendar, splitter, folds, self.parent)


def _refuse_tuned_on(folds: Sequence[Fold], known_to: date | None) -> None:
    first = folds[0].test.first_day
    if known_to is not None and known_to >= first:
        raise UsageError(
            f"the parameters were tuned on days up to {known_to}, but the folds test from {first}",
            hint="mlx tune on the data as they are now, with the same fold options",
        )


def read_data(config: TrainConfig, project: Project) -> TrainData:
    """Read the features and the labels of every horizon.

    Raises
    ------
    MlxError
        No data for the request, no tables yet, or no such model to continue.
    UsageError
        The level of the intervals is out of range, there is no such feature set, or the model to
        continue does not suit.
    """
    checked_level(config.level)
    warehouse = open_warehouse(project)
    features, feature_set = read_features(project), None
    if config.features is not None:
        feature_set = read_feature_set(warehouse, project.ml, config.features)
        features = feature_set.of(features)
    parent = find_parent(warehouse, project.ml, config, features.names)
    shared = read_shared_panel(
        warehouse,
        project.mart,
        features.names,
        horizons=[one.horizon for one in config.each_horizon()],
        target=config.target,
        selection=config.selection,
    )
    return TrainData(warehouse, project.mart, features, shared, feature_set, parent)


def plan_horizons(config: TrainConfig, *, project: Project | None = None) -> Iterator[TrainPlan]:
    """Read the data and cut the folds of one horizon after the other; nothing is fitted.

    Raises
    ------
    MlxError
        No data for the request, or no tables yet.
    UsageError
        Too few trading days for the folds.
    """
    data = read_data(config, project or load_project())
    yield from map(data.plan, config.each_horizon())


def plan_training(
    config: TrainConfig, *, project: Project | None = None
) -> tuple[TrainPlan, FeatureList]:
    """Return the plan of the first horizon, and the features; errors as of `plan_horizons`."""
    data = read_data(config, project or load_project())
    return data.plan(config.each_horizon()[0]), data.features


def _labelled(panel: Panel, calendar: Days) -> Days:
    """Trading days up to the last one with a label."""
    last = np.searchsorted(calendar, panel.dt[-1], side="right")
    return calendar[:last]


def _first_unknown(days: Days, parent: Parent | None) -> int:
    """Position of the first day after those that the parent was fitted on."""
    return 0 if parent is None else int(np.searchsorted(days, parent.fitted_to, side="right"))


def _days(panel: Panel, calendar: Days, parent: Parent | None) -> Days:
    """Trading days to cut into folds."""
    days = _labelled(panel, calendar)
    return days[_first_unknown(days, parent) :]


def _folds(splitter: WalkForward, days: Days, parent: Parent | None) -> list[Fold]:
    """Cut the days into folds; where they are too few, say which ones do not count."""
    try:
        return splitter.folds(days)
    except UsageError as error:
        if parent is None:
            raise
        raise UsageError(
            f"{error.message}; days up to {parent.fitted_to} do not count, because "
            f"{parent.model_id} was fitted on them",
            hint="mlx train without --warm-start, which takes all days; or wait, or use fewer "
            "--n-splits and --test-days",
        ) from error


def _entry_lag(panel: Panel, calendar: Days, horizon: int) -> int:
    """Trading days between a row and the start of its label, as the labels have it.

    Taken from the labels themselves rather than from configuration, so that the purge fits the
    tables as they were built.
    """
    ends = np.searchsorted(calendar, panel.label_end)
    starts = np.searchsorted(calendar, panel.dt)
    return int((ends - starts).max()) - horizon
