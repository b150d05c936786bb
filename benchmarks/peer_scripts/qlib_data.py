"""Price series in Qlib's own binary format.

A calendar of days, a list of instruments with their first and last day, and one file for each
instrument and field: little-endian float32, the place of the first day in the calendar, then the
values, NaN on a suspended day.
"""

from pathlib import Path

import numpy as np
import pandas as pd

FIELDS = ("open", "high", "low", "close", "volume", "vwap")


def write_provider(grid: pd.DataFrame, folder: Path) -> None:
    """Write a table of ticker, dt and prices for ``qlib.init(provider_uri=folder)``."""
    grid = grid.assign(dt=pd.to_datetime(grid["dt"])).sort_values(["ticker", "dt"])
    calendar = pd.DatetimeIndex(np.sort(grid["dt"].unique()))
    _write_lines(folder / "calendars" / "day.txt", [f"{day:%Y-%m-%d}" for day in calendar])
    instruments = []
    for ticker, rows in grid.groupby("ticker", sort=True):
        places = calendar.get_indexer(pd.DatetimeIndex(rows["dt"]))
        first, last = places[0], places[-1]
        instruments.append(f"{ticker}\t{calendar[first]:%Y-%m-%d}\t{calendar[last]:%Y-%m-%d}")
        home = folder / "features" / str(ticker).lower()
        home.mkdir(parents=True)
        for field in FIELDS:
            series = np.full(last - first + 2, np.nan, dtype="<f4")
            series[0] = first
            series[1 + places - first] = rows[field].to_numpy(dtype=np.float32)
            series.tofile(home / f"{field}.day.bin")
    _write_lines(folder / "instruments" / "all.txt", instruments)


def _write_lines(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines) + "\n")
