"""Rows come back with the same types and values from both engines."""

import math
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from models_ml.errors import MlxError, UsageError
from models_ml.warehouse import Warehouse, columns_sql, identifier
from models_ml.warehouse.duckdb import DuckDBWarehouse

HOSTILE = [
    "A'; drop table t; --",
    '"; drop table t; --',
    "%s %(x)s 100%",
    "$1 ${x} :k ::k",
    "{{ x }}",
    "back\\slash \\N \\.",
    "line\nbreak\r\nand, comma",
    "smile 🙂 ünïcode",
    "",
    " ",
    "null",
    "x" * 10_000,
]


def test_types_and_values(warehouse: Warehouse) -> None:
    table = warehouse.read(
        "select cast(1 as smallint) as s, cast(2 as integer) as i, cast(3 as bigint) as b, "
        "cast(0.1 as real) as r, cast(0.1 as double precision) as d, cast('x' as varchar) as v, "
        "date '2024-02-29' as day, timestamp '2024-02-29 23:59:59.123456' as moment, "
        "true as yes, false as no"
    )
    assert table.schema == pa.schema(
        {
            "s": pa.int16(),
            "i": pa.int32(),
            "b": pa.int64(),
            "r": pa.float32(),
            "d": pa.float64(),
            "v": pa.string(),
            "day": pa.date32(),
            "moment": pa.timestamp("us"),
            "yes": pa.bool_(),
            "no": pa.bool_(),
        }
    )
    (row,) = table.to_pylist()
    assert row.pop("r") == pytest.approx(0.1, abs=1e-8)
    assert row == {
        "s": 1,
        "i": 2,
        "b": 3,
        "d": 0.1,
        "v": "x",
        "day": date(2024, 2, 29),
        "moment": datetime(2024, 2, 29, 23, 59, 59, 123456),
        "yes": True,
        "no": False,
    }


@pytest.mark.parametrize(
    "sql_type",
    ["integer", "bigint", "real", "double precision", "varchar", "date", "timestamp", "boolean"],
)
def test_null_of_every_type(warehouse: Warehouse, sql_type: str) -> None:
    alone = warehouse.read(f"select cast(null as {sql_type}) as x")
    assert alone["x"].to_pylist() == [None]
    beside = warehouse.read(f"select cast(null as {sql_type}) as x, 'a' as y")
    assert beside.to_pylist() == [{"x": None, "y": "a"}]


def test_null_is_not_the_empty_text(warehouse: Warehouse) -> None:
    table = warehouse.read(
        "select v from (values (1, ''), (2, null), (3, 'NULL')) as rows_given (k, v) order by k"
    )
    assert table["v"].to_pylist() == ["", None, "NULL"]


def test_floats_that_are_not_finite(warehouse: Warehouse) -> None:
    table = warehouse.read(
        "select cast('NaN' as double precision) as a, cast('Infinity' as double precision) as b, "
        "cast('-Infinity' as real) as c, cast(null as double precision) as d"
    )
    (row,) = table.to_pylist()
    assert math.isnan(row["a"])
    assert (row["b"], row["c"], row["d"]) == (math.inf, -math.inf, None)


def test_every_digit_of_a_double(warehouse: Warehouse) -> None:
    value = warehouse.read("select 0.1 + cast(0.2 as double precision) as x")["x"][0].as_py()
    assert value == 0.30000000000000004


def test_no_rows_have_columns_and_types_nevertheless(warehouse: Warehouse) -> None:
    table = warehouse.read("select k, v from t where k < 0")
    assert table.num_rows == 0
    assert table.schema == pa.schema({"k": pa.int32(), "v": pa.string()})


def test_a_row_for_each_null_in_a_single_column(warehouse: Warehouse) -> None:
    values = "values (1, null), (2, 'x'), (3, null), (4, null)"
    table = warehouse.read(f"select v from ({values}) as given (k, v) order by k")
    assert table["v"].to_pylist() == [None, "x", None, None]


@pytest.mark.parametrize("bound", [{}, {"n": 7}], ids=["alone", "beside a value"])
def test_per_cent_signs_and_colons_in_sql_text(warehouse: Warehouse, bound: dict[str, Any]) -> None:
    extra = ", cast(:n as integer) as n" if bound else ", 7 as n"
    table = warehouse.read(
        "select 100 % 7 as remainder, 'a%b' like 'a\\%b' escape '\\' as matches, "
        f"'12:30:05' as clock, 'x:y' as pair, 5::integer as five, '%s' as pattern{extra}",
        bound,
    )
    assert table.to_pylist() == [
        {
            "remainder": 2,
            "matches": True,
            "clock": "12:30:05",
            "pair": "x:y",
            "five": 5,
            "pattern": "%s",
            "n": 7,
        }
    ]


def test_bound_values_of_each_kind(warehouse: Warehouse) -> None:
    table = warehouse.read(
        "select cast(:i as bigint) as i, cast(:f as double precision) as f, "
        "cast(:day as date) as day, cast(:moment as timestamp) as moment, "
        "cast(:nothing as varchar) as nothing, 'b' = any(:names) as found",
        {
            "i": 2**40,
            "f": 0.1,
            "day": date(2024, 2, 29),
            "moment": datetime(2024, 2, 29, 1, 2, 3, 4),
            "nothing": None,
            "names": ["a", "b"],
        },
    )
    assert table.to_pylist() == [
        {
            "i": 2**40,
            "f": 0.1,
            "day": date(2024, 2, 29),
            "moment": datetime(2024, 2, 29, 1, 2, 3, 4),
            "nothing": None,
            "found": True,
        }
    ]


def test_hostile_text_is_bound_and_comes_back(warehouse: Warehouse) -> None:
    for text in HOSTILE:
        row = warehouse.read(
            "select cast(:v as varchar) as v, :v = any(:names) as among",
            {"v": text, "names": HOSTILE},
        ).to_pylist()[0]
        assert row == {"v": text, "among": True}
    assert warehouse.read("select * from t").num_rows == 0, "the table is gone"


def test_hostile_text_is_written_and_comes_back(warehouse: Warehouse) -> None:
    with warehouse.transaction("test") as transaction:
        for k, text in enumerate(HOSTILE):
            inserted = transaction.execute(
                "insert into t (k, v) values (:k, :v)", {"k": k, "v": text}
            )
            assert inserted == 1
    assert warehouse.read("select v from t order by k")["v"].to_pylist() == HOSTILE


@pytest.mark.parametrize("name", ["a b", "A", "1a", 'a"', "a;b", "", "a" * 64, "ä", "a-b", "a\n"])
def test_a_name_that_could_be_sql_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="not a usable name"):
        identifier(name)
    with pytest.raises(UsageError):
        columns_sql(["fine", name])


def test_usable_names_are_joined() -> None:
    assert columns_sql(["ma5", "_x", "a" * 63]) == "ma5, _x, " + "a" * 63


@pytest.mark.parametrize(
    ("sql", "fact"),
    [
        ("select * from nosuch", "no .*table.* nosuch|relation .nosuch. does not exist"),
        ("select * from nowhere.t", "nowhere"),
        ("select nosuch from t", 'column.*nosuch|"nosuch"'),
        ("insert into t (nosuch) select 1", "nosuch"),
        ("insert into nowhere.t (k) values (1)", "nowhere"),
    ],
)
def test_what_is_missing_is_named_and_dbt_build_suggested(
    warehouse: Warehouse, sql: str, fact: str
) -> None:
    with (
        pytest.raises(MlxError, match=fact) as caught,
        warehouse.transaction("test") as transaction,
    ):
        transaction.execute(sql)
    assert caught.value.exit_code == 1
    assert caught.value.hint == "dbt build"
    assert "\n" not in caught.value.message


def test_another_refusal_is_one_line(warehouse: Warehouse) -> None:
    with pytest.raises(MlxError, match=r"^(DuckDB|PostgreSQL) refused: .*dup") as caught:
        with warehouse.transaction("test") as transaction:
            transaction.execute("insert into t (k) values (1), (1)")
    assert "\n" not in caught.value.message


def test_duckdb_reads_in_bounded_memory_and_writes_without(tmp_path: Path) -> None:
    """Beside a matrix there is no room for every block that was read."""
    warehouse = DuckDBWarehouse(str(tmp_path / "mlx.duckdb"))
    asked = "select current_setting('memory_limit') as size, current_setting('threads') as n"
    with warehouse.transaction("test") as transaction:
        unbounded = transaction.read(asked).to_pylist()[0]
    bounded = warehouse.read(asked).to_pylist()[0]
    size, unit = bounded["size"].split()
    assert unit == "MiB"
    assert float(size) == pytest.approx((256 + 128 * bounded["n"]) * 1e6 / 2**20, abs=0.1)
    assert unbounded["size"].endswith("GiB")
