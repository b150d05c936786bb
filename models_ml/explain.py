"""Explanation: what each feature adds to a forecast, in return units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from models_ml.dbt import read_features
from models_ml.errors import MlxError
from models_ml.learners.base import Vector
from models_ml.model_rows import check_features, days_or_newest, read_rows
from models_ml.panel import Panel, Selection
from models_ml.project import Project, load_project
from models_ml.registry import StoredModel, find_model
from models_ml.runs import utc_now
from models_ml.warehouse import open_warehouse, upsert

if TYPE_CHECKING:
    import pyarrow as pa

BASE = "(base)"
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class ExplainReport:
    """The forecasts of a day, taken apart.

    Attributes
    ----------
    yhat
        Forecasts in return units, shape (n_forecasts,).
    contributions
        What each feature adds and, in the last column, the base; shape
        (n_forecasts, n_features + 1). A row's sum is its yhat.
    n_written
        Rows of ``ml.explanations`` that were not there yet with the same values.
    """

    model_id: str
    horizon: int
    day: date
    panel: Panel
    yhat: Vector
    contributions: Vector
    n_written: int

    @property
    def n_forecasts(self) -> int:
        """Number of forecasts explained."""
        return self.panel.n_rows

    def forecasts(self, top: int) -> list[dict[str, Any]]:
        """Forecasts from the highest to the lowest, with the features that move each most."""
        order = np.argsort(-self.yhat, kind="stable")
        return [self._forecast(int(row), top) for row in order]

    def to_json(self, top: int) -> dict[str, Any]:
        """One document."""
        return {
            "model_id": self.model_id,
            "horizon": self.horizon,
            "dt": self.day.isoformat(),
            "n_forecasts": self.n_forecasts,
            "n_written": self.n_written,
            "forecasts": self.forecasts(top),
        }

    def _forecast(self, row: int, top: int) -> dict[str, Any]:
        shares = self.contributions[row, :-1]
        largest = np.argsort(-np.abs(shares), kind="stable")[:top]
        values = self.panel.matrix[row].astype(np.float64)
        return {
            "ticker": self.panel.ticker[row],
            "yhat": float(self.yhat[row]),
            "base": float(self.contributions[row, -1]),
            "features": [
                {
                    "feature": self.panel.features[position],
                    "value": float(values[position]) if np.isfinite(values[position]) else None,
                    "contribution": float(shares[position]),
                }
                for position in largest
            ],
        }


def explain(
    model: str | None = None,
    *,
    horizon: int = 1,
    tickers: tuple[str, ...] | None = None,
    day: date | None = None,
    project: Project | None = None,
) -> ExplainReport:
    """Take a day's forecasts apart and upsert ``ml.explanations`` in one transaction.

    Parameters
    ----------
    model
        ``champion`` (default), a model id, or the path of a ``model.txt`` with its manifest.
    horizon
        Whose champion; a model named otherwise brings its own.
    tickers, day
        Forecasts to explain; all of the newest feature day by default.

    Raises
    ------
    MlxError
        No such model, a model for other features, no rows, or the warehouse refused; nothing
        was written.
    """
    project = project or load_project()
    warehouse = open_warehouse(project)
    stored = find_model(warehouse, project.ml, model, horizon=horizon)
    check_features(stored, read_features(project))
    selection = days_or_newest(warehouse, project.mart, Selection(tickers, day, day))
    panel = read_rows(warehouse, project.mart, stored, selection)
    yhat, contributions = _take_apart(stored, panel)
    with warehouse.transaction("explanations") as transaction:
        written = upsert(
            transaction,
            f"{project.ml}.explanations",
            _rows(stored, panel, contributions),
            key=["model_id", "ticker", "dt", "horizon", "feature"],
            keep=["created_at"],
        ).written
    return ExplainReport(
        model_id=stored.model_id,
        horizon=stored.horizon,
        day=panel.dt[-1].astype(date),
        panel=panel,
        yhat=yhat,
        contributions=contributions,
        n_written=written,
    )


def _take_apart(stored: StoredModel, panel: Panel) -> tuple[Vector, Vector]:
    """Forecasts and contributions in return units.

    The map to returns is a line: its slope goes to every share, its intercept to the base.
    """
    fitted = stored.load()
    yhat = stored.uncertainty.to_return(fitted.predict(panel.matrix))
    contributions = stored.uncertainty.to_return.slope * fitted.contributions(panel.matrix)
    contributions[:, -1] += stored.uncertainty.to_return.intercept
    if not np.allclose(contributions.sum(axis=1), yhat, rtol=0, atol=_TOLERANCE):
        raise MlxError(f"the contributions of model {stored.model_id} do not add up to yhat")
    return yhat, contributions


def _rows(stored: StoredModel, panel: Panel, contributions: Vector) -> pa.Table:
    import pyarrow as pa

    n_columns = contributions.shape[1]
    n_rows = panel.n_rows * n_columns
    no_base = np.full((panel.n_rows, 1), np.nan)
    values = np.hstack([panel.matrix.astype(np.float64), no_base])
    return pa.table(
        {
            "model_id": pa.array([stored.model_id] * n_rows),
            "ticker": pa.array(np.repeat(panel.ticker, n_columns), pa.string()),
            "dt": pa.array(np.repeat(panel.dt, n_columns), pa.date32()),
            "horizon": pa.array(np.full(n_rows, stored.horizon), pa.int32()),
            "feature": pa.array([*panel.features, BASE] * panel.n_rows),
            "value": pa.array(values.ravel(), pa.float64(), from_pandas=True),
            "contribution": contributions.ravel(),
            "created_at": pa.array([utc_now()] * n_rows, pa.timestamp("us")),
        }
    )
