"""The filled databases that tests start from."""

import pyarrow.parquet as pq

from models_ml.demo import simulate_market
from tests.sandbox import Sandbox

TICKERS = 24
YEARS = 2.0
SEED = 7


def build_template(sandbox: Sandbox) -> None:
    """Fill an empty database with prices, features and labels, for the fixture `sandbox`."""
    market = simulate_market(TICKERS, YEARS, SEED)
    for name in ("prices", "universe", "securities"):
        pq.write_table(getattr(market, name), sandbox.folder / f"{name}.parquet")
    reference = ("--universe", "universe.parquet", "--securities", "securities.parquet")
    sandbox.run_mlx("ingest", "prices.parquet", "--keep-bad", *reference).ok()
    sandbox.run_dbt("build").ok()


def build_trained_template(sandbox: Sandbox) -> None:
    """Add a champion, its forecasts and their evaluation, for the fixture `trained_sandbox`."""
    sandbox.run_mlx("train", "--n-splits", "3", "--n-estimators", "20").ok()
    sandbox.run_mlx("infer").ok()
    # A log that tells everything: no secret may be in it.
    sandbox.run_dbt("--log-level-file", "debug", "build", "--select", "evaluation").ok()
