"""Calibration and coverage of the forecasts of a training run, against pandas."""

import numpy as np
import pandas as pd
import pytest

from tests.sandbox import Sandbox
from tests.tables import read_table

EDGES = [0.01, 0.015, 0.02, 0.03]


@pytest.fixture
def scored(trained_template: Sandbox) -> pd.DataFrame:
    rows: pd.DataFrame = read_table(
        trained_template,
        "select * from mart.preds_scored where realised_return is not null and origin = 'cv'",
    ).to_pandas()
    return rows.assign(
        month=pd.to_datetime(rows["dt"]).dt.to_period("M").dt.start_time.dt.date,
        volatility_bucket=np.digitize(rows["yhat_std"] / np.sqrt(rows["horizon"]), EDGES) + 1,
        covered=rows["realised_return"].between(rows["yhat_lo"], rows["yhat_hi"]),
        rose=rows["realised_return"] > 0,
        prob_from=np.floor(rows["prob_up"] * 50) / 50,
        width=rows["yhat_hi"] - rows["yhat_lo"],
    )


def assert_same(found: pd.DataFrame, expected: pd.DataFrame, keys: list[str]) -> None:
    assert len(expected) > 20
    found = found[found["origin"] == "cv"].sort_values(keys, ignore_index=True)
    expected = expected.sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(
        found[expected.columns], expected, check_dtype=False, rtol=1e-9, atol=0
    )


def test_coverage_counts_the_returns_inside_their_intervals(
    trained_template: Sandbox, scored: pd.DataFrame
) -> None:
    keys = ["run_id", "horizon", "level", "month", "volatility_bucket"]
    expected = scored.groupby(keys, as_index=False).agg(
        n_rows=("covered", "size"),
        n_days=("dt", "nunique"),
        n_covered=("covered", "sum"),
        share_covered=("covered", "mean"),
        mean_width=("width", "mean"),
    )
    found = read_table(trained_template, "select * from mart.coverage").to_pandas()
    assert_same(found, expected, keys)
    assert set(scored["level"]) == {0.8}


def test_calibration_counts_the_rises_of_each_bin(
    trained_template: Sandbox, scored: pd.DataFrame
) -> None:
    keys = ["run_id", "horizon", "month", "volatility_bucket", "prob_from"]
    expected = scored.groupby(keys, as_index=False).agg(
        n_rows=("rose", "size"),
        n_days=("dt", "nunique"),
        n_up=("rose", "sum"),
        mean_prob_up=("prob_up", "mean"),
        share_up=("rose", "mean"),
    )
    found = read_table(trained_template, "select * from mart.calibration").to_pandas()
    assert_same(found, expected, keys)
