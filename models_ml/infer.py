"""Inference: a trusted model, the features of the days asked, forecasts published by upsert."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models_ml.dbt import FeatureList, read_features
from models_ml.model_rows import check_features, days_or_newest, newest_load, read_rows
from models_ml.panel import Panel, Selection
from models_ml.project import Project, load_project
from models_ml.publish import publish
from models_ml.registry import StoredModel, find_model_as_of
from models_ml.runs import new_run_id, provenance, utc_now
from models_ml.shadow import Shadow, forecast_challengers
from models_ml.uncertainty import Forecast, checked_level
from models_ml.uncertainty.live import Probability, Uncertainty, live_forecast
from models_ml.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    import pyarrow as pa

    from models_ml.learners.base import FittedModel


@dataclass(frozen=True)
class InferReport:
    """What inference published."""

    run_id: str | None
    model_id: str
    horizon: int
    dt_from: date
    dt_to: date
    n_rows: int
    n_written: int
    table: pa.Table
    shadows: tuple[Shadow, ...] = ()

    @property
    def newest_day(self) -> pa.Table:
        """Forecasts of the last day."""
        import pyarrow.compute as pc

        return self.table.filter(pc.equal(self.table["dt"], self.dt_to))

    def to_json(self) -> dict[str, Any]:
        """One document, with the forecasts."""
        return {
            "run_id": self.run_id,
            "model_id": self.model_id,
            "horizon": self.horizon,
            "dt_from": self.dt_from.isoformat(),
            "dt_to": self.dt_to.isoformat(),
            "n_rows": self.n_rows,
            "n_written": self.n_written,
            "shadows": [shadow.to_json() for shadow in self.shadows],
            "predictions": self.table.drop_columns(
                ["created_at", "known_at", "model_id", "run_id", "horizon"]
            ).to_pylist(),
        }


def infer(
    model: str | None = None,
    *,
    horizon: int = 1,
    tickers: tuple[str, ...] | None = None,
    start: date | None = None,
    end: date | None = None,
    uncertainty: Uncertainty = "residuals",
    probability: Probability = "calibrated",
    level: float | None = None,
    only: pa.Table | None = None,
    shadow: bool = False,
    project: Project | None = None,
) -> InferReport:
    """Forecast days and upsert ``ml.preds`` and ``ml.preds_log`` in one transaction.

    Parameters
    ----------
    model
        ``champion`` (default; in a replay that has trained none, that of its day), a model id, or
        the path of a ``model.txt`` with its manifest.
    horizon
        Whose champion; a model named otherwise brings its own.
    tickers, start, end
        Rows to forecast; the newest feature day by default.
    uncertainty
        Where yhat_std comes from. ``residuals``: the scale of out-of-fold errors. ``trees``: the
        spread over the boosting iterations, a heuristic that is no error estimate.
    probability
        ``calibrated``: fitted on out-of-fold forecasts. ``sigmoid``: that of yhat / yhat_std.
    level
        Share of the returns that the intervals aim to hold, 0.5 to 0.99; the model's own by
        default. Another one begins to adapt with the first forecasts published at it.
    only
        ``ticker`` and ``dt`` of the rows to forecast among those; all of them by default.
    shadow
        Let the challengers of the horizon forecast the same rows for ``ml.preds_log``.

    Raises
    ------
    MlxError
        No such model, a model for other features, no rows, another champion meanwhile, or the
        warehouse refused; nothing was written.
    UsageError
        The level is out of range.
    """
    project = project or load_project()
    started_at = utc_now()
    warehouse = open_warehouse(project)
    stored = find_model_as_of(warehouse, project, model, horizon=horizon)
    level = None if level is None else checked_level(level)
    features = read_features(project)
    check_features(stored, features)
    job = _Inference(
        project=project,
        warehouse=warehouse,
        features=features,
        stored=stored,
        selection=days_or_newest(warehouse, project.mart, Selection(tickers, start, end)),
        only=only,
        uncertainty=uncertainty,
        probability=probability,
        level=level,
        run_id=new_run_id("infer", started_at),
        started_at=started_at,
        known_at=newest_load(warehouse, project.mart, features),
    )
    # The learner's library takes a second to load, the rows another: both at once. So do hashing
    # the matrix and writing, which take one core each; predicting takes all of them.
    with ThreadPoolExecutor(max_workers=1) as aside:
        loading = aside.submit(stored.load)
        panel = job.rows_of(stored)
        rows = job.forecast(stored, panel, loading.result())
        shadows = job.shadows(panel) if shadow else ()
        fingerprint = aside.submit(panel.fingerprint)
        run = job.run(panel, shadows)
        is_champion = model in (None, "champion") and project.as_of is None
        n_written = publish(
            warehouse,
            project.ml,
            rows,
            shadows,
            run,
            fingerprint,
            champion=stored.model_id if is_champion else None,
        )
    return InferReport(
        run_id=job.run_id if n_written else None,
        model_id=stored.model_id,
        horizon=stored.horizon,
        dt_from=panel.dt[0].astype(date),
        dt_to=panel.dt[-1].astype(date),
        n_rows=panel.n_rows,
        n_written=n_written,
        table=rows,
        shadows=shadows,
    )


@dataclass(frozen=True)
class _Inference:
    """What the forecasts of one run have in common."""

    project: Project
    warehouse: Warehouse
    features: FeatureList
    stored: StoredModel
    selection: Selection
    only: pa.Table | None
    uncertainty: Uncertainty
    probability: Probability
    level: float | None
    run_id: str
    started_at: datetime
    known_at: datetime | None

    def rows_of(self, model: StoredModel) -> Panel:
        return read_rows(self.warehouse, self.project.mart, model, self.selection, self.only)

    def forecast(self, model: StoredModel, panel: Panel, fitted: FittedModel) -> pa.Table:
        """Forecast the rows of a panel, with the columns of ``ml.preds``."""
        made = live_forecast(
            self.warehouse,
            self.project,
            model,
            panel,
            fitted=fitted,
            uncertainty=self.uncertainty,
            probability=self.probability,
            level=self.level or model.uncertainty.level,
        )
        return _rows(model, panel, made, self.run_id, self.known_at)

    def shadows(self, panel: Panel) -> tuple[Shadow, ...]:
        """Let the challengers forecast the same rows, each with the features it knows."""

        def forecast(model: StoredModel) -> pa.Table:
            check_features(model, self.features)
            same = model.features == self.stored.features
            return self.forecast(model, panel if same else self.rows_of(model), model.load())

        return forecast_challengers(self.warehouse, self.project.ml, self.stored, forecast)

    def run(self, panel: Panel, shadows: tuple[Shadow, ...]) -> dict[str, Any]:
        """Columns of ``ml.runs`` that are known before the forecasts are written."""
        return {
            "run_id": self.run_id,
            "kind": "infer",
            "status": "done",
            "started_at": self.started_at,
            **provenance(self.project, self.features),
            "config": {
                "model_id": self.stored.model_id,
                "uncertainty": self.uncertainty,
                "shadows": [each.model_id for each in shadows if each.table],
                "probability": self.probability,
                "level": self.level or self.stored.uncertainty.level,
                "selection": str(self.selection),
            },
            "data_cutoff": panel.dt[-1].astype(date),
            "metrics": {},
        }


def _rows(
    stored: StoredModel,
    panel: Panel,
    forecast: Forecast,
    run_id: str,
    known_at: datetime | None,
) -> pa.Table:
    import pyarrow as pa

    def every_row(value: Any, kind: pa.DataType) -> pa.Array:
        return pa.repeat(pa.scalar(value, kind), panel.n_rows)

    return pa.table(
        {
            "ticker": pa.array(panel.ticker, pa.string()),
            "dt": pa.array(panel.dt, pa.date32()),
            "horizon": every_row(stored.horizon, pa.int32()),
            "yhat": forecast.yhat,
            "yhat_std": forecast.yhat_std,
            "prob_up": forecast.prob_up,
            "yhat_lo": forecast.yhat_lo,
            "yhat_hi": forecast.yhat_hi,
            "level": every_row(forecast.level, pa.float64()),
            "model_id": every_row(stored.model_id, pa.string()),
            "run_id": every_row(run_id, pa.string()),
            "known_at": every_row(known_at, pa.timestamp("us")),
            "created_at": every_row(utc_now(), pa.timestamp("us")),
        }
    )
