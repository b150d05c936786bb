"""``mlx label``: labels built through dbt, counted for what was asked."""

import pytest

from tests.sandbox import Sandbox

START, END = "2024-03-01", "2024-06-28"


@pytest.mark.slow
def test_labels_of_other_horizons_are_built_and_counted(sandbox: Sandbox) -> None:
    ((ticker,),) = sandbox.rows("select min(ticker) from mart.labels")
    asked = ("--tickers", ticker, "--start", START, "--end", END)
    answer = sandbox.run_mlx("label", "--horizons", "2,10", *asked, "--json").ok().json()
    where = f"ticker = '{ticker}' and dt between '{START}' and '{END}'"
    for horizon in (2, 10):
        ((n_rows, n_labelled, first, last),) = sandbox.rows(
            f"select count(*), count(label_ret_{horizon}d), min(dt), max(dt) "
            f"from mart.labels where {where}"
        )
        assert 0 < n_labelled <= n_rows
        counted = next(one for one in answer["labels"] if one["label"] == f"label_ret_{horizon}d")
        assert (counted["n_rows"], counted["n_labelled"]) == (n_rows, n_labelled)
        assert (counted["dt_from"], counted["dt_to"]) == (str(first), str(last))
    assert "label_ret_1d" not in sandbox.columns("select * from mart.labels limit 0")
    assert "label_ret_10d" in sandbox.columns("select * from mart.training_set limit 0")
    bad = sandbox.run_mlx("label", "--horizons", "one,5")
    assert bad.exit_code == 2
    assert bad.stdout == ""
