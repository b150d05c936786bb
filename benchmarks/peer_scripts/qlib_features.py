"""Time Qlib's own evaluation of features over a grid of prices, without its caches."""

import argparse
import json
import tempfile
import time
from pathlib import Path

import pandas as pd
import qlib
from qlib.contrib.data.loader import Alpha158DL
from qlib.data import D
from qlib_data import write_provider

ALPHA158 = {
    "kbar": {},
    "price": {"windows": [0], "feature": ["OPEN", "HIGH", "LOW", "VWAP"]},
    "rolling": {},
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("grid", type=Path)
    parser.add_argument("--kernels", type=int, default=2)
    parser.add_argument("--expressions", type=Path, help="JSON: names and expressions")
    parser.add_argument("--tickers")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.expressions:
        names, fields = zip(*json.loads(options.expressions.read_text()).items(), strict=True)
    else:
        fields, names = Alpha158DL.get_feature_config(ALPHA158)
    grid = pd.read_parquet(options.grid)
    if options.tickers:
        grid = grid[grid["ticker"].isin(options.tickers.split(","))]
    with tempfile.TemporaryDirectory() as folder:
        write_provider(grid, Path(folder))
        del grid
        qlib.init(
            provider_uri=folder,
            region="us",
            kernels=options.kernels,
            expression_cache=None,
            dataset_cache=None,
            logging_level=40,
        )
        begin = time.perf_counter()
        values = D.features(D.instruments("all"), list(fields), freq="day")
        seconds = time.perf_counter() - begin
    if options.out:
        values.columns = [name.lower() for name in names]
        table = values.reset_index().rename(columns={"instrument": "ticker", "datetime": "dt"})
        table.to_parquet(options.out)
    print(json.dumps({"seconds": seconds, "rows": len(values), "columns": values.shape[1]}))


if __name__ == "__main__":
    main()
