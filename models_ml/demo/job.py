"""The whole main job on a simulated market, as ``mlx demo`` runs it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from models_ml.demo.market import SimulatedMarket, simulate_market
from models_ml.errors import UsageError
from models_ml.project import Project, load_project
from models_ml.warehouse import open_warehouse

if TYPE_CHECKING:
    from models_ml.crossval import OnProgress
    from models_ml.infer import InferReport
    from models_ml.train_record import TrainReport


@dataclass(frozen=True)
class DemoReport:
    """What the demo did.

    Attributes
    ----------
    n_rows, n_bad
        Simulated price rows, and those of them that a pipeline must reject.
    n_rejected
        Rows that ``int_rejected_prices`` holds.
    attainable_ic
        Mean daily IC of the true expected returns on the test days of the walk-forward.
    """

    n_rows: int
    n_bad: int
    n_rejected: int
    attainable_ic: float
    train: TrainReport
    infer: InferReport

    @property
    def reached_ic(self) -> float:
        """Mean daily out-of-sample IC of the trained model."""
        return self.train.outcome.scores.ic

    def to_json(self) -> dict[str, Any]:
        """One document."""
        return {
            "n_rows": self.n_rows,
            "n_bad": self.n_bad,
            "n_rejected": self.n_rejected,
            "attainable_ic": self.attainable_ic,
            "reached_ic": self.reached_ic,
            "run_id": self.train.run_id,
            "model_id": self.train.model_id,
            "n_forecasts": self.infer.n_rows,
            "forecast_day": self.infer.dt_to.isoformat(),
        }


def run_demo(
    *,
    tickers: int = 60,
    years: float = 6.0,
    seed: int = 7,
    project: Project | None = None,
    on_step: Callable[[str], None] = lambda _: None,
    on_progress: OnProgress | None = None,
) -> DemoReport:
    """Simulate, ingest, build, train, infer, and build the evaluation.

    Raises
    ------
    UsageError
        The warehouse holds prices that are not this demo's.
    MlxError
        A step failed.
    """
    from models_ml.dbt import run_dbt
    from models_ml.infer import infer
    from models_ml.train import train

    project = project or load_project()
    on_step(f"simulating {tickers} tickers over {years:g} years, seed {seed}")
    market = simulate_market(tickers, years, seed)
    on_step("ingesting")
    run_dbt(project, ["run-operation", "create_source_tables"], quiet=True)
    _refuse_other_prices(project, market)
    ingest_market(market, project)
    on_step("dbt build")
    run_dbt(project, ["build"], quiet=True)
    on_step("training")
    trained = train(project=project, on_progress=on_progress)
    on_step("inferring")
    inferred = infer(project=project)
    on_step("dbt build --select evaluation")
    run_dbt(project, ["build", "--select", "evaluation"], quiet=True)
    rejected = open_warehouse(project).read(
        f"select count(*) as n_rows from {project.mart}.int_rejected_prices"
    )
    return DemoReport(
        n_rows=market.prices.num_rows,
        n_bad=market.bad_rows.num_rows,
        n_rejected=rejected["n_rows"][0].as_py(),
        attainable_ic=_attainable_on_test_days(market, trained),
        train=trained,
        infer=inferred,
    )


def ingest_market(market: SimulatedMarket, project: Project) -> None:
    """Ingest a simulated market's prices, its bad rows too, its universe and its securities."""
    from models_ml.ingest import ingest, ingest_securities, ingest_universe

    with tempfile.TemporaryDirectory() as folder:
        for name in ("prices", "universe", "securities"):
            pq.write_table(getattr(market, name), Path(folder) / f"{name}.parquet")
        ingest(Path(folder) / "prices.parquet", project=project, keep_bad=True)
        ingest_universe(Path(folder) / "universe.parquet", project=project)
        ingest_securities(Path(folder) / "securities.parquet", project=project)


def _refuse_other_prices(project: Project, market: SimulatedMarket) -> None:
    """Stop before simulated prices are mixed with real ones, or with another simulation's."""
    present = open_warehouse(project).read(
        "select count(*) as n_rows, coalesce(sum(close), 0) as total from raw.prices"
    )
    n_rows, total = present["n_rows"][0].as_py(), present["total"][0].as_py()
    ours = pc.sum(market.prices["close"]).as_py()
    if n_rows and (n_rows != market.prices.num_rows or abs(total - ours) > 1e-6 * abs(ours)):
        raise UsageError(
            f"raw.prices of target {project.target!r} holds {n_rows:,} rows that are not this "
            "demo's",
            hint="MLX_DUCKDB_PATH=demo.duckdb mlx demo",
        )


def _attainable_on_test_days(market: SimulatedMarket, trained: TrainReport) -> float:
    first = min(result.fold.test.first_day for result in trained.outcome.results)
    daily = market.daily_ic.filter(pc.greater_equal(market.daily_ic["dt"], first))
    return float(pc.mean(daily["ic"]).as_py())
