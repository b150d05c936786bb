"""Whether the tables that dbt creates for ingest are there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models_ml.warehouse import open_warehouse

if TYPE_CHECKING:
    from models_ml.project import Project

# What is ingested together is written together, so there is one lock for it all.
LOCK = "ingest"
_TABLES = ("prices", "securities", "universe")


def source_tables_exist(project: Project) -> bool:
    """Whether `raw.prices`, `raw.universe` and `raw.securities` are there.

    If not, ``dbt run-operation create_source_tables`` makes them.

    Raises
    ------
    MlxError
        The warehouse cannot be reached.
    """
    if project.engine == "duckdb" and not Path(project.connection["path"]).exists():
        return False
    found = open_warehouse(project).read(
        "select table_name from information_schema.tables "
        "where table_schema = 'raw' and table_name in ('prices', 'securities', 'universe')"
    )
    return len(found) == len(_TABLES)
