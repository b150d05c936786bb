"""The two databases behind one protocol; every engine difference of the Python side is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models_ml.warehouse.base import Transaction, Warehouse, columns_sql, identifier
from models_ml.warehouse.upsert import append, upsert, upsert_each

if TYPE_CHECKING:
    from models_ml.project import Project

__all__ = [
    "Transaction",
    "Warehouse",
    "append",
    "columns_sql",
    "identifier",
    "open_warehouse",
    "upsert",
    "upsert_each",
]


def open_warehouse(project: Project) -> Warehouse:
    """Return the warehouse of the project's target; nothing is connected yet."""
    if project.engine == "duckdb":
        from models_ml.warehouse.duckdb import DuckDBWarehouse

        return DuckDBWarehouse(project.connection["path"], lock_timeout=project.lock_timeout)
    from models_ml.warehouse.postgres import PostgresWarehouse

    return PostgresWarehouse(project.connection, lock_timeout=project.lock_timeout)
