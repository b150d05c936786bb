"""The feature matrix stands in key order, whatever the order of rows, tickers and blocks."""

import hashlib
import math
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from models_ml.errors import MlxError
from models_ml.label_counts import count_labels
from models_ml.panel import Selection
from models_ml.panel_matrix import read_matrix
from models_ml.panel_reading import read_panel, read_trading_days
from models_ml.warehouse import Warehouse, open_warehouse
from tests.inprocess import project_of
from tests.postgres import Server
from tests.sandbox import Sandbox, open_sandbox

# Their order differs between code points and dictionaries.
TICKERS = ["A-B", "AAA", "A'; drop table x", "Zz", "_x", "a", "aab", "Ä"]
DAYS = [date(1969, 12, 30), date(1970, 1, 2), date(2024, 2, 29), date(2024, 3, 1)]
COLUMNS = """
    dt date, f2 real, f1 real, label_ret_1d double precision, label_excess_1d double precision,
    label_rank_1d double precision, label_end_dt_1d date, label_ret_5d double precision
"""
Row = tuple[str, date, float | None, float, float | None]


def rows() -> list[Row]:
    """Return ticker, day, f1, f2 and label; no gap and no order is the same for two tickers."""
    return [
        (
            ticker,
            day,
            None if (i + j) % 3 == 0 else i + j / 8,
            float(-i),
            None if day == DAYS[-1] else i / 10 - j,
        )
        for i, ticker in enumerate(TICKERS)
        for j, day in enumerate(DAYS)
        if (i + 2 * j) % 5
    ]


def literal(value: object) -> str:
    if value is None:
        return "null"
    return str(value) if isinstance(value, float) else "'" + str(value).replace("'", "''") + "'"


def insert(sandbox: Sandbox, given: list[Row]) -> None:
    """Fill a training set of our own; the excess label is the label plus 100, the rank plus 200."""
    sandbox.execute("delete from fake.training_set")
    values = [
        ", ".join(map(literal, (ticker, day, f2, f1, label, *later(day, label))))
        for ticker, day, f1, f2, label in given
    ]
    all_rows = ", ".join(f"({row})" for row in values)
    sandbox.execute(f"insert into fake.training_set values {all_rows}")


def later(day: date, label: float | None) -> tuple[object, ...]:
    """Return excess label, rank label, day of the label's end, and no label for 5 days."""
    if label is None:
        return (None, None, None, None)
    return (label + 100, label + 200, DAYS[DAYS.index(day) + 1], None)


@pytest.fixture(scope="module")
def place(
    engine: str, server: Server | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    opened = open_sandbox(engine, tmp_path_factory.mktemp("place"), server)
    collation = "" if server is None else dictionary_collation(opened)
    opened.execute("create schema fake")
    opened.execute(f"create table fake.training_set (ticker varchar {collation}, {COLUMNS})")
    insert(opened, rows())
    yield opened
    opened.close()


def dictionary_collation(sandbox: Sandbox) -> str:
    """Return a collation that does not sort by code point, where the server has one."""
    found = sandbox.rows("select collname from pg_collation where collname = 'und-x-icu'")
    return f'collate "{found[0][0]}"' if found else ""


@pytest.fixture
def warehouse(place: Sandbox) -> Warehouse:
    return open_warehouse(project_of(place))


def in_key_order(given: list[Row]) -> list[Row]:
    return sorted(given, key=lambda row: (row[1], row[0]))


def test_rows_are_sorted_by_day_then_ticker(warehouse: Warehouse) -> None:
    panel = read_panel(warehouse, "fake", ["f1", "f2"], horizon=1, labelled=False)
    expected = in_key_order(rows())
    assert panel.ticker.tolist() == [row[0] for row in expected]
    assert panel.dt.tolist() == [row[1] for row in expected]
    assert panel.n_rows == len(expected)


def test_every_value_stands_in_its_row_and_null_is_nan(warehouse: Warehouse) -> None:
    panel = read_panel(warehouse, "fake", ["f1", "f2"], horizon=1, labelled=False)
    expected = in_key_order(rows())
    matrix = [[math.nan if row[2] is None else row[2], row[3]] for row in expected]
    label = [math.nan if row[4] is None else row[4] for row in expected]
    assert panel.matrix.dtype == np.float32
    assert panel.matrix.flags.c_contiguous
    np.testing.assert_array_equal(panel.matrix, np.array(matrix, np.float32))
    np.testing.assert_array_equal(panel.label, label)
    assert panel.label_end.tolist() == [
        None if row[4] is None else DAYS[DAYS.index(row[1]) + 1] for row in expected
    ]


def test_columns_of_the_matrix_are_those_asked_in_their_order(warehouse: Warehouse) -> None:
    one = read_panel(warehouse, "fake", ["f2", "f1"], horizon=1)
    other = read_panel(warehouse, "fake", ["f1", "f2"], horizon=1)
    np.testing.assert_array_equal(one.matrix, other.matrix[:, ::-1])
    assert one.features == ("f2", "f1")


@pytest.mark.parametrize(("target", "added"), [("raw", 0), ("excess", 100), ("rank", 200)])
def test_the_target_is_the_label_asked_and_the_label_stays_the_return(
    warehouse: Warehouse, target: str, added: float
) -> None:
    panel = read_panel(warehouse, "fake", ["f1"], horizon=1, target=target)
    np.testing.assert_allclose(panel.target, panel.label + added)
    assert np.isfinite(panel.target).all()


def test_labelled_leaves_out_days_whose_label_has_not_come(warehouse: Warehouse) -> None:
    panel = read_panel(warehouse, "fake", ["f1"], horizon=1)
    assert panel.dt.max() == np.datetime64(DAYS[-2])
    assert panel.n_rows == sum(row[4] is not None for row in rows())


@pytest.mark.parametrize(
    "selection",
    [
        Selection(tickers=("aab", "A'; drop table x")),
        Selection(start=DAYS[1], end=DAYS[2]),
        Selection(tickers=("Zz", "_x", "nosuch"), start=DAYS[2]),
        Selection(end=DAYS[0]),
    ],
)
def test_a_selection_gives_its_rows_alone(warehouse: Warehouse, selection: Selection) -> None:
    panel = read_panel(
        warehouse, "fake", ["f1", "f2"], horizon=1, selection=selection, labelled=False
    )
    expected = [
        row
        for row in in_key_order(rows())
        if (selection.tickers is None or row[0] in selection.tickers)
        and (selection.start or DAYS[0]) <= row[1] <= (selection.end or DAYS[-1])
    ]
    assert panel.ticker.tolist() == [row[0] for row in expected]
    np.testing.assert_array_equal(panel.matrix[:, 1], [row[3] for row in expected])


def test_the_fingerprint_is_of_keys_labels_and_features(warehouse: Warehouse) -> None:
    expected = in_key_order(rows())
    digest = hashlib.sha256(b"f1\nf2")
    digest.update("\n".join(row[0] for row in expected).encode())
    digest.update(np.array([row[1] for row in expected], "datetime64[D]").tobytes())
    label = np.array([math.nan if row[4] is None else row[4] for row in expected])
    digest.update((label + 200).tobytes())
    digest.update(label.tobytes())
    matrix = [[math.nan if row[2] is None else row[2], row[3]] for row in expected]
    digest.update(np.array(matrix, np.float32).tobytes())
    panel = read_panel(warehouse, "fake", ["f1", "f2"], horizon=1, target="rank", labelled=False)
    assert panel.fingerprint() == digest.hexdigest()


def test_the_fingerprint_knows_each_value_but_not_the_order_of_rows(
    warehouse: Warehouse, place: Sandbox
) -> None:
    def fingerprint(given: list[Row]) -> str:
        insert(place, given)
        return read_panel(warehouse, "fake", ["f1", "f2"], horizon=1).fingerprint()

    first, *others = rows()
    try:
        known = fingerprint([first, *others])
        assert fingerprint([*others[::-1], first]) == known
        ticker, day, f1, f2, label = first
        assert label is not None and f1 is not None
        changed: list[Row] = [
            ("AB", day, f1, f2, label),
            (ticker, DAYS[0], f1, f2, label)
            if day != DAYS[0]
            else (ticker, DAYS[1], f1, f2, label),
            (ticker, day, f1 + 0.5, f2, label),
            (ticker, day, None, f2, label),
            (ticker, day, f1, f2, label + 1e-12),
        ]
        assert len({known, *(fingerprint([row, *others]) for row in changed)}) == 6
    finally:
        insert(place, rows())


def test_no_such_rows_say_what_there_is(warehouse: Warehouse) -> None:
    selection = Selection(("NOSUCH",), start=DAYS[1])
    with pytest.raises(MlxError) as caught:
        read_panel(warehouse, "fake", ["f1"], horizon=1, selection=selection)
    assert caught.value.message == (
        "fake.training_set has no rows for NOSUCH, 1970-01-02 to the last day: "
        "it holds 8 tickers, 1969-12-30 to 2024-03-01"
    )
    assert "--tickers" in (caught.value.hint or "")


def test_an_empty_training_set_says_so(warehouse: Warehouse, place: Sandbox) -> None:
    place.execute("delete from fake.training_set")
    try:
        with pytest.raises(MlxError, match=r"fake.training_set is empty") as caught:
            read_panel(warehouse, "fake", ["f1"], horizon=1)
    finally:
        insert(place, rows())
    assert caught.value.hint == "mlx ingest FILE && dbt build"


def test_a_horizon_without_labels_names_those_there_are(warehouse: Warehouse) -> None:
    with pytest.raises(MlxError, match="no labels for horizon 7, only for 1, 5") as caught:
        read_panel(warehouse, "fake", ["f1"], horizon=7)
    assert "var horizons" in (caught.value.hint or "")


def test_trading_days_are_the_open_ones(warehouse: Warehouse, place: Sandbox) -> None:
    place.execute("create table fake.int_trading_days (dt date, is_open boolean)")
    try:
        values = ", ".join(f"('{day}', {day != DAYS[1]})" for day in reversed(DAYS))
        place.execute(f"insert into fake.int_trading_days values {values}")
        days = read_trading_days(warehouse, "fake", DAYS[0], np.datetime64(DAYS[2]))
    finally:
        place.execute("drop table fake.int_trading_days")
    assert days.tolist() == [DAYS[0], DAYS[2]]


def test_labels_are_counted_by_horizon(warehouse: Warehouse, place: Sandbox) -> None:
    place.execute("create view fake.labels as select * from fake.training_set")
    try:
        counted = count_labels(warehouse, "fake", Selection(start=DAYS[2]))
    finally:
        place.execute("drop view fake.labels")
    late = [row for row in rows() if row[1] >= DAYS[2]]
    known = sum(row[4] is not None for row in late)
    span = {"n_rows": len(late), "dt_from": DAYS[2], "dt_to": DAYS[3]}
    assert counted == [
        {"label": "label_ret_1d", "n_labelled": known, **span},
        {"label": "label_ret_5d", "n_labelled": 0, **span},
    ]


class Lossy:
    """A snapshot that streams the features of one row less than it has keys."""

    def read(self, sql: str, parameters: object = None) -> pa.Table:
        return pa.table({"ticker": ["A", "B"], "ticker_no": [1, 2]})

    def stream(self, sql: str, columns: Any, consume: Any, parameters: object = None) -> None:
        consume(np.array([[1, 0, 5.0]], np.float32))


def test_a_key_without_features_is_told_and_not_left_as_it_lay_in_memory() -> None:
    names, dt = np.array(["A", "B"], dtype=object), np.zeros(2, "datetime64[D]")
    with pytest.raises(MlxError, match="1 rows of features for 2 keys"):
        read_matrix(Lossy(), "fake", ["f"], "true", {}, names, dt, np.arange(2))
