"""From rows to a calendar, whatever kind of dates the rows carry."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from models_ml.errors import UsageError
from models_ml.splits.trading_days import as_days, panel_days

EXPECTED = np.array(["2024-02-29", "2023-12-29"], dtype="datetime64[D]")


@pytest.mark.parametrize(
    "values",
    [
        ["2024-02-29", "2023-12-29"],
        [dt.date(2024, 2, 29), dt.date(2023, 12, 29)],
        [dt.datetime(2024, 2, 29, 16, 0), dt.datetime(2023, 12, 29, 9, 30)],
        np.array(["2024-02-29T16:00", "2023-12-29"], dtype="datetime64[ns]"),
        pd.Series(pd.to_datetime(["2024-02-29 16:00", "2023-12-29"], format="mixed")),
        pd.DatetimeIndex(["2024-02-29", "2023-12-29"]),
        pd.Series(["2024-02-29", "2023-12-29"], dtype="str"),
    ],
)
def test_dates_of_any_kind_are_days(values: ArrayLike) -> None:
    days = as_days(values)
    assert days.dtype == np.dtype("datetime64[D]")
    assert np.array_equal(days, EXPECTED)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, 2], "one-dimensional array of dates, not int64"),
        ([1.5], "one-dimensional array of dates, not float64"),
        ([["2024-02-29"]], "of shape"),
        (["yesterday"], "cannot be read as dates"),
        (np.array(["2024-02-29", "NaT"], dtype="datetime64[D]"), "has no trading day"),
        ([dt.date(2024, 2, 29), None], "has no trading day"),
    ],
)
def test_anything_else_is_refused(values: ArrayLike, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        as_days(values)


@given(st.lists(st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1)), max_size=60))
def test_panel_days_are_numpy_unique(dates: list[dt.date]) -> None:
    """The table of the range gives what a sort gives, before 1970 as well as after."""
    days = np.array(dates, dtype="datetime64[D]")
    expected_calendar, expected_position = np.unique(days, return_inverse=True)
    panel = panel_days(days)
    assert np.array_equal(panel.calendar, expected_calendar)
    assert np.array_equal(panel.position, expected_position)
