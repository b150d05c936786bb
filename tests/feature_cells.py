"""Comparison of computed features with expected ones, cell by cell."""

import numpy as np
import pandas as pd
import pyarrow as pa

from tests.alpha158_numpy import NAMES


def feature_faults(found: pa.Table, expected: pd.DataFrame, tolerance: float) -> list[str]:
    """Return in words what is wrong with the 158 features: other keys, other NULLs, other values.

    Parameters
    ----------
    found
        ticker, dt and the features, sorted by ticker and dt; what is missing is NULL, never NaN.
    expected
        The same, in the same order; what is missing is NaN.
    tolerance
        Largest error allowed, absolute or relative.
    """
    tickers, days = found["ticker"].to_pandas(), pd.to_datetime(found["dt"].to_pandas())
    if tickers.tolist() != expected["ticker"].tolist() or days.tolist() != expected["dt"].tolist():
        return [f"{found.num_rows} rows, expected {len(expected)}, or other keys"]
    faults = []
    for name in NAMES:
        column, wanted = found[name], expected[name].to_numpy(np.float64)
        null = column.is_null().to_numpy()
        values = column.fill_null(0.0).to_numpy().astype(np.float64)
        close = np.isclose(values, wanted, rtol=tolerance, atol=0.0)
        close |= np.isclose(values, wanted, rtol=0.0, atol=tolerance)
        wrong = np.flatnonzero((null != np.isnan(wanted)) | (~null & ~close))
        if len(wrong):
            row = int(wrong[0])
            where = f"{tickers[row]} {days[row]:%Y-%m-%d}"
            faults.append(f"{name}: {len(wrong)} cells, {where}: {column[row]} for {wanted[row]}")
    return faults
