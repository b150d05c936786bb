"""Training: walk-forward cross-validation, a final model, and one transaction that keeps it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from models_ml.crossval import OnProgress, cross_validate, overall_scores
from models_ml.dbt import FeatureList, read_features
from models_ml.gates import MAX_PLAUSIBLE_IC
from models_ml.panel import Days, Panel, Selection, read_panel, read_trading_days
from models_ml.project import Project, load_project
from models_ml.runs import utc_now
from models_ml.splits import Fold, WalkForward
from models_ml.tracking import track
from models_ml.train_record import TrainOutcome, TrainReport, store_run
from models_ml.warehouse import open_warehouse

if TYPE_CHECKING:
    from models_ml.learners.lightgbm import LightGBMLearner

Target = Literal["raw", "excess", "rank"]


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides what a training run does; see ``mlx train --help``."""

    horizon: int = 1
    tickers: tuple[str, ...] | None = None
    start: date | None = None
    end: date | None = None
    n_splits: int = 5
    test_days: int | None = None
    embargo_days: int = 2
    window: Literal["expanding", "rolling"] = "expanding"
    n_estimators: int = 100
    learning_rate: float = 0.05
    num_leaves: int = 31
    early_stopping_rounds: int = 50
    seed: int = 7
    target: Target = "raw"
    params: Mapping[str, Any] = field(default_factory=dict)
    min_names: int = 20
    max_plausible_ic: float = MAX_PLAUSIBLE_IC

    @property
    def selection(self) -> Selection:
        """The rows asked for."""
        return Selection(self.tickers, self.start, self.end)

    def learner(self) -> LightGBMLearner:
        """Build the learner with these parameters."""
        from models_ml.learners.lightgbm import LightGBMLearner

        return LightGBMLearner(
            n_estimators=self.n_estimators,
            learning_rate=self.learning_rate,
            num_leaves=self.num_leaves,
            early_stopping_rounds=self.early_stopping_rounds,
            seed=self.seed,
            extra=self.params,
        )


@dataclass(frozen=True)
class TrainPlan:
    """The folds of a run before anything is fitted."""

    panel: Panel
    calendar: Days
    splitter: WalkForward
    folds: tuple[Fold, ...]

    def draw(self) -> str:
        """Folds as text, with dates, days and rows."""
        return self.splitter.draw(self.calendar, self.panel.dt)

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


def plan_training(
    config: TrainConfig, *, project: Project | None = None
) -> tuple[TrainPlan, FeatureList]:
    """Read the data and cut the folds; nothing is fitted or written.

    Raises
    ------
    MlxError
        No data for the request, or no tables yet.
    UsageError
        Too few trading days for the folds.
    """
    project = project or load_project()
    warehouse = open_warehouse(project)
    features = read_features(project)
    panel = read_panel(
        warehouse,
        project.mart,
        features.names,
        horizon=config.horizon,
        target=config.target,
        selection=config.selection,
    )
    calendar = read_trading_days(warehouse, project.mart, panel.dt[0], panel.label_end.max())
    splitter = WalkForward(
        config.n_splits,
        horizon=config.horizon,
        entry_lag=_entry_lag(panel, calendar, config.horizon),
        test_days=config.test_days,
        embargo_days=config.embargo_days,
        window=config.window,
    )
    labelled = calendar[calendar <= panel.dt[-1]]
    return TrainPlan(panel, labelled, splitter, tuple(splitter.folds(labelled))), features


def train(
    config: TrainConfig | None = None,
    *,
    project: Project | None = None,
    on_progress: OnProgress | None = None,
    **options: Any,
) -> TrainReport:
    """Cross-validate, fit the final model on all labelled rows, and store the run.

    Parameters
    ----------
    config
        The run's configuration; or give its fields as keyword arguments.
    project
        Where to work; found as ``mlx`` finds it by default.
    on_progress
        Called with a stage, the steps done and the steps at the most.

    Raises
    ------
    MlxError
        Nothing was written: no data, no tables, or the warehouse refused.
    UsageError
        Too few trading days for the folds.
    """
    config = config or TrainConfig(**options)
    project = project or load_project()
    started_at = utc_now()
    outcome = fit_models(config, project=project, on_progress=on_progress)
    return track(store_run(project, outcome, started_at))


def fit_models(
    config: TrainConfig, *, project: Project, on_progress: OnProgress | None = None
) -> TrainOutcome:
    """Cross-validate and fit the final model, as :func:`train` does, but store nothing."""
    plan, features = plan_training(config, project=project)
    panel, learner = plan.panel, config.learner()
    results = cross_validate(
        panel,
        plan.folds,
        learner,
        horizon=config.horizon,
        target=config.target,
        min_names=config.min_names,
        on_progress=on_progress,
    )
    scores = overall_scores(panel, results, horizon=config.horizon, min_names=config.min_names)
    n_iterations = max(1, round(float(np.mean([result.best_iteration for result in results]))))
    final = learner.fit(
        panel.matrix,
        panel.target,
        feature_names=panel.features,
        n_estimators=n_iterations,
        on_iteration=lambda done, total: (
            on_progress("final model", done, total) if on_progress else None
        ),
    )
    return TrainOutcome(config, panel, features, tuple(results), scores, n_iterations, final)


def _entry_lag(panel: Panel, calendar: Days, horizon: int) -> int:
    """Trading days between a row and the start of its label, as the labels have it.

    Taken from the labels themselves rather than from configuration, so that the purge fits the
    tables as they were built.
    """
    ends = np.searchsorted(calendar, panel.label_end)
    starts = np.searchsorted(calendar, panel.dt)
    return int((ends - starts).max()) - horizon
