"""The rows that a stored model forecasts: which days, and with the features it was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models_ml.errors import MlxError
from models_ml.panel import Panel, Selection
from models_ml.panel_reading import read_panel
from models_ml.warehouse import Warehouse, identifier

if TYPE_CHECKING:
    from datetime import datetime

    import pyarrow as pa

    from models_ml.dbt import FeatureList
    from models_ml.registry import StoredModel


def check_features(stored: StoredModel, features: FeatureList) -> None:
    """Refuse a model whose features dbt does not build.

    Raises
    ------
    MlxError
        Some are lacking.
    """
    lacking = [name for name in stored.features if name not in features.names]
    if lacking:
        named = ", ".join(lacking[:5]) + (" …" if len(lacking) > 5 else "")
        raise MlxError(
            f"model {stored.model_id} needs features that dbt does not build: {named}",
            hint="mlx train, or dbt build with the feature_sets the model was trained on",
        )


def days_or_newest(warehouse: Warehouse, mart: str, selection: Selection) -> Selection:
    """Return the selection, for the newest feature day where it names no days.

    Raises
    ------
    MlxError
        There is no day at all.
    """
    if selection.start is not None or selection.end is not None:
        return selection
    newest = f"select max(dt) as dt from {identifier(mart)}."
    # As a rule it is the last day of the features; to ask all of training_set is a join.
    for rows in (f"training_set where dt = ({newest}features)", "training_set"):
        day = warehouse.read(newest + rows)["dt"][0].as_py()
        if day is not None:
            return Selection(selection.tickers, day, day)
    raise MlxError(f"{mart}.training_set is empty", hint="mlx ingest FILE && dbt build")


def newest_load(warehouse: Warehouse, mart: str, features: FeatureList) -> datetime | None:
    """Return the newest load that all features rest on; None without any.

    Asked before the rows are read, it is never later than what they show. A build that failed half
    way leaves feature models behind the price grid, which alone answers where none is dated.
    """
    newest = " union all ".join(
        f"select max(changed_at) as loaded_at from {identifier(mart)}.{identifier(model)}"
        for model in features.dated or ["int_price_grid"]
    )
    rows = warehouse.read(f"select min(loaded_at) as loaded_at from ({newest}) as loads")
    loaded_at: datetime | None = rows["loaded_at"][0].as_py()
    return loaded_at


def read_rows(
    warehouse: Warehouse,
    mart: str,
    stored: StoredModel,
    selection: Selection,
    only: pa.Table | None = None,
) -> Panel:
    """Read the features that a model needs, for all rows or only those with these keys."""
    panel = read_panel(
        warehouse,
        mart,
        stored.features,
        horizon=stored.horizon,
        selection=selection,
        labelled=False,
    )
    if only is None:
        return panel
    return panel.only(only["ticker"].to_pylist(), only["dt"].to_pylist())
