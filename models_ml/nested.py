"""What may be looked at before the test days: the first training block, and folds inside it."""

from __future__ import annotations

from dataclasses import replace

from models_ml.errors import UsageError
from models_ml.panel import Panel
from models_ml.splits import WalkForward
from models_ml.train_config import TrainConfig
from models_ml.train_plan import TrainPlan


def refuse_unnested(config: TrainConfig) -> None:
    """Refuse a configuration that has no inner folds of its own.

    Raises
    ------
    UsageError
        It has several horizons, or continues a model, which knows the inner test days.
    """
    if config.horizons is not None:
        raise UsageError(
            "a choice is made for one horizon, and horizons asks for several",
            hint="horizon=N in place of horizons, one after the other",
        )
    if config.warm_start is not None:
        raise UsageError(
            "a choice is made for a new model: one that is continued knows the inner test days",
            hint="leave warm_start out",
        )


def nested_plan(plan: TrainPlan, n_splits: int) -> TrainPlan:
    """Cut walk-forward folds inside the days that every fold of a plan trains on.

    A choice (of parameters, of features) that is made on these folds knows none of the plan's
    test days: the block ends with the validation days of the first fold, and the last label in
    it is known strictly before the first test day (nested cross-validation: Cawley and Talbot,
    Journal of Machine Learning Research 11, 2010).

    Parameters
    ----------
    plan
        The folds that are to judge the choice.
    n_splits
        Folds inside.

    Returns
    -------
    TrainPlan
        Rows and calendar of that block alone, with the gaps of the plan's own splitter. The test
        days are the second half of the block.

    Raises
    ------
    UsageError
        The block has too few trading days for the folds.
    """
    (block,) = plan.folds[0].train_blocks
    panel = _rows(plan.panel, block.rows(plan.panel.dt))
    splitter = WalkForward(
        n_splits,
        test_days=max(1, block.n_days // 2 // n_splits),
        horizon=plan.splitter.horizon,
        entry_lag=plan.splitter.entry_lag,
        embargo_days=plan.splitter.embargo_days,
        window=plan.splitter.window,
    )
    calendar = plan.calendar[plan.calendar <= panel.label_end.max()]
    try:
        folds = splitter.folds(plan.calendar[block.start : block.stop])
    except UsageError as error:
        raise UsageError(
            f"inside the first training block, {error.message}",
            hint="a longer block: fewer --n-splits or --test-days; or fewer --inner-splits",
        ) from error
    return replace(plan, panel=panel, calendar=calendar, splitter=splitter, folds=tuple(folds))


def _rows(panel: Panel, rows: slice) -> Panel:
    """Return contiguous rows of a panel; nothing is copied."""
    return replace(
        panel,
        matrix=panel.matrix[rows],
        ticker=panel.ticker[rows],
        dt=panel.dt[rows],
        label=panel.label[rows],
        target=panel.target[rows],
        label_end=panel.label_end[rows],
    )
