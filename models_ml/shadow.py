"""Challengers: they forecast the same rows as the champion, for the log alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models_ml.errors import MlxError
from models_ml.registry import StoredModel, find_model
from models_ml.warehouse import Warehouse, identifier

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Shadow:
    """Forecasts of one challenger; none, and why, where it could not make them."""

    model_id: str
    table: pa.Table | None
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """One document, without the forecasts."""
        n_rows = 0 if self.table is None else self.table.num_rows
        return {"model_id": self.model_id, "n_rows": n_rows, "error": self.error}


def forecast_challengers(
    warehouse: Warehouse,
    ml: str,
    published: StoredModel,
    forecast: Callable[[StoredModel], pa.Table],
) -> tuple[Shadow, ...]:
    """Let the challengers of a horizon forecast what the published model forecast.

    A challenger that fails must not keep the champion from being published, so its error is
    returned, not raised.

    Parameters
    ----------
    warehouse, ml
        Where the models are.
    published
        The model that is published; never its own challenger.
    forecast
        Makes a model's rows for ``ml.preds_log``.
    """
    rows = warehouse.read(
        f"select model_id from {identifier(ml)}.models where alias = 'challenger' "
        "and horizon = :horizon and model_id <> :published order by model_id",
        {"horizon": published.horizon, "published": published.model_id},
    )
    return tuple(_shadow(warehouse, ml, name, forecast) for name in rows["model_id"].to_pylist())


def _shadow(
    warehouse: Warehouse, ml: str, model_id: str, forecast: Callable[[StoredModel], pa.Table]
) -> Shadow:
    try:
        stored = find_model(warehouse, ml, model_id, horizon=0)
        return Shadow(model_id, forecast(stored))
    except MlxError as error:
        return Shadow(model_id, None, error.message)
    except Exception as error:  # each learner's library has errors of its own
        return Shadow(model_id, None, f"{type(error).__name__}: {' '.join(str(error).split())}")
