"""What the tests of ingest share."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models_ml.ingest import IngestReport
from tests.sandbox import Sandbox

HEADER = "ticker,date,open,high,low,close,volume\n"
GOOD = HEADER + "A,2016-03-01,10,12,9,11,100\nA,2016-03-02,11,12,9,10,200\nB,2016-03-01,5,6,4,5,\n"


def use_sandbox(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sandbox.env.items():
        if name.startswith("MLX_") or name.startswith("DBT_"):
            monkeypatch.setenv(name, value)


def csv(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def versions(sandbox: Sandbox, columns: str = "ticker, dt, close, volume") -> list[tuple[Any, ...]]:
    return sandbox.rows(f"select {columns} from raw.prices order by ticker, dt, loaded_at")


def counts(report: IngestReport) -> tuple[int, int, int, int, int]:
    return report.read, report.new, report.changed, report.unchanged, report.refused


def day(number: int) -> date:
    return date(2016, 3, number)
