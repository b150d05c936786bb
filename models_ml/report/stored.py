"""What a report is made from: the stored tables of one run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models_ml.errors import MlxError, NotBuiltError
from models_ml.metrics.panel import Floats
from models_ml.project import Project
from models_ml.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Forecasts:
    """Out-of-sample forecasts of one horizon, by row.

    Attributes
    ----------
    day
        datetime64[D].
    name
        A number for each ticker, the same in ``priced_name``.
    priced_day, priced_name, one_day_return
        The returns of one day that a position earns; of days and tickers without a forecast, too.
        Empty where the labels have no horizon of one day.
    """

    day: NDArray[Any]
    name: NDArray[Any]
    yhat: Floats
    prob_up: Floats
    yhat_lo: Floats
    yhat_hi: Floats
    label: Floats
    level: float
    priced_day: NDArray[Any]
    priced_name: NDArray[Any]
    one_day_return: Floats


@dataclass(frozen=True)
class StoredRun:
    """A training run as the warehouse has it."""

    project: Project
    warehouse: Warehouse
    run: Row
    models: tuple[Row, ...]

    @property
    def run_id(self) -> str:
        """Its identifier."""
        return str(self.run["run_id"])

    @property
    def config(self) -> Row:
        """Its configuration."""
        config: Row = json.loads(self.run["config"])
        return config

    def rows(self, table: str, horizon: int, columns: str) -> list[dict[str, Any]]:
        """Rows of one horizon in a small table of schema ``ml``."""
        found: list[dict[str, Any]] = self.warehouse.read(
            f"select {columns} from {self.project.ml}.{table} "
            "where run_id = :run_id and horizon = :horizon",
            {"run_id": self.run_id, "horizon": horizon},
        ).to_pylist()
        return found

    def feature_docs(self) -> dict[str, str]:
        """Read what each feature is; nothing where the model feature_docs is not built."""
        try:
            rows = self.warehouse.read(
                f"select feature, description from {self.project.mart}.feature_docs"
            ).to_pylist()
        except NotBuiltError:
            return {}
        return {row["feature"]: row["description"] for row in rows}

    def forecasts(self, horizon: int) -> Forecasts:
        """Read the forecasts and what positions earned, in bulk.

        Raises
        ------
        MlxError
            The run has no forecasts of that horizon.
        """
        import pyarrow as pa

        rows = self.warehouse.read(
            "select dt, ticker, yhat, prob_up, yhat_lo, yhat_hi, level, label "
            f"from {self.project.ml}.cv_preds where run_id = :run_id and horizon = :horizon",
            {"run_id": self.run_id, "horizon": horizon},
        )
        if not rows.num_rows:
            raise MlxError(
                f"run {self.run_id} has no forecasts of horizon {horizon}",
                hint="mlx models list; name another run",
            )
        day = _days(rows)
        priced = rows.select(["dt", "ticker", "label"])
        if horizon > 1:
            priced = self._one_day_returns(day.min().item(), day.max().item())
        tickers = [rows["ticker"], priced["ticker"].cast(rows["ticker"].type)]
        chunks = [chunk for column in tickers for chunk in column.chunks]
        number = pa.chunked_array(chunks).combine_chunks().dictionary_encode().indices.to_numpy()
        numbers = {
            column: rows[column].to_numpy()
            for column in ("yhat", "prob_up", "yhat_lo", "yhat_hi", "label")
        }
        return Forecasts(
            day=day,
            name=number[: rows.num_rows],
            level=float(rows["level"][0].as_py()),
            priced_day=_days(priced),
            priced_name=number[rows.num_rows :],
            one_day_return=priced["label"].to_numpy(),
            **numbers,
        )

    def _one_day_returns(self, first: date, last: date) -> pa.Table:
        """Read the labels of one day; no rows where there are none."""
        import pyarrow as pa

        try:
            return self.warehouse.read(
                "select dt, ticker, label_ret_1d as label "
                f"from {self.project.mart}.labels where dt between :first and :last",
                {"first": first, "last": last},
            )
        except NotBuiltError:
            empty: dict[str, list[Any]] = {"dt": [], "ticker": [], "label": []}
            types = [("dt", pa.date32()), ("ticker", pa.string()), ("label", pa.float64())]
            return pa.table(empty, pa.schema(types))


def _days(rows: pa.Table) -> NDArray[Any]:
    return np.asarray(rows["dt"].to_numpy(), dtype="datetime64[D]")


def find_run(project: Project, run_id: str | None, horizon: int | None) -> StoredRun:
    """Find a training run: the one named, or that of the champion.

    Raises
    ------
    MlxError
        There is no such run, no champion, or the run has no model of that horizon.
    """
    warehouse = open_warehouse(project)
    run_id = run_id or _run_of_champion(project, warehouse, horizon)
    runs = warehouse.read(
        f"select * from {project.ml}.runs where run_id = :run_id and kind = 'train'",
        {"run_id": run_id},
    ).to_pylist()
    if not runs:
        raise MlxError(f"there is no training run {run_id}", hint="mlx models list")
    models = warehouse.read(
        f"select model_id, learner, horizon, target, alias, sha256 from {project.ml}.models "
        "where run_id = :run_id order by horizon",
        {"run_id": run_id},
    ).to_pylist()
    chosen = [model for model in models if horizon in {None, model["horizon"]}]
    if not chosen:
        horizons = ", ".join(str(model["horizon"]) for model in models)
        raise MlxError(
            f"run {run_id} has no model of horizon {horizon}", hint=f"--horizon {horizons}"
        )
    return StoredRun(project, warehouse, runs[0], tuple(chosen))


def _run_of_champion(project: Project, warehouse: Warehouse, horizon: int | None) -> str:
    rows: Sequence[Row] = warehouse.read(
        f"select run_id, horizon from {project.ml}.models where alias = 'champion' order by horizon"
    ).to_pylist()
    chosen = [row for row in rows if horizon in {None, row["horizon"]}]
    if not chosen:
        of = "" if horizon is None else f" for horizon {horizon}"
        raise MlxError(f"there is no champion{of}", hint="mlx train, or name a run: --run RUN_ID")
    return str(chosen[0]["run_id"])
