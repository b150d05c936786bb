"""Whether a peer computes what this project does: the condition for timing it."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import FailedRunError

KEY = ["ticker", "dt"]
TOLERANCE = 1e-3
# Prices in float32, as Qlib stores them, make a tie of two closes here and there: a count over 60
# days then differs for 60 days.
SHARE = 0.98


def refuse_disagreement(ours: Path, theirs: Path, peer: str) -> None:
    """Compare two tables of features by ticker and day.

    A cell agrees where both are missing, or where both are there and differ by at most
    `TOLERANCE`, absolutely or relatively.

    Raises
    ------
    FailedRunError
        Other rows, a missing column, or a column in which fewer than `SHARE` of the cells agree.
    """
    own, other = _sorted(pd.read_parquet(ours)), _sorted(pd.read_parquet(theirs))
    if not own.index.equals(other.index):
        raise FailedRunError(f"{peer} has other rows: {len(other)} beside our {len(own)}")
    if missing := sorted(set(own.columns) - set(other.columns)):
        raise FailedRunError(f"{peer} lacks {', '.join(missing[:5])}")
    shares = {name: _agreeing(own[name], other[name]) for name in own.columns}
    bad = [f"{name} {share:.4f}" for name, share in shares.items() if share < SHARE]
    if bad:
        raise FailedRunError(f"{peer} disagrees (share of equal cells): {', '.join(bad)}")


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    dated = frame.assign(dt=pd.to_datetime(frame["dt"]).astype("datetime64[us]"))
    return dated.astype({"ticker": str}).set_index(KEY).sort_index()


def _agreeing(own: pd.Series, other: pd.Series) -> float:
    a, b = own.to_numpy(np.float64), other.to_numpy(np.float64)
    close = np.abs(a - b) <= TOLERANCE * np.maximum(1, np.abs(a))
    return float(np.mean(close | (np.isnan(a) & np.isnan(b))))
