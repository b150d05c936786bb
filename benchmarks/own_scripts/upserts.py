"""Write a million predictions into PostgreSQL: by our upsert, and by COPY and one statement."""

import argparse
import io
import json
import time
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg2
import pyarrow as pa
from pyarrow import csv

from models_ml.project import Project, load_project
from models_ml.warehouse import open_warehouse, upsert

TICKERS = 2000
KEY = ("ticker", "dt", "horizon")
VALUES = ("yhat", "yhat_std", "prob_up", "yhat_lo", "yhat_hi")


def predictions(n_rows: int) -> pa.Table:
    """Return rows of ``ml.preds`` in key order."""
    days = [date(2020, 1, 1) + timedelta(n) for n in range(n_rows // TICKERS)]
    random = np.random.default_rng(7)
    return pa.table(
        {
            "ticker": [f"T{n:04}" for n in range(TICKERS) for _ in days],
            "dt": pa.array(days * TICKERS, pa.date32()),
            "horizon": pa.array([1] * n_rows, pa.int32()),
            **{name: random.normal(size=n_rows) for name in VALUES},
            "model_id": ["model"] * n_rows,
            "run_id": ["run"] * n_rows,
            "known_at": pa.array([datetime(2020, 1, 1)] * n_rows, pa.timestamp("us")),
            "created_at": pa.array([datetime(2020, 1, 1)] * n_rows, pa.timestamp("us")),
        }
    )


def by_upsert(project: Project, rows: pa.Table) -> int:
    """Write as mlx does; the number of rows written."""
    with open_warehouse(project).transaction("preds") as transaction:
        result = upsert(
            transaction, f"{project.ml}.preds", rows, key=KEY, keep=("run_id", "created_at")
        )
    return result.written


def by_copy(project: Project, rows: pa.Table) -> int:
    """Write by COPY into a temporary table and one INSERT … ON CONFLICT."""
    text = io.BytesIO()
    csv.write_csv(rows, text, csv.WriteOptions(include_header=False))
    text.seek(0)
    columns = ", ".join(rows.column_names)
    updates = ", ".join(f"{name} = excluded.{name}" for name in rows.column_names[len(KEY) :])
    with psycopg2.connect(**connection_of(project)) as connection, connection.cursor() as cursor:
        cursor.execute(f"create temp table fresh (like {project.ml}.preds) on commit drop")
        cursor.copy_expert(f"copy fresh ({columns}) from stdin (format csv)", text)
        cursor.execute(
            f"insert into {project.ml}.preds ({columns}) select {columns} from fresh "
            f"on conflict ({', '.join(KEY)}) do update set {updates}"
        )
        return int(cursor.rowcount)


def connection_of(project: Project) -> dict[str, Any]:
    """Return psycopg2's arguments for the project's target."""
    names = {"host": "host", "port": "port", "user": "user", "password": "password"}
    found = {ours: project.connection.get(theirs) for ours, theirs in names.items()}
    database = project.connection.get("dbname") or project.connection.get("database")
    return {**{name: value for name, value in found.items() if value}, "dbname": database}


def main() -> None:
    """Empty the table, write twice; seconds and rows written as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=("upsert", "copy"))
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    project, rows = load_project(), predictions(options.rows)
    with psycopg2.connect(**connection_of(project)) as connection, connection.cursor() as cursor:
        cursor.execute(f"truncate {project.ml}.preds")
    write = by_upsert if options.way == "upsert" else by_copy
    begin = time.perf_counter()
    written = write(project, rows)
    first = time.perf_counter() - begin
    begin = time.perf_counter()
    again = write(project, rows)
    second = time.perf_counter() - begin
    print(json.dumps({"first": first, "second": second, "written": written, "again": again}))


if __name__ == "__main__":
    main()
