"""Every generic test of ours passes on good data and fails on bad data, on each engine."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sandbox import ROOT, Sandbox

GENERIC = ROOT / "dbt_project" / "tests" / "generic"
IS_SINCE = ROOT / "dbt_project" / "macros" / "cross_db" / "is_since.sql"

CALENDAR = """
    select cast('2024-01-05' as date) as dt, true as is_open union all
    select cast('2024-01-06' as date) as dt, false as is_open union all
    select cast('2024-01-08' as date) as dt, true as is_open union all
    select cast('2024-01-09' as date) as dt, true as is_open
"""


@dataclass(frozen=True)
class Case:
    """Rows on which a test passes, and rows on which it finds so many failures each time."""

    good: tuple[str, ...]
    bad: tuple[tuple[str, int], ...]
    arguments: dict[str, Any] = field(default_factory=dict)


def values(columns: str, *rows: str) -> str:
    """Return a select of literal rows."""
    names = ", ".join(columns.split())
    return f"select * from (values {', '.join(f'({row})' for row in rows)}) as t ({names})"


def panel(column: str, *cells: str) -> str:
    """Return a select of one ticker's cells, a day each."""
    rows = (f"'A', date '2024-01-{day:02}', {cell}" for day, cell in enumerate(cells, 1))
    return values(f"ticker dt {column}", *rows)


def labels(end_1: str, end_2: str, ret_1: str = "0.5", ret_2: str = "0.5") -> str:
    """Return one row of labels of Friday the 5th."""
    return f"""
        select 'A' as ticker, date '2024-01-05' as dt,
            cast({ret_1} as double precision) as label_ret_1d,
            cast({end_1} as date) as label_end_dt_1d,
            cast({ret_2} as double precision) as label_ret_2d,
            cast({end_2} as date) as label_end_dt_2d
    """


def days(*of_each_ticker: tuple[str, ...]) -> str:
    """Return a select of tickers A, B … with the days of January 2024 given for each."""
    rows = (
        f"'{ticker}', date '2024-01-{day}'"
        for ticker, own in zip("ABC", of_each_ticker, strict=False)
        for day in own
    )
    return values("ticker dt", *rows)


def shares(*rows: str) -> str:
    """Return a select of groups with horizon, events, rows and days, expecting 80 %."""
    named = values("name horizon n_covered n_rows n_days", *rows)
    return f"select named.*, cast(0.8 as double precision) as level from ({named}) as named"


CASES = {
    "equal_rowcount": Case(
        good=(
            days(("05", "08", "09"), ("05",)),
            # A part of a model: the days before its first are not compared.
            days(("08", "09")),
        ),
        bad=(
            (days(("05", "09"), ("05",)), 1),
            (days(("05", "08", "09"), ("05", "09")), 1),
            (days(("05", "08", "09", "10")), 2),
            ("select * from (select 'A' as ticker, date '2024-01-05' as dt) as t where 1 = 0", 3),
        ),
        arguments={"compare_model": "ref('four_rows')"},
    ),
    "expression_is_true": Case(
        good=(values("x", "1", "2"),),
        bad=((values("x", "1", "-1", "0"), 2), (values("x", "1", "null"), 1)),
        arguments={"expression": "x > 0"},
    ),
    "is_empty": Case(
        good=("select 1 as x where 1 = 0",),
        bad=((values("x", "1", "null"), 2),),
    ),
    "is_finite": Case(
        good=(
            panel("x", "cast(1 as double precision)", "null", "-1e300"),
            panel("x", "cast(1 as real)", "null"),
            panel("x", "'NaN'"),
        ),
        bad=(
            *(
                (panel("x", "cast(0 as real)", f"cast('{value}' as {width})"), 1)
                for width in ("real", "double precision")
                for value in ("NaN", "Infinity", "-Infinity")
            ),
            (panel("y x", "1, cast('NaN' as real)", "2, cast('NaN' as real)"), 2),
        ),
    ),
    "labels_end_later": Case(
        good=(
            labels("'2024-01-08'", "'2024-01-09'"),
            labels("'2024-01-08'", "null", ret_2="null"),
            labels("'2024-01-08'", "'2024-01-09'", ret_1="null"),
        ),
        bad=(
            (labels("'2024-01-05'", "'2024-01-09'"), 1),
            (labels("'2024-01-08'", "'2024-01-04'"), 1),
            (labels("'2024-01-08'", "null"), 1),
            (labels("'2024-01-09'", "'2024-01-08'"), 1),
            (labels("'2024-01-08'", "'2024-01-08'"), 1),
            (labels("null", "'2024-01-09'", ret_1="null"), 1),
        ),
    ),
    "no_calendar_gaps": Case(
        good=(days(("05", "08", "09"), ("08",)), days(("08", "09"), ("05", "08"))),
        bad=((days(("05", "09"), ("08", "09")), 1), (days(("05", "06", "08"), ("05", "09")), 2)),
    ),
    "within_binomial_bounds": Case(
        good=(
            # 100 days a group: 80 % +- 12 points, whatever the number of rows
            shares("'a', 1, 7000, 10000, 100", "'b', 1, 91, 100, 100"),
            # parts of a group outside the bounds, the group within
            shares("'a', 1, 600, 1000, 100", "'a', 1, 1000, 1000, 100"),
            # labels of 5 days overlap: 20 draws, +- 26.8 points
            shares("'a', 5, 54, 100, 100"),
        ),
        bad=(
            (shares("'a', 1, 6700, 10000, 100", "'b', 1, 93, 100, 100", "'c', 1, 80, 100, 1"), 2),
            (shares("'a', 1, 60, 100, 50", "'a', 1, 70, 100, 50"), 1),
            (shares("'a', 5, 53, 100, 100"), 1),
        ),
        arguments={
            "events": "n_covered",
            "expected": "level",
            "rows": "n_rows",
            "days": "n_days",
            "by": ["name"],
        },
    ),
    "unique_combination": Case(
        good=(values("a b", "1, 1", "1, 2", "2, 1"),),
        bad=((values("a b", "1, 1", "1, 1", "2, 1", "1, null", "1, null"), 2),),
        arguments={"columns": ["a", "b"]},
    ),
}
EXPECTED = {
    f"{name}__{verdict}_{number}": failures
    for name, case in CASES.items()
    for verdict, rows in (("good", [(sql, 0) for sql in case.good]), ("bad", case.bad))
    for number, (_, failures) in enumerate(rows)
}


def write_project(folder: Path) -> None:
    """Write a dbt project with our generic tests, the macro they use and their cases as models."""
    project = {
        "name": "mlx",
        "profile": "mlx",
        "flags": {"require_generic_test_arguments_property": True},
        "vars": {"horizons": [1, 2]},
    }
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
    shutil.copytree(GENERIC, folder / "tests" / "generic")
    (folder / "macros").mkdir()
    shutil.copy(IS_SINCE, folder / "macros")
    models = folder / "models"
    models.mkdir()
    (models / "int_trading_days.sql").write_text(CALENDAR)
    (models / "four_rows.sql").write_text(days(("05", "08", "09"), ("05",)))
    described = []
    for name, case in CASES.items():
        for verdict, rows in (("good", case.good), ("bad", [sql for sql, _ in case.bad])):
            for number, sql in enumerate(rows):
                model = f"{name}__{verdict}_{number}"
                (models / f"{model}.sql").write_text(sql)
                test = {name: {"name": f"test_{model}", "arguments": case.arguments}}
                described.append({"name": model, "data_tests": [test]})
    (models / "cases.yml").write_text(yaml.safe_dump({"models": described}))


def test_every_generic_test_has_cases() -> None:
    assert {path.stem for path in GENERIC.glob("*.sql")} == set(CASES)
    assert all(case.good and case.bad for case in CASES.values())


@pytest.fixture
def project(empty_sandbox: Sandbox) -> Path:
    folder = empty_sandbox.folder / "project"
    folder.mkdir()
    write_project(folder)
    return folder


def test_generic_tests_tell_good_from_bad(empty_sandbox: Sandbox, project: Path) -> None:
    done = empty_sandbox.run_dbt("build", env={"DBT_PROJECT_DIR": str(project)})
    assert done.exit_code == 1, done
    results = json.loads((empty_sandbox.folder / "target" / "run_results.json").read_bytes())
    verdicts = {
        result["unique_id"].split(".")[2].removeprefix("test_"): result
        for result in results["results"]
        if result["unique_id"].startswith("test.")
    }
    errors = {name: r["message"] for name, r in verdicts.items() if r["status"] == "error"}
    assert errors == {}
    assert {name: result["failures"] for name, result in verdicts.items()} == EXPECTED
