"""Predict all rows with the champion's booster alone; seconds of the prediction as JSON."""

import json
import time

from models_ml.model_rows import read_rows
from models_ml.panel import Selection
from models_ml.project import load_project
from models_ml.registry import find_model
from models_ml.warehouse import open_warehouse


def main() -> None:
    """Load model and matrix, then predict."""
    project = load_project()
    warehouse = open_warehouse(project)
    stored = find_model(warehouse, project.ml, "champion", horizon=1)
    model = stored.load()
    matrix = read_rows(warehouse, project.mart, stored, Selection()).matrix
    begin = time.perf_counter()
    model.predict(matrix)
    seconds = time.perf_counter() - begin
    print(json.dumps({"seconds": seconds, "rounds": model.best_iteration}))


if __name__ == "__main__":
    main()
