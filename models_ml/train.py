"""Training: walk-forward cross-validation, a final model, and one transaction that keeps it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from models_ml.baseline import fit_baseline
from models_ml.crossval import FoldResult, OnProgress, prepare
from models_ml.dbt import FeatureList
from models_ml.learners.base import LabelSpan, Learner
from models_ml.project import Project, load_project
from models_ml.runs import utc_now
from models_ml.tracking import track
from models_ml.train_config import TrainConfig
from models_ml.train_outcome import TrainOutcome
from models_ml.train_plan import TrainPlan, read_data
from models_ml.train_record import TrainReport, store_run
from models_ml.uncertainty import publish_folds
from models_ml.validate import fit_folds, score_folds
from models_ml.warm_start import Retrained

if TYPE_CHECKING:
    from models_ml.learners.quantiles import QuantileLearner, QuantileModels


def train(
    config: TrainConfig | None = None,
    *,
    project: Project | None = None,
    on_progress: OnProgress | None = None,
    **options: Any,
) -> TrainReport:
    """Cross-validate, fit the final model on all labelled rows, and store the run.

    With several horizons this is done for each in turn, on one matrix, with a purge of its own;
    they are one run with a model each.

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
        Too few trading days for the folds, or a learner or option that does not work.
    """
    config = config or TrainConfig(**options)
    project = project or load_project()
    started_at = utc_now()
    outcomes = fit_models(config, project=project, on_progress=on_progress)
    config = replace(config, warm_start=outcomes[0].config.warm_start)
    return track(store_run(project, config, outcomes, started_at))


def fit_models(
    config: TrainConfig, *, project: Project, on_progress: OnProgress | None = None
) -> tuple[TrainOutcome, ...]:
    """Cross-validate and fit a final model for each horizon, as :func:`train` does; store nothing.

    Of several outcomes none keeps its matrix.
    """
    learner, configs = config.build_learner(), config.each_horizon()
    data = read_data(config, project)
    if len(configs) == 1:
        report = _prefixed("", on_progress)
        return (_fit_horizon(data.plan(configs[0]), data.features, learner, report),)
    return tuple(
        _fit_horizon(
            data.plan(one), data.features, learner, _prefixed(f"{one.horizon}d ", on_progress)
        ).without_matrix()
        for one in configs
    )


def _prefixed(prefix: str, on_progress: OnProgress | None) -> OnProgress:
    """Report stages under a name that tells the horizons apart."""

    def report(stage: str, done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(prefix + stage, done, total)

    return report


def _fit_horizon(
    plan: TrainPlan, features: FeatureList, learner: Learner, report: OnProgress
) -> TrainOutcome:
    """Cross-validate one horizon and fit its final model."""
    config, panel, rows, retrained = plan.config, plan.panel, plan.fit_rows, None
    if plan.parent is not None:
        retrained = _retrain(plan, learner, report)
        learner = plan.parent.continued_by(learner)
    fitter, quantiles = prepare(learner, panel, plan.folds), config.build_quantiles()
    results = fit_folds(plan, fitter, quantiles=quantiles, on_progress=report)
    scores, daily = score_folds(plan, results)
    published = publish_folds(panel, results, level=config.level, target=config.target)
    baseline = fit_baseline(plan, report)
    models = [result.model for result in results]
    final = fitter.settled(models).fit(
        panel.matrix[rows],
        panel.target[rows],
        feature_names=panel.features,
        weight=plan.weigh(rows),
        span=LabelSpan(panel.dt[rows], panel.label_end[rows]),
        on_iteration=lambda done, total: report("final model", done, total),
    )
    return TrainOutcome(
        config,
        panel,
        features,
        tuple(results),
        published,
        scores,
        daily,
        baseline,
        learner.settled(models),
        final,
        panel.fingerprint(),
        retrained,
        None if quantiles is None else _final_quantiles(plan, quantiles, results, report),
    )


def _retrain(plan: TrainPlan, learner: Learner, report: OnProgress) -> Retrained:
    """Fit anew, on all rows up to the same days, what is going to be continued."""
    folds = plan.retrain_folds()
    fitter = prepare(learner, plan.panel, folds)
    results = fit_folds(plan, fitter, folds, on_progress=_prefixed("retrain ", report))
    scores, _ = score_folds(plan, results)
    return Retrained(tuple(results), scores)


def _final_quantiles(
    plan: TrainPlan, quantiles: QuantileLearner, results: Sequence[FoldResult], report: OnProgress
) -> QuantileModels:
    panel = plan.panel
    models = [one.quantile_models for one in results if one.quantile_models is not None]
    return quantiles.settled(models).fit(
        panel.matrix,
        panel.label,
        feature_names=panel.features,
        weight=plan.weigh(slice(0, panel.n_rows)),
        on_iteration=lambda done, total: report("final quantiles", done, total),
    )
