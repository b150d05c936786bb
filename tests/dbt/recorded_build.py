"""What a dbt run does to the database, recorded once and repeated without dbt.

A dbt process costs seconds whatever the size of the data; the statements it sends to the engine
cost milliseconds on a small panel. Tests of long sequences of builds repeat those.
"""

import json
import re
from dataclasses import dataclass

from tests.sandbox import Sandbox

SELECTION = ("--select", "+labels", "+features", "int_rejected_prices", "--threads", "1")
READ_ONLY = re.compile(r"\s*(/\*.*?\*/)?\s*(select|describe|comment|analyze)\b", re.I | re.S)


@dataclass(frozen=True)
class RecordedBuild:
    """The statements of a full and of an incremental run over the same tables."""

    sandbox: Sandbox
    full: tuple[str, ...]
    incremental: tuple[str, ...]

    def build(self, *, full_refresh: bool = False) -> None:
        """Repeat a run: every statement that changes something, in its order."""
        with self.sandbox.connect() as connection:
            cursor = connection.cursor()
            for statement in self.full if full_refresh else self.incremental:
                cursor.execute(statement)


def record_builds(sandbox: Sandbox, *options: str) -> RecordedBuild:
    """Run dbt on a database with some prices until both kinds of run are on record."""
    arguments = ("run", *SELECTION, *options)
    sandbox.run_dbt(*arguments).ok()
    full = _recorded_run(sandbox, *arguments, "--full-refresh")
    return RecordedBuild(sandbox, full, _recorded_run(sandbox, *arguments))


def _recorded_run(sandbox: Sandbox, *arguments: str) -> tuple[str, ...]:
    log = sandbox.folder / "logs" / "dbt.log"
    log.unlink(missing_ok=True)
    sandbox.run_dbt("--log-format-file", "json", "--log-level-file", "debug", *arguments).ok()
    events = [json.loads(line) for line in log.read_text().splitlines()]
    return tuple(
        statement
        for event in events
        if event["info"]["name"] == "SQLQuery"
        and (event["data"].get("node_info") or {}).get("resource_type") == "model"
        and event["data"]["node_info"]["materialized"] != "view"
        and not READ_ONLY.match(statement := event["data"]["sql"])
    )
