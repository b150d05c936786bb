"""Value checks: literal cases, and the SQL macro `price_rejection_reason` as the oracle."""

import math
from collections.abc import Callable
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import yaml
from jinja2 import Environment

from models_ml.ingest.checks import PRICE_ROUNDING, mark_empty, mark_values
from models_ml.ingest.columns import NUMBERS
from models_ml.ingest.refusals import Marks

ROOT = Path(__file__).parents[3]
DAY = date(2016, 3, 2)
GOOD = {
    "ticker": "A",
    "dt": DAY,
    "open": 10.0,
    "high": 12.0,
    "low": 9.0,
    "close": 11.0,
    "volume": 100.0,
    "vwap": 10.5,
    "dividend": 0.0,
    "split_ratio": 1.0,
    "adj_close": 5.0,
}
LAST_DAY = np.datetime64(DAY)
INF = math.inf


def table(rows: list[dict[str, Any]]) -> pa.Table:
    types = {"ticker": pa.string(), "dt": pa.date32()}
    return pa.table(
        {
            name: pa.array([row[name] for row in rows], types.get(name, pa.float64()))
            for name in GOOD
        }
    )


def reasons(rows: pa.Table, last_days: Any = LAST_DAY) -> list[str | None]:
    marks = Marks(rows.num_rows)
    mark_values(rows, last_days, marks)
    found: list[str | None] = [None] * rows.num_rows
    for place, reason in marks.first():
        found[place] = reason
    return found


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"vwap": None, "dividend": None, "split_ratio": None, "adj_close": None}, None),
        ({"volume": None}, None),
        ({"volume": 0.0}, None),
        ({"dt": date(2016, 3, 3)}, "future_date"),
        ({"open": None}, "missing_open"),
        ({"open": 0.0}, "bad_open"),
        ({"high": INF}, "bad_high"),
        ({"low": -9.0}, "bad_low"),
        ({"close": None}, "missing_close"),
        ({"close": -INF}, "bad_close"),
        ({"high": 8.0}, "high_below_low"),
        ({"close": 12.01}, None),
        ({"close": 12.02}, "close_outside_range"),
        ({"close": 8.992}, None),
        ({"close": 8.99}, "close_outside_range"),
        ({"volume": -1.0}, "bad_volume"),
        ({"volume": INF}, "bad_volume"),
        ({"vwap": 0.0}, "bad_vwap"),
        ({"split_ratio": 0.0}, "bad_split_ratio"),
        ({"split_ratio": -2.0}, "bad_split_ratio"),
        ({"dividend": -0.01}, "bad_dividend"),
        ({"dividend": INF}, "bad_dividend"),
        ({"adj_close": 0.0}, "bad_adj_close"),
        ({"dt": date(2016, 3, 3), "open": None}, "future_date"),
        ({"open": -1.0, "high": None}, "bad_open"),
    ],
)
def test_reason_of_a_row(changes: dict[str, Any], reason: str | None) -> None:
    assert reasons(table([GOOD | changes])) == [reason]


def test_each_row_has_its_own_day_of_delivery() -> None:
    rows = table([GOOD, GOOD])
    days = np.array(["2016-03-01", "2016-03-02"], dtype="datetime64[D]")
    assert reasons(rows, days) == ["future_date", None]


def test_only_a_row_without_any_price_is_empty() -> None:
    nothing = dict.fromkeys(("open", "high", "low", "close"))
    marks = Marks(3)
    mark_empty(table([GOOD, GOOD | nothing, GOOD | nothing | {"close": 1.0}]), marks)
    assert marks.first() == [(1, "no_prices")]


def test_rounding_is_the_one_of_the_project() -> None:
    variables = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
    assert variables["price_rounding"] == PRICE_ROUNDING


def macro_sql() -> str:
    """Render the macro as dbt does, with its own variables and the macro that it calls."""
    environment = Environment()
    macros = ROOT / "dbt_project" / "macros"
    variables = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]

    def load(path: str, name: str) -> Callable[..., str]:
        module = environment.from_string((macros / path).read_text()).module
        macro: Callable[..., str] = getattr(module, name)
        return macro

    environment.globals["var"] = variables.__getitem__
    environment.globals["is_finite"] = load("cross_db/is_finite.sql", "is_finite")
    return load("price_rejection_reason.sql", "price_rejection_reason")()


def test_reasons_equal_those_of_the_sql_macro() -> None:
    """Every pair of columns with every value that is special to one of them."""
    special: dict[str, list[Any]] = {
        name: [GOOD[name], None, 0.0, -1.0, INF, -INF, 8.99, 8.992, 12.01, 12.02]
        for name in NUMBERS
    }
    special["dt"] = [DAY, date(2016, 3, 3), date(2016, 3, 1)]
    rows = [
        GOOD | {first: one, second: other}
        for first in special
        for second in special
        if first < second
        for one, other in product(special[first], special[second])
    ]
    prices = table(rows)
    with duckdb.connect() as connection:
        connection.register("prices", prices)
        expected = connection.execute(
            f"select {macro_sql()} from (select *, timestamp '2016-03-02 23:00' as loaded_at "
            "from prices)"
        ).fetchall()
    found: list[str | None] = []
    for start in range(0, len(rows), 20):
        found += reasons(prices.slice(start, 20))
    assert found == [reason for (reason,) in expected]
    assert len(set(found)) == 17
