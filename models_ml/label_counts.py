"""How many labels there are, and how many have matured."""

from __future__ import annotations

from typing import Any

from models_ml.panel import Selection
from models_ml.warehouse import Warehouse, identifier


def count_labels(warehouse: Warehouse, mart: str, selection: Selection) -> list[dict[str, Any]]:
    """Count the rows of every ``label_ret`` column of ``labels``, and those that have matured."""
    relation = f"{identifier(mart)}.labels"
    condition, parameters = selection.condition()
    names = warehouse.read(f"select * from {relation} limit 0").column_names
    labels = [identifier(name) for name in names if name.startswith("label_ret_")]
    counts = ", ".join(f"count({name}) as {name}" for name in labels)
    row = warehouse.read(
        "select count(*) as n_rows, min(dt) as first_dt, max(dt) as last_dt, "
        f"{counts} from {relation} where {condition}",
        parameters,
    ).to_pylist()[0]
    return [
        {
            "label": name,
            "n_rows": row["n_rows"],
            "n_labelled": row[name],
            "dt_from": row["first_dt"],
            "dt_to": row["last_dt"],
        }
        for name in labels
    ]
