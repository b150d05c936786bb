"""Selection: which features beat chance on the days before the test days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models_ml.crossval import FoldResult, OnProgress, prepare
from models_ml.feature_sets import refuse_taken
from models_ml.names import check_name
from models_ml.nested import nested_plan, refuse_unnested
from models_ml.project import Project, load_project
from models_ml.runs import new_run_id, provenance, run_row, utc_now
from models_ml.selection.clusters import cluster_features
from models_ml.selection.importance import (
    FoldImportance,
    null_gains,
    permutation_importance,
    refuse_shares,
)
from models_ml.train_config import TrainConfig
from models_ml.train_plan import TrainPlan, read_data
from models_ml.validate import fit_folds, score_folds
from models_ml.warehouse import append, open_warehouse

if TYPE_CHECKING:
    import pyarrow as pa

_LOCK = "feature_selections"


@dataclass(frozen=True)
class Selected:
    """What selection found out about each feature, shape (n_features,) each.

    Attributes
    ----------
    cluster
        Number of its cluster.
    gain, null_gain
        Its use by the models of the folds, mean over the folds; and the largest that models of
        shuffled targets made of it.
    importance
        Mean daily IC that its cluster is worth on the inner test days.
    n_positive
        Folds in which that is above zero.
    ic
        Mean daily IC of all features on the inner test days.
    """

    features: tuple[str, ...]
    cluster: npt.NDArray[np.int64]
    gain: npt.NDArray[np.float64]
    null_gain: npt.NDArray[np.float64]
    importance: npt.NDArray[np.float64]
    n_positive: npt.NDArray[np.int64]
    n_folds: int
    ic: float

    @property
    def kept(self) -> npt.NDArray[np.bool_]:
        """Whether a feature beats all its nulls, and its cluster helps in most folds."""
        return np.asarray((self.gain > self.null_gain) & (2 * self.n_positive > self.n_folds))


@dataclass(frozen=True)
class SelectReport:
    """A stored feature set."""

    run_id: str
    name: str
    known_to: date
    selected: Selected

    @property
    def table(self) -> pa.Table:
        """Rows of ``ml.feature_selections``, in the order of the features."""
        return _rows(self, utc_now())

    def to_json(self) -> dict[str, Any]:
        """One document."""
        rows = self.table.drop_columns(["name", "run_id", "known_to", "created_at"]).to_pylist()
        return {
            "run_id": self.run_id,
            "name": self.name,
            "known_to": self.known_to.isoformat(),
            "n_kept": int(self.selected.kept.sum()),
            "ic": self.selected.ic,
            "features": rows,
        }


def select_features(
    config: TrainConfig | None = None,
    *,
    name: str,
    repeats: int = 10,
    inner_splits: int = 3,
    project: Project | None = None,
    on_progress: OnProgress | None = None,
    **options: Any,
) -> SelectReport:
    """Choose features on the days before the first test day, and keep them under a name.

    Parameters
    ----------
    config
        What is to be trained afterwards; or give its fields as keyword arguments.
    name
        Of the feature set; it must be new.
    repeats
        Shuffles of the targets, and permutations of each cluster, in every fold.
    inner_splits
        Folds inside the first training block.
    project
        Where to work; found as ``mlx`` finds it by default.
    on_progress
        Called with a stage, the steps done and the steps at the most.

    Raises
    ------
    MlxError
        No data, or the warehouse refused; nothing was written.
    UsageError
        The name is taken or no name, too few days for the folds, several horizons, a model to
        continue, or a learner whose importances are shares.
    """
    config = config or TrainConfig(**options)
    refuse_unnested(config)
    refuse_shares(config.learner)
    project = project or load_project()
    check_name(name, of="a feature set", hint="--name another")
    started_at, warehouse = utc_now(), open_warehouse(project)
    refuse_taken(warehouse, project.ml, name)
    data = read_data(config, project)
    plan = nested_plan(data.plan(config), inner_splits)
    selected = select(plan, repeats=repeats, on_progress=on_progress)
    known_to = plan.panel.label_end.max().astype(date)
    report = SelectReport(new_run_id("select", started_at), name, known_to, selected)
    run = {
        "run_id": report.run_id,
        "kind": "select",
        "status": "done",
        "started_at": started_at,
        "finished_at": utc_now(),
        **provenance(project, data.features),
        "config": {
            **asdict(config),
            "feature_set": name,
            "repeats": repeats,
            "inner_splits": inner_splits,
        },
        "data_fingerprint": plan.panel.fingerprint(),
        "data_cutoff": plan.panel.dt[-1].astype(date),
        "metrics": {
            "ic": selected.ic,
            "n_features": len(selected.features),
            "n_clusters": int(selected.cluster.max()) + 1,
            "n_kept": int(selected.kept.sum()),
        },
    }
    with warehouse.transaction(_LOCK) as transaction:
        refuse_taken(transaction, project.ml, name)
        append(transaction, f"{project.ml}.runs", run_row(run))
        append(transaction, f"{project.ml}.feature_selections", report.table)
    return report


def select(plan: TrainPlan, *, repeats: int, on_progress: OnProgress | None = None) -> Selected:
    """Judge every feature on the folds of a plan; nothing is read or written.

    Clusters come from the training rows of the first fold, which are older than all test days.
    """
    panel, seed = plan.panel, plan.config.seed
    learner = prepare(plan.config.build_learner(), panel, plan.folds)
    clusters = cluster_features(panel.matrix[plan.folds[0].slices(panel.dt).train])
    results = fit_folds(plan, learner)
    scores, _ = score_folds(plan, results)

    def judge(result: FoldResult) -> FoldImportance:
        step = _steps(f"fold {result.fold.index}", repeats * (int(clusters.max()) + 2), on_progress)
        options: dict[str, Any] = {"repeats": repeats, "seed": seed, "on_step": step}
        return FoldImportance(
            result.importance.gain,
            null_gains(plan, result, learner, **options),
            permutation_importance(plan, result, clusters, **options),
        )

    judged = [judge(result) for result in results]
    permutation = np.stack([fold.permutation for fold in judged])
    return Selected(
        features=panel.features,
        cluster=clusters,
        gain=np.mean([fold.gain for fold in judged], axis=0),
        null_gain=np.mean([fold.null_gain for fold in judged], axis=0).max(axis=0),
        importance=permutation.mean(axis=0)[clusters],
        n_positive=(permutation > 0).sum(axis=0)[clusters],
        n_folds=len(judged),
        ic=scores.ic,
    )


def _steps(stage: str, total: int, on_progress: OnProgress | None) -> Callable[[], None]:
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            on_progress(stage, done, total)

    return step


def _rows(report: SelectReport, created_at: datetime) -> pa.Table:
    import pyarrow as pa

    found = report.selected
    n_features = len(found.features)
    return pa.table(
        {
            "name": pa.array([report.name] * n_features),
            "feature": list(found.features),
            "run_id": pa.array([report.run_id] * n_features),
            "cluster_no": pa.array(found.cluster, pa.int32()),
            "gain": found.gain,
            "null_gain": found.null_gain,
            "importance": found.importance,
            "n_folds_positive": pa.array(found.n_positive, pa.int32()),
            "n_folds": pa.array([found.n_folds] * n_features, pa.int32()),
            "kept": pa.array(found.kept, pa.bool_()),
            "known_to": pa.array([report.known_to] * n_features, pa.date32()),
            "created_at": pa.array([created_at] * n_features, pa.timestamp("us")),
        }
    )
