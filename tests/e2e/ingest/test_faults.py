"""Faults: a killed process, two writers at once, hostile text, no tables."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from pyarrow import csv as arrow_csv

from models_ml.errors import MlxError
from models_ml.ingest import ingest, source_tables_exist
from models_ml.project import load_project
from tests.e2e.ingest.helpers import GOOD, counts, csv, day, use_sandbox, versions
from tests.sandbox import Sandbox


def test_tickers_that_look_like_sql_are_only_text(tables: Sandbox) -> None:
    hostile = [
        "A'; drop table raw.prices; --",
        '"',
        "%s",
        "%(x)s",
        "$1",
        ":a",
        "{{ x }}",
        "\\",
        "NA",
    ]
    rows = pa.table(
        {
            "ticker": hostile,
            "date": [day(1)] * len(hostile),
            **{name: [10.0] * len(hostile) for name in ("open", "high", "low", "close", "volume")},
        }
    )
    arrow_csv.write_csv(rows, tables.folder / "a.csv")
    assert ingest(tables.folder / "a.csv").new == len(hostile)
    assert ingest(tables.folder / "a.csv").unchanged == len(hostile)
    assert sorted(row[0] for row in versions(tables)) == sorted(hostile)


KILLED = """
import os, signal, sys
from models_ml.ingest import ingest, versions

versions._SLICE_ROWS = 1
write_staged, written = versions._write_staged, 0

def write_and_die(*args):
    global written
    done = write_staged(*args)
    written += 1
    if written == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return done

versions._write_staged = write_and_die
ingest(sys.argv[1])
"""


def test_a_killed_ingest_leaves_nothing_and_can_be_repeated(tables: Sandbox) -> None:
    ingest(csv(tables.folder / "a.csv", GOOD))
    before = versions(tables, "*")
    text = GOOD.replace(",10,12,", ",10,13,").replace(",11,12,", ",11,13,")
    changed = csv(tables.folder / "b.csv", text)
    for slices in ("1", "2"):
        command = [sys.executable, "-c", KILLED, str(changed), slices]
        assert subprocess.run(command, env=tables.env).returncode == -signal.SIGKILL
        assert versions(tables, "*") == before
    assert counts(ingest(changed)) == (3, 0, 2, 1, 0)


def test_two_at_once_add_each_row_once(tables: Sandbox) -> None:
    file = csv(tables.folder / "a.csv", GOOD)
    code = "import sys; from models_ml.ingest import ingest; print(ingest(sys.argv[1]).new)"

    def run(_: int) -> str:
        command = [sys.executable, "-c", code, str(file)]
        return subprocess.run(
            command, env=tables.env, capture_output=True, text=True, check=True
        ).stdout.strip()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, range(2))) == ["0", "3"]
    assert len(versions(tables)) == 3


def test_no_tables_yet(empty_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    use_sandbox(empty_sandbox, monkeypatch)
    assert not source_tables_exist(load_project())
    with pytest.raises(MlxError, match=r"no (such )?(table|schema)"):
        ingest(csv(empty_sandbox.folder / "a.csv", GOOD))
    empty_sandbox.run_dbt("run-operation", "create_source_tables").ok()
    assert source_tables_exist(load_project())
