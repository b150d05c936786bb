"""Read the training matrix as ``mlx train`` does; seconds and bytes as JSON.

With a folder it is kept there, with keys, labels and folds, for the peers of the training; bare,
the same rows are only streamed from the database.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models_ml.dbt import read_features
from models_ml.panel_reading import read_panel
from models_ml.project import Project, load_project
from models_ml.train_config import TrainConfig
from models_ml.train_plan import TrainPlan, plan_training
from models_ml.warehouse import columns_sql, open_warehouse


def main() -> None:
    """Read the panel, and keep it where that is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--horizon", type=int, default=1)
    options = parser.parse_args()
    project = load_project()
    if options.keep:
        config = TrainConfig(horizon=options.horizon)
        plan, _ = plan_training(config, project=project)
        keep(plan, config, options.keep)
        print(json.dumps({"rows": plan.panel.n_rows}))
        return
    features = read_features(project)
    begin = time.perf_counter()
    if options.bare:
        stream(project, features.names, options.horizon)
        print(json.dumps({"seconds": time.perf_counter() - begin}))
        return
    panel = read_panel(
        open_warehouse(project), project.mart, features.names, horizon=options.horizon
    )
    seconds = time.perf_counter() - begin
    print(json.dumps({"seconds": seconds, "bytes": panel.matrix.nbytes, "rows": panel.n_rows}))


def stream(project: Project, names: tuple[str, ...], horizon: int) -> None:
    """Let the database hand over the same rows in any order, and keep none."""
    rows = f"from {project.mart}.training_set where label_ret_{horizon}d is not null"
    with open_warehouse(project).snapshot() as snapshot:
        snapshot.stream(f"select {columns_sql(names)} {rows}", names, lambda block: None)


def keep(plan: TrainPlan, config: TrainConfig, folder: Path) -> None:
    """Write matrix, target, keys and the folds' rows and days."""
    folder.mkdir(parents=True, exist_ok=True)
    panel = plan.panel
    np.save(folder / "matrix.npy", panel.matrix)
    np.save(folder / "target.npy", panel.target)
    keys = {"ticker": pa.array(panel.ticker, pa.string()), "dt": pa.array(panel.dt)}
    pq.write_table(pa.table({**keys, "label": panel.label}), folder / "keys.parquet")
    document = {
        "features": list(panel.features),
        "horizon": config.horizon,
        "params": dict(config.build_learner().params),
        "rounds": config.n_estimators,
        "early_stopping_rounds": config.early_stopping_rounds,
        "folds": [
            {
                role: [int(rows.start), int(rows.stop)]
                for role, rows in fold.slices(panel.dt)._asdict().items()
                if rows is not None
            }
            for fold in plan.folds
        ],
    }
    (folder / "plan.json").write_text(json.dumps(document))


if __name__ == "__main__":
    main()
