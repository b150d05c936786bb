"""Run benchmarks by name and write their results to RESULTS.md."""

import argparse
import importlib
import sys
from pathlib import Path

from benchmarks.context import BUILD, Context
from benchmarks.measure import FailedRunError
from benchmarks.prices import default_prices

BENCHMARKS = {
    "alpha158": "The 158 features: this project, Qlib, polars, pandas",
    "headline": "14 features of 800 tickers, 2007 to 2020: this project and Qlib",
    "daily": "One new day beside a full build, and with a history four times as long",
    "feed": "Real daily deliveries one by one, then against a full refresh",
    "memory": "The panel 1, 2, 5 and 10 times: seconds and peak memory",
    "reading": "The training matrix: seconds and peak memory",
    "upserts": "A million predictions into PostgreSQL",
    "training": "mlx train beside bare LightGBM and the usual loop",
    "inference": "mlx infer for one day and for all days",
    "qlib_model": "The same model in Qlib and here, purged and not",
}


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    listed = "\n".join(f"  {name:12}{text}" for name, text in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=f"benchmarks:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; default: all")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each (%(default)s)")
    parser.add_argument("--data", type=Path, help="Parquet file of prices; default: the real panel")
    parser.add_argument("--engines", default="duckdb,postgres", help="(%(default)s)")
    parser.add_argument("--limit", type=int, help="deliveries of feed, sizes of memory, alpha158")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds of one run at most")
    options = parser.parse_args(argv)
    if unknown := sorted(set(options.names) - set(BENCHMARKS)):
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    return options


def main(argv: list[str]) -> int:
    """Run the benchmarks asked for; 1 where one failed. What is measured is kept for a restart."""
    options = parse(argv)
    failed = []
    context = Context(
        data=(options.data or default_prices(BUILD / "bench")).resolve(),
        repeats=options.repeats,
        engines=tuple(options.engines.split(",")),
        timeout=options.timeout,
        limit=options.limit,
    )
    with context.stack:
        for name in options.names or BENCHMARKS:
            print(f"{name}: {BENCHMARKS[name]}", flush=True)
            try:
                importlib.import_module(f"benchmarks.{name}").run(context)
            except FailedRunError as error:
                print(f"{name} failed: {error}", file=sys.stderr)
                failed.append(name)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
