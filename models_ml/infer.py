"""Inference: a trusted model, the features of the days asked, forecasts published by upsert."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models_ml.dbt import FeatureList, read_features
from models_ml.errors import MlxError
from models_ml.panel import Panel, Selection, read_panel
from models_ml.project import Project, load_project
from models_ml.registry import StoredModel, find_model
from models_ml.runs import new_run_id, provenance, run_row, utc_now
from models_ml.shadow import Shadow, forecast_challengers
from models_ml.uncertainty import Forecast, checked_level
from models_ml.uncertainty.live import Probability, Uncertainty, live_forecast
from models_ml.warehouse import Warehouse, append, identifier, open_warehouse, upsert, upsert_each

if TYPE_CHECKING:
    import pyarrow as pa


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
        ``champion`` (default), a model id, or the path of a ``model.txt`` with its manifest.
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
        No such model, a model for other features, no rows, or the warehouse refused; nothing
        was written.
    UsageError
        The level is out of range.
    """
    project = project or load_project()
    started_at = utc_now()
    warehouse = open_warehouse(project)
    stored = find_model(warehouse, project.ml, model, horizon=horizon)
    level = None if level is None else checked_level(level)
    features = read_features(project)
    check_features(stored, features)
    selection = days_or_newest(warehouse, project.mart, Selection(tickers, start, end))
    run_id = new_run_id("infer", started_at)
    known_at = _known_at(warehouse, project.mart)

    def forecast(model: StoredModel) -> pa.Table:
        check_features(model, features)
        own = panel
        if model.features != stored.features:
            own = read_rows(warehouse, project.mart, model, selection, only)
        made = live_forecast(
            warehouse,
            project,
            model,
            own,
            fitted=loading.result() if model is stored else model.load(),
            uncertainty=uncertainty,
            probability=probability,
            level=level or model.uncertainty.level,
        )
        return _rows(model, own, made, run_id, known_at)

    # The learner's library takes a second to load, the rows another: both at once. So do hashing
    # the matrix and writing, which take one core each; predicting takes all of them.
    with ThreadPoolExecutor(max_workers=1) as aside:
        loading = aside.submit(stored.load)
        panel = read_rows(warehouse, project.mart, stored, selection, only)
        rows = forecast(stored)
        shadows = forecast_challengers(warehouse, project.ml, stored, forecast) if shadow else ()
        fingerprint = aside.submit(panel.fingerprint)
        run = {
            "run_id": run_id,
            "kind": "infer",
            "status": "done",
            "started_at": started_at,
            **provenance(project, features),
            "config": {
                "model_id": stored.model_id,
                "uncertainty": uncertainty,
                "shadows": [each.model_id for each in shadows if each.table],
                "probability": probability,
                "level": level or stored.uncertainty.level,
                "selection": str(selection),
            },
            "data_cutoff": panel.dt[-1].astype(date),
            "metrics": {},
        }
        n_written = _publish(warehouse, project.ml, rows, shadows, run, fingerprint)
    return InferReport(
        run_id=run_id if n_written else None,
        model_id=stored.model_id,
        horizon=stored.horizon,
        dt_from=panel.dt[0].astype(date),
        dt_to=panel.dt[-1].astype(date),
        n_rows=panel.n_rows,
        n_written=n_written,
        table=rows,
        shadows=shadows,
    )


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


def _known_at(warehouse: Warehouse, mart: str) -> datetime | None:
    newest = warehouse.read(f"select max(changed_at) as dt from {identifier(mart)}.int_price_grid")
    known_at: datetime | None = newest["dt"][0].as_py()
    return known_at


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


def _publish(
    warehouse: Warehouse,
    ml: str,
    rows: pa.Table,
    shadows: tuple[Shadow, ...],
    run: dict[str, Any],
    fingerprint: Future[str],
) -> int:
    """Upsert both tables; the run is recorded only where it changed something."""
    keys = {
        f"{ml}.preds": ["ticker", "dt", "horizon"],
        f"{ml}.preds_log": ["ticker", "dt", "horizon", "model_id"],
    }
    keep = ["run_id", "created_at"]
    with warehouse.transaction("preds") as transaction:
        published, logged = upsert_each(transaction, keys, rows, keep=keep)
        n_logged = logged.written
        for table in filter(None, (each.table for each in shadows)):
            name = f"{ml}.preds_log"
            n_logged += upsert(transaction, name, table, key=keys[name], keep=keep).written
        if published.written or n_logged:
            finished: datetime = utc_now()
            known = {"data_fingerprint": fingerprint.result(), "finished_at": finished}
            append(transaction, f"{ml}.runs", run_row({**run, **known}))
    return max(published.written, n_logged)
