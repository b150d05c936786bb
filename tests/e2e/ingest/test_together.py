"""Files of several kinds in one command: all are checked before anything is written."""

import re
from pathlib import Path

import pytest

from tests.e2e.ingest.helpers import GOOD, HEADER, csv
from tests.inprocess import mlx
from tests.sandbox import Sandbox, open_sandbox

SPELLS = "ticker,start,end\nA,2016-03-01,\n"
SECTORS = "ticker,name,sector\nA,Alpha,Energy\n"
FILES = {"p": GOOD, "u": SPELLS, "s": SECTORS}
ALL = ("ingest", "p.csv", "--universe", "u.csv", "--securities", "s.csv")


def write(folder: Path, **texts: str) -> None:
    """Write the files, some of them with another text: ``write(folder, u="ticker")``."""
    for name, text in {**FILES, **texts}.items():
        csv(folder / f"{name}.csv", text)


def content(sandbox: Sandbox) -> list[list[tuple[object, ...]]]:
    tables = ("prices", "universe", "securities")
    return [sorted(sandbox.rows(f"select * from raw.{table}"), key=repr) for table in tables]


@pytest.mark.parametrize(
    ("texts", "options", "told"),
    [
        ({"p": GOOD + "C,2016-03-02,x,1,1,1,1\n"}, (), "p.csv refused.*unreadable_open"),
        ({"u": SPELLS + "A,2016-03-02,\n"}, (), "u.csv refused.*overlapping_spells"),
        ({"u": "ticker,start,end\nA\n"}, (), "u.csv refused.*wrong_number_of_fields"),
        ({"s": SECTORS + "A,Alpha,Energy\n"}, (), "s.csv refused.*duplicate_ticker"),
        ({"s": "ticker,name\nA,Alpha\n"}, (), "s.csv: no column for sector"),
        ({}, ("--map", "shut=close"), "no column 'shut' to map to; ours are ticker, .*start_dt"),
        ({}, ("--loaded-at", "2016-03-03"), "loaded_at .* is not after the newest load"),
    ],
)
def test_one_bad_file_leaves_the_database_as_it_was(
    tables: Sandbox, texts: dict[str, str], options: tuple[str, ...], told: str
) -> None:
    write(tables.folder)
    mlx(tables, *ALL, "--loaded-at", "2016-03-03").ok()
    before = content(tables)
    assert [len(rows) for rows in before] == [3, 1, 1]
    write(tables.folder, **{name: text.replace("A,", "Z,") for name, text in FILES.items()} | texts)
    result = mlx(tables, *ALL, *options, "--json")
    assert result.exit_code in (1, 2)
    assert re.search(told, result.json()["error"]["message"]), result
    assert content(tables) == before


def test_each_file_gets_the_mapped_columns_that_it_may_have(tables: Sandbox) -> None:
    prices = GOOD.replace(HEADER, "code_no,trade_day,open,high,low,close,volume\n")
    spells = SPELLS.replace("ticker,start,end", "code_no,since,end")
    write(tables.folder, p=prices, u=spells, s=SECTORS.replace("ticker", "code_no"))
    mapped = ("ticker=code_no", "dt=trade_day", "start_dt=since", "sector=sector")
    options = [word for pair in mapped for word in ("--map", pair)]
    documents = mlx(tables, *ALL, *options, "--json").ok().json()
    assert {name: report["new"] for name, report in documents.items()} == {
        "prices": 3,
        "universe": 1,
        "securities": 1,
    }
    assert [len(rows) for rows in content(tables)] == [3, 1, 1]


def test_a_column_that_no_given_file_has_is_refused(tables: Sandbox) -> None:
    write(tables.folder)
    result = mlx(tables, "ingest", "p.csv", "--securities", "s.csv", "--map", "start_dt=dt")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: there is no column 'start_dt' to map to; ours are ")
    assert content(tables) == [[], [], []]


def test_a_bad_file_makes_no_database(tmp_path: Path) -> None:
    write(tmp_path, u=SPELLS + "A,2016-03-02,\n")
    result = mlx(open_sandbox("duckdb", tmp_path), *ALL)
    assert "overlapping_spells" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.csv", "s.csv", "u.csv"]
