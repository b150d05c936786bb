"""Training plans on arrays, for what is chosen before the test days begin."""

from dataclasses import replace
from typing import Any

import numpy as np

from models_ml.panel import Panel
from models_ml.splits import WalkForward
from models_ml.train_config import TrainConfig
from models_ml.train_plan import TrainPlan

N_NAMES = 25
SIGNALS = ("signal", "twin", "other")
NOISES = ("noise0", "noise1", "noise2", "noise3")


def plan_on_arrays(n_days: int = 300, *, seed: int = 0, **options: Any) -> TrainPlan:
    """Return a plan whose label two features explain in part, and a copy of one of them."""
    config = TrainConfig(**{"n_splits": 2, "test_days": 60, "embargo_days": 0, **options})
    rng = np.random.default_rng(seed)
    calendar = np.datetime64("2020-01-01") + np.arange(n_days + config.horizon)
    n_rows = n_days * N_NAMES
    matrix = rng.standard_normal((n_rows, len(SIGNALS) + len(NOISES))).astype(np.float32)
    matrix[:, 1] = matrix[:, 0] + 0.1 * matrix[:, 1]
    label = 0.4 * matrix[:, 0] + 0.4 * matrix[:, 2] + rng.standard_normal(n_rows)
    position = np.repeat(np.arange(n_days), N_NAMES)
    panel = Panel(
        features=(*SIGNALS, *NOISES),
        matrix=matrix,
        ticker=np.asarray([f"T{name:02d}" for name in range(N_NAMES)] * n_days, dtype=object),
        dt=calendar[position],
        label=label * 0.01,
        target=label * 0.01,
        label_end=calendar[position + config.horizon],
    )
    return plan_of(panel, calendar, config)


def plan_of(panel: Panel, calendar: Any, config: TrainConfig) -> TrainPlan:
    """Cut the folds of a panel as training does."""
    splitter = WalkForward(
        config.n_splits,
        horizon=config.horizon,
        test_days=config.test_days,
        embargo_days=config.embargo_days,
    )
    folds = tuple(splitter.folds(np.unique(panel.dt)))
    return TrainPlan(config, panel, calendar, splitter, folds)


def with_another_future(plan: TrainPlan) -> TrainPlan:
    """Return the plan with noise for all that is known on the first test day or later."""
    rng, panel = np.random.default_rng(99), plan.panel
    first = np.datetime64(plan.folds[0].test.first_day)
    later, open_label = panel.dt >= first, panel.label_end >= first
    noise = rng.standard_normal(panel.n_rows)
    matrix = np.where(later[:, None], noise[:, None].astype(np.float32), panel.matrix)
    label = np.where(open_label, noise, panel.label)
    return replace(plan, panel=replace(panel, matrix=matrix, label=label, target=label))
