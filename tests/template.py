"""The filled database that tests start from."""

import pyarrow.parquet as pq

from models_ml.demo import simulate_market
from tests.sandbox import Sandbox

TICKERS = 24
YEARS = 2.0
SEED = 7


def build_template(sandbox: Sandbox) -> None:
    """Fill an empty database; every test that asks for `sandbox` gets a copy of it.

    Runs once for each engine and test session.
    """
    market = simulate_market(TICKERS, YEARS, SEED)
    for name in ("prices", "universe", "securities"):
        pq.write_table(getattr(market, name), sandbox.folder / f"{name}.parquet")
    reference = ("--universe", "universe.parquet", "--securities", "securities.parquet")
    sandbox.run_mlx("ingest", "prices.parquet", "--keep-bad", *reference).ok()
    sandbox.run_dbt("build").ok()
