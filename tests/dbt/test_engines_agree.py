"""DuckDB and PostgreSQL build the same marts, cell by cell: keys, NULLs and values."""

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.dbt.forecasts import store_model
from tests.dbt.reference import MODELS
from tests.sandbox import Sandbox
from tests.tables import differences, export, insert, read_table

PANEL_KEY = ("ticker", "dt")
DAILY_KEY = ("origin", "run_id", "model_id", "horizon", "dt")
KEYS = {
    **dict.fromkeys(MODELS, PANEL_KEY),
    "int_trading_days": ("dt",),
    "preds_scored": ("origin", "run_id", "model_id", "horizon", "dt", "ticker"),
    "daily_ic": DAILY_KEY,
    "quantile_returns": (*DAILY_KEY, "quantile"),
}
EVALUATION = ("preds_scored", "daily_ic", "quantile_returns")
BUILT = ("models_out_of_sample", "daily_ic", "quantile_returns")
# The databases were filled one after the other.
STAMPS = ("loaded_at", "changed_at", "counted_at", "reference_version")
FORECAST_DAYS = 60


@pytest.mark.parametrize("model", MODELS)
def test_real_golden_and_messy_prices(both_references: tuple[Path, Path], model: str) -> None:
    one, other = (pq.read_table(folder / f"{model}.parquet") for folder in both_references)
    # What is refused depends on the data: here nothing is, in the simulated market much.
    assert one.num_rows > 2000 or model == "int_rejected_prices"
    assert differences(one, other, KEYS[model]) == []


@pytest.mark.slow
def test_a_simulated_market_and_its_forecasts(
    both_templates: tuple[Sandbox, Sandbox], tmp_path: Path
) -> None:
    found = {}
    forecasts: pa.Table | None = None
    for template in both_templates:
        folder = tmp_path / template.engine
        folder.mkdir()
        sandbox = template.copy(folder)
        try:
            if forecasts is None:
                forecasts = some_forecasts(sandbox)
            publish(sandbox, forecasts)
            sandbox.run_dbt("build", "--select", *BUILT).ok()
            export(sandbox, (*MODELS, *EVALUATION), folder)
        finally:
            sandbox.close()
        found[template.engine] = folder
    for model in (*MODELS, *EVALUATION):
        one, other = (pq.read_table(folder / f"{model}.parquet") for folder in found.values())
        assert one.num_rows > 0, model
        assert differences(one, other, KEYS[model], STAMPS) == [], model
    evaluated = pq.read_table(found["duckdb"] / "daily_ic.parquet")
    assert 0 < evaluated["ic"].null_count < evaluated.num_rows


def some_forecasts(sandbox: Sandbox) -> pa.Table:
    """Return forecasts of two horizons for the last days; many are tied, on one day all are."""
    days = [day for (day,) in sandbox.rows("select distinct dt from mart.labels order by dt desc")]
    first = days[FORECAST_DAYS - 1]
    keys = read_table(sandbox, f"select ticker, dt from mart.labels where dt >= '{first}'")
    keys = keys.sort_by([("dt", "ascending"), ("ticker", "ascending")])
    both = pa.concat_tables([keys, keys])
    horizon = np.repeat(np.array([1, 5], dtype=np.int32), keys.num_rows)
    yhat = np.random.default_rng(11).normal(0.0, 0.02, len(horizon)).round(2)
    yhat[both["dt"].to_numpy() == both["dt"][0].as_py()] = 0.01
    return both.append_column("horizon", pa.array(horizon)).append_column("yhat", pa.array(yhat))


def publish(sandbox: Sandbox, forecasts: pa.Table) -> None:
    """Write forecasts as those of folds and as live ones."""
    store_model(sandbox, "live", 1, date(1999, 1, 1))
    texts = {"run_id": "run", "model_id": "live"}
    for name, text in texts.items():
        forecasts = forecasts.append_column(name, pa.array([text] * forecasts.num_rows))
    fold = pa.array(np.zeros(forecasts.num_rows, dtype=np.int32))
    insert(sandbox, "ml.cv_preds", forecasts.drop_columns("model_id").append_column("fold", fold))
    written = pa.array([datetime(2024, 1, 1)] * forecasts.num_rows, pa.timestamp("us"))
    insert(sandbox, "ml.preds_log", forecasts.append_column("created_at", written))
