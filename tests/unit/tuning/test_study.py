"""Studies on arrays: nested, resumable, shared, and every trial told."""

import signal
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import TrialState

from models_ml.errors import MlxError, UsageError
from models_ml.learners.space import SPACES, Real, Space, Whole, space_of
from models_ml.nested import nested_plan
from models_ml.splits import Fold
from models_ml.train_plan import TrainPlan
from models_ml.tuning.objective import Objective, Trial
from models_ml.tuning.report import TrialLine
from models_ml.tuning.storage import default_url, open_storage, without_password
from models_ml.tuning.study import counted, open_study, run_trials
from models_ml.tuning.tune import identity_of
from tests.plans import N_NAMES, plan_on_arrays, with_another_future

RIDGE = space_of("ridge")
NO_IC = "no day of its folds has an IC: too few names, or equal forecasts"
TREES = Space(
    {"learning_rate": Real(0.05, 0.2), "num_leaves": Whole(3, 9), "bagging_fraction": Real(0.5, 1)},
    start={"learning_rate": 0.1, "num_leaves": 5, "bagging_fraction": 0.9},
    fixed={"bagging_freq": 1},
)


def begun(storage: BaseStorage, space: Space = RIDGE) -> optuna.Study:
    return open_study(storage, "s", identity="x", seed=7, start=space.start)


def studied(
    storage: BaseStorage,
    plan: TrainPlan,
    n_trials: int,
    *,
    space: Space = RIDGE,
    record: Callable[[Trial], None] | None = None,
) -> tuple[optuna.Study, list[Trial]]:
    """Run a study on the inner folds of a plan; return it and what was recorded here."""
    made: list[Trial] = []
    study = begun(storage, space)
    run_trials(study, Objective(nested_plan(plan, 2), space, record or made.append), n_trials)
    return study, made


def told(trials: list[Trial]) -> list[tuple[Any, ...]]:
    return [
        (made.number, made.status, made.params, made.ics, made.daily and made.daily.ic.tobytes())
        for made in trials
    ]


def ridge(**options: Any) -> TrainPlan:
    return plan_on_arrays(learner="ridge", **options)


@pytest.fixture
def memory() -> BaseStorage:
    return InMemoryStorage()


def test_inner_days_end_before_the_first_test_day() -> None:
    for horizon, embargo_days in ((1, 0), (5, 3)):
        outer = plan_on_arrays(340, horizon=horizon, embargo_days=embargo_days)
        inner, first = nested_plan(outer, 2), outer.folds[0].test
        assert inner.panel.label_end.max() < np.datetime64(first.first_day)
        gap = first.start - horizon - embargo_days
        assert inner.panel.dt[-1] == outer.calendar[gap - 1]
        assert inner.folds[-1].test.last_day == inner.panel.dt[-1].item()
        for fold in inner.folds:
            train_rows = fold.slices(inner.panel.dt).train
            known = inner.panel.label_end[train_rows].max()
            assert known < np.datetime64(fold.test.first_day)


def test_a_study_does_not_know_the_test_days() -> None:
    plan = plan_on_arrays(n_estimators=4)
    other = with_another_future(plan)
    _, expected = studied(InMemoryStorage(), plan, 4, space=TREES)
    _, found = studied(InMemoryStorage(), other, 4, space=TREES)
    assert told(found) == told(expected)
    assert {made.status for made in found} == {"done"}
    assert len({made.ics[-1] for made in found}) == 4


def test_one_day_more_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """The noise of the test above begins with the very next label."""
    plan = ridge()
    other = with_another_future(plan)
    n_rows = nested_plan(plan, 2).panel.n_rows
    (block,) = plan.folds[0].train_blocks
    longer = replace(block, stop=block.stop + 1, last_day=block.last_day + timedelta(days=1))
    monkeypatch.setattr(Fold, "train_blocks", [longer])
    assert nested_plan(plan, 2).panel.n_rows == n_rows + N_NAMES
    _, expected = studied(InMemoryStorage(), plan, 1)
    _, found = studied(InMemoryStorage(), other, 1)
    assert told(found) != told(expected)


def test_a_study_that_goes_on_is_the_one_that_never_stopped(tmp_path: Path) -> None:
    """Beyond the random start, so that the estimator is asked, too; from a file."""
    plan, url = ridge(), default_url(tmp_path)
    _, whole = studied(InMemoryStorage(), plan, 13)
    _, first = studied(open_storage(url), plan, 4)
    _, second = studied(open_storage(url), plan, 13)
    _, third = studied(open_storage(url), plan, 13)
    assert told(first + second) == told(whole)
    assert third == []
    assert len({made.params["alpha"] for made in whole}) == 13


def test_the_first_trial_is_the_learner_s_default(memory: BaseStorage) -> None:
    _, (first, *_) = studied(memory, ridge(), 2)
    assert first.params == {"alpha": 1000.0}


def test_the_objective_is_the_ic_of_all_inner_test_days(memory: BaseStorage) -> None:
    study, (made,) = studied(memory, ridge(), 1)
    assert made.daily is not None
    assert study.best_value == pytest.approx(float(np.mean(made.daily.ic)), rel=1e-12)
    inner = nested_plan(ridge(), 2)
    assert made.daily.days.size == sum(fold.test.n_days for fold in inner.folds)
    assert made.ics[0] == pytest.approx(np.mean(made.daily.ic[: inner.folds[0].test.n_days]))
    assert 0.3 < study.best_value < 0.7


def test_a_hopeless_trial_is_pruned_after_its_first_fold(memory: BaseStorage) -> None:
    """Fitted to the opposite of the label, it is worse than the median of the five before."""
    study, made = studied(memory, ridge(), 5)
    assert {trial.status for trial in made} == {"done"}
    inner = nested_plan(ridge(), 2)
    worse = replace(inner, panel=replace(inner.panel, target=-inner.panel.target))
    run_trials(study, Objective(worse, RIDGE, made.append), 6)
    assert (made[5].status, len(made[5].ics)) == ("pruned", 1)
    assert made[5].daily is not None
    assert made[5].daily.days.size == inner.folds[0].test.n_days
    assert [trial.state for trial in counted(study)][5] == TrialState.PRUNED


def test_a_trial_that_the_library_refuses_is_told_and_the_study_goes_on(
    memory: BaseStorage,
) -> None:
    space = Space({"alpha": Real(-2.0, -1.0)}, start={"alpha": -1.5})
    study, made = studied(memory, ridge(), 3, space=space)
    assert [(one.status, one.ics, one.daily) for one in made] == [("failed", [], None)] * 3
    assert "alpha must be a number above 0" in str(made[0].error)
    assert str(TrialLine.of(counted(study)[0])) == f"trial 0: failed: {made[0].error}"
    assert len(counted(study)) == 3


def test_a_ledger_that_refuses_ends_the_study_and_the_trial_is_not_counted(
    memory: BaseStorage,
) -> None:
    def refuse(_: Trial) -> None:
        raise MlxError("the warehouse refused")

    plan = ridge()
    with pytest.raises(MlxError, match="the warehouse refused"):
        studied(memory, plan, 3, record=refuse)
    study, made = studied(memory, plan, 3)
    assert len(made) == 3
    assert [trial.state for trial in study.trials].count(TrialState.FAIL) == 1


def test_an_interrupt_keeps_what_had_ended(memory: BaseStorage) -> None:
    """As Ctrl-C does it; the trial that ran does not count, so three are still to be made."""
    plan, kept = ridge(), list[Trial]()

    def interrupt_the_third(trial: Trial) -> None:
        if trial.number == 2:
            signal.raise_signal(signal.SIGINT)
        kept.append(trial)

    study = begun(memory)
    objective = Objective(nested_plan(plan, 2), RIDGE, interrupt_the_third)
    assert run_trials(study, objective, 5)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE", "FAIL"]
    _, more = studied(memory, plan, 5)
    assert [one.number for one in [*kept, *more]] == [0, 1, 3, 4, 5]


def test_an_interrupt_of_the_first_trial_does_not_lose_the_defaults(memory: BaseStorage) -> None:
    def interrupt(_: Trial) -> None:
        signal.raise_signal(signal.SIGINT)

    objective = Objective(nested_plan(ridge(), 2), RIDGE, interrupt)
    assert run_trials(begun(memory), objective, 3)
    _, made = studied(memory, ridge(), 3)
    assert [one.params == RIDGE.start for one in made] == [True, False, False]


@pytest.mark.filterwarnings("ignore:Heartbeat of storage is supposed to be used with")
def test_trials_of_a_process_that_died_do_not_count(tmp_path: Path) -> None:
    """Neither against the number that the study is to have, nor as the one with the defaults."""
    storage = open_storage(default_url(tmp_path))
    study = begun(storage)
    for _ in range(2):
        study.ask()
    # A living process tells of each of its trials every half minute.
    with sqlite3.connect(tmp_path / "studies.db") as connection:
        connection.execute(
            "insert into trial_heartbeats (trial_id, heartbeat) "
            "select trial_id, datetime('now', '-1 hour') from trials"
        )
    _, made = studied(open_storage(default_url(tmp_path)), ridge(), 2)
    assert [one.params == RIDGE.start for one in made] == [True, False]


def test_the_time_limit_begins_no_trial(memory: BaseStorage) -> None:
    study = begun(memory)
    made: list[Trial] = []
    objective = Objective(nested_plan(ridge(), 2), RIDGE, made.append)
    assert not run_trials(study, objective, 3, timeout=0)
    assert made == []


def test_a_study_of_other_data_is_not_joined(memory: BaseStorage) -> None:
    begun(memory)
    with pytest.raises(UsageError, match="study s is about other data"):
        open_study(memory, "s", identity="y", seed=7, start=RIDGE.start)


def test_an_identity_is_that_of_the_inner_days() -> None:
    plan = ridge()

    def identity(one: TrainPlan) -> str:
        inner = nested_plan(one, 2)
        return identity_of(inner, RIDGE, inner.panel.fingerprint())

    assert identity(with_another_future(plan)) == identity(plan)
    assert identity(ridge(seed=1)) != identity(plan)
    assert identity(replace(plan, config=replace(plan.config, target="rank"))) != identity(plan)


def test_an_ensemble_has_no_search_space() -> None:
    with pytest.raises(UsageError, match="learner mean has no search space"):
        space_of("mean")


@pytest.mark.parametrize("learner", SPACES)
def test_the_ends_of_a_space_are_accepted_by_the_library(learner: str) -> None:
    pytest.importorskip(learner if learner != "ridge" else "numpy")
    space = SPACES[learner]
    plan = plan_on_arrays(learner=learner, n_estimators=2)
    for end in ("low", "high"):
        values = {name: getattr(where, end) for name, where in space.dimensions.items()}
        at_end = replace(space, start=values)
        _, (made,) = studied(InMemoryStorage(), plan, 1, space=at_end)
        assert made.params == {**values, **space.fixed}
        assert made.error in (None, NO_IC)
    for name, where in space.dimensions.items():
        assert where.low <= space.start[name] <= where.high, name


def test_a_password_is_not_shown() -> None:
    url = "postgresql+psycopg2://me:s3cr%40t@127.0.0.1:1/db?sslmode=disable"
    assert without_password(url) == "postgresql+psycopg2://127.0.0.1:1/db"
    with pytest.raises(MlxError) as refused:
        open_storage(url)
    assert "s3cr" not in refused.value.message + str(refused.value.hint)
    with pytest.raises(UsageError, match="--storage is no address"):
        open_storage("s3cret")
