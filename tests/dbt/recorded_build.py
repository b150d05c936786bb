"""What a dbt run does to the database, recorded once and repeated without dbt.

A dbt process costs seconds whatever the size of the data; the statements it sends to the engine
cost milliseconds on a small panel. Tests of long sequences of builds repeat those.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from tests.sandbox import Sandbox
from tests.tables import differences, read_table

EVALUATION = ("daily_ic", "quantile_returns", "calibration", "coverage")
SELECTION = (
    *("--select", "+labels", "+features"),
    *("int_rejected_prices", *(f"+{model}" for model in EVALUATION), "--threads", "1"),
)
READ_ONLY = re.compile(r"\s*(/\*.*?\*/)?\s*(select|describe|comment|analyze)\b", re.I | re.S)
FORECASTS = ["origin", "run_id", "horizon"]
KEYS = {
    "int_trading_days": ["dt"],
    "int_rejected_prices": ["ticker", "dt"],
    "int_price_grid": ["ticker", "dt"],
    "features_alpha158": ["ticker", "dt"],
    "labels": ["ticker", "dt"],
    "daily_ic": [*FORECASTS, "dt"],
    "quantile_returns": [*FORECASTS, "dt", "quantile"],
    "calibration": [*FORECASTS, "month", "volatility_bucket", "prob_from"],
    "coverage": [*FORECASTS, "level", "month", "volatility_bucket"],
}
OF_PRICES = tuple(table for table in KEYS if table not in EVALUATION)
# Ties of prices and returns must not depend on how they were built.
TO_THE_BIT = ("int_price_grid", "labels", "features_alpha158")
BOOKKEEPING = ["changed_at", "counted_at", "forecast_at"]

Panels = Mapping[str, pa.Table]


@dataclass(frozen=True)
class RecordedBuild:
    """The statements of a full run and of each way of an incremental one over the same tables."""

    sandbox: Sandbox
    full: tuple[str, ...] = field(repr=False)
    incremental: tuple[tuple[str, ...], ...] = field(repr=False)

    def build(self, way: int = 0, *, full_refresh: bool = False) -> None:
        """Repeat a run: every statement that changes something, in its order.

        `way` counts round the ways of an incremental run: DuckDB's features by rows, by columns.
        """
        incremental = self.incremental[way % len(self.incremental)]
        with self.sandbox.connect() as connection:
            cursor = connection.cursor()
            for statement in self.full if full_refresh else incremental:
                cursor.execute(statement)


def record_builds(sandbox: Sandbox, variables: Mapping[str, Any]) -> RecordedBuild:
    """Run dbt on a database with prices, and built before, until all kinds are on record."""
    arguments = ("run", *SELECTION, "--vars", json.dumps(variables))
    # A table that gives way to a new one takes the views on it along, on PostgreSQL.
    full = _recorded_run(sandbox, {"table", "incremental", "view"}, *arguments, "--full-refresh")
    ways = [arguments]
    if sandbox.engine == "duckdb":
        ways.append((*arguments[:-1], json.dumps({**variables, "few_new_rows": 0})))
    incremental = tuple(_recorded_run(sandbox, {"table", "incremental"}, *way) for way in ways)
    return RecordedBuild(sandbox, full, incremental)


def read_panels(sandbox: Sandbox, tables: Iterable[str] = KEYS) -> Panels:
    """Read what the builds must agree on."""
    return {table: read_table(sandbox, f"select * from mart.{table}") for table in tables}


def disagreements(one: Panels, other: Panels) -> list[str]:
    """Say table by table where two builds differ, but for rounding and the times of building."""
    found = []
    for table in one:
        exact = table in TO_THE_BIT
        lines = differences(one[table], other[table], KEYS[table], BOOKKEEPING, to_the_bit=exact)
        found += [f"{table}: {line}" for line in lines[:5]]
    return found


def _recorded_run(sandbox: Sandbox, kinds: set[str], *arguments: str) -> tuple[str, ...]:
    log = sandbox.folder / "logs" / "dbt.log"
    log.unlink(missing_ok=True)
    sandbox.run_dbt("--log-format-file", "json", "--log-level-file", "debug", *arguments).ok()
    events = [json.loads(line) for line in log.read_text().splitlines()]
    queries = [event["data"]["sql"] for event in events if _is_of_a_model(event, kinds)]
    return tuple(query for query in queries if not READ_ONLY.match(query))


def _is_of_a_model(event: dict[str, Any], kinds: set[str]) -> bool:
    node = event["data"].get("node_info") or {}
    return (
        event["info"]["name"] == "SQLQuery"
        and node.get("resource_type") == "model"
        and node["materialized"] in kinds
    )
