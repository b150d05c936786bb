"""A database of one engine filled with prices, and measured dbt and mlx commands on it."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from benchmarks.measure import Run, run
from tests.postgres import Server
from tests.sandbox import ROOT, Sandbox, open_sandbox

__all__ = ["ROOT", "Workplace", "open_workplace"]

COLUMNS = (
    "ticker, dt, loaded_at, open, high, low, close, volume, vwap, dividend, split_ratio, adj_close"
)


@dataclass(frozen=True)
class Workplace:
    """Commands on one database, each in a process of its own and bounded in time."""

    sandbox: Sandbox
    timeout: float

    def dbt(self, *args: str, cores: int | None = None) -> Run:
        """Run dbt, e.g. ``dbt("build")``."""
        return self._measure("dbt.cli.main", args, cores)

    def mlx(self, *args: str, cores: int | None = None) -> Run:
        """Run mlx, e.g. ``mlx("train", "--json")``."""
        return self._measure("models_ml.cli.app", args, cores)

    def script(self, path: Path, *args: str, cores: int | None = None) -> tuple[Any, Run]:
        """Run a Python file in the project's environment; its JSON answer and what it took."""
        done = run(
            [sys.executable, str(path), *args],
            env=self.sandbox.env,
            cwd=self.sandbox.folder,
            timeout=self.timeout,
            cores=cores,
        )
        return json.loads(done.output.strip().splitlines()[-1]), done

    def node_seconds(self, wanted: Callable[[str], bool]) -> float:
        """Add up what the nodes of the last dbt command took, by their unique ids."""
        results = json.loads((self.sandbox.folder / "target" / "run_results.json").read_bytes())
        return float(sum(r["execution_time"] for r in results["results"] if wanted(r["unique_id"])))

    def engine_seconds(self, wanted: Callable[[str], bool]) -> float:
        """Add up what the database took for those nodes' statements, from dbt's log in JSON."""
        seconds = 0.0
        with (self.sandbox.folder / "logs" / "dbt.log").open() as log:
            for event in map(json.loads, log):
                node = event["data"].get("node_info") or {}
                if event["info"]["name"] == "SQLQueryStatus" and wanted(node.get("unique_id", "")):
                    seconds += event["data"]["elapsed"]
        return seconds

    def fill(self, query: str) -> int:
        """Create the source tables and put a DuckDB query's rows into raw.prices; their number."""
        self.dbt("run-operation", "create_source_tables")
        self.append(query)
        ((count,),) = self.sandbox.rows("select count(*) from raw.prices")
        return int(count)

    def append(self, query: str) -> None:
        """Add a DuckDB query's rows to raw.prices."""
        ordered = f"select {COLUMNS} from ({query}) as rows_wanted order by dt, ticker"
        if self.sandbox.server is None:
            with duckdb.connect(self.sandbox.env["MLX_DUCKDB_PATH"]) as connection:
                connection.execute(f"insert into raw.prices ({COLUMNS}) {ordered}")
        else:
            self._copy_to_server(ordered)

    def deliver_day(self) -> Run:
        """Ingest a file with one more trading day, the last day's prices again."""
        path, values = self.sandbox.folder / "day.csv", COLUMNS.split(", ")[3:]
        weekend = "case when extract(isodow from dt) = 5 then 3 else 1 end"
        rows = self.sandbox.rows(
            f"select ticker, dt + cast({weekend} as integer), {', '.join(values)} from raw.prices "
            "where dt = (select max(dt) from raw.prices)"
        )
        pd.DataFrame(rows, columns=["ticker", "dt", *values]).to_csv(path, index=False)
        ((delivered,),) = self.sandbox.rows(
            "select max(loaded_at) + interval '3 days' from raw.prices"
        )
        loaded_at = ("--loaded-at", delivered.isoformat(timespec="seconds"))
        return self.mlx("ingest", str(path), "--keep-bad", *loaded_at)

    def _copy_to_server(self, query: str) -> None:
        path = self.sandbox.folder / "prices.csv"
        with duckdb.connect() as connection:
            connection.execute(f"copy ({query}) to '{path}' (header false)")
        with self.sandbox.connect() as server, path.open() as rows:
            server.cursor().copy_expert(
                f"copy raw.prices ({COLUMNS}) from stdin (format csv)", rows
            )
            server.cursor().execute("analyze raw.prices")
        path.unlink()

    def _measure(self, module: str, args: tuple[str, ...], cores: int | None) -> Run:
        command = [sys.executable, "-m", module, *args]
        return run(
            command,
            env=self.sandbox.env,
            cwd=self.sandbox.folder,
            timeout=self.timeout,
            cores=cores,
        )


@contextmanager
def open_workplace(
    engine: str, folder: Path, server: Server | None, timeout: float
) -> Iterator[Workplace]:
    """Open an empty database in a fresh folder; both are gone afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sandbox = open_sandbox(engine, folder, server if engine == "postgres" else None)
    try:
        yield Workplace(sandbox, timeout)
    finally:
        sandbox.close()
        shutil.rmtree(folder, ignore_errors=True)
