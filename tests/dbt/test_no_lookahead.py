"""Nothing at a day changes when the prices after it do."""

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.sandbox import Sandbox
from tests.tables import read_table

KEYS = {
    "int_trading_days": ("dt",),
    **dict.fromkeys(("int_price_grid", "int_rejected_prices"), ("ticker", "dt")),
    **dict.fromkeys(("features_alpha158", "features", "labels"), ("ticker", "dt")),
}
HORIZONS = (1, 5, 20)
KINDS = ("ret", "excess", "sector", "rank", "end_dt")
STAMPS = ("loaded_at", "changed_at", "counted_at")
REFERENCE = ("universe", "securities")
KNOWN_SHARE = 0.6

Tables = dict[str, pa.Table]


def noise_after(prices: pa.Table, day: date) -> pa.Table:
    """Return prices of which those after a day say nothing about what really came."""
    rng = np.random.default_rng(5)
    frame = prices.to_pandas()
    later = (frame["dt"] > day).to_numpy()
    n = int(later.sum())
    low, high = np.sort(rng.lognormal(3.0, 1.0, (2, n)), axis=0)
    inside = low + (high - low) * rng.random((3, n))
    noise = dict(zip(("open", "close", "vwap"), inside, strict=True)) | {"low": low, "high": high}
    noise["dividend"] = np.where(rng.random(n) < 0.05, rng.random(n), 0.0)
    noise["split_ratio"] = np.where(rng.random(n) < 0.05, rng.choice([0.1, 2.0, 7.0], n), 1.0)
    # Some are refused, so that the calendar and the list of refusals change too.
    noise["volume"] = np.where(rng.random(n) < 0.02, -1, rng.integers(1, 10**7, n))
    for name, values in noise.items():
        frame.loc[later, name] = values
    return pa.Table.from_pandas(frame, prices.schema, preserve_index=False)


def a_day_with_a_suspension(sandbox: Sandbox) -> date:
    """Return a day after most others, on which a ticker has no price but will have one again."""
    ((known,),) = sandbox.rows(f"""
        select min(dt) from mart.int_price_grid
        where close is null and dt > (
            select percentile_disc({KNOWN_SHARE}) within group (order by dt)
            from mart.int_price_grid
        )
    """)
    day: date = known
    return day


def marts(sandbox: Sandbox) -> Tables:
    """Return the tables in the order of their keys, without load times."""
    tables = {}
    for name, keys in KEYS.items():
        table = read_table(sandbox, f"select * from mart.{name}")
        table = table.drop_columns([stamp for stamp in STAMPS if stamp in table.column_names])
        tables[name] = table.sort_by([(key, "ascending") for key in keys]).combine_chunks()
    return tables


def rows_until(day: date, table: pa.Table) -> pa.Table:
    return table.filter(pc.field("dt") <= pa.scalar(day))


def unequal(one: pa.Table, other: pa.Table) -> list[str]:
    """Return the columns that are not the same to the last bit."""
    return [name for name in one.column_names if not one[name].equals(other[name])]


def label_columns(labels: pa.Table, horizon: int) -> pa.Table:
    return labels.select(["ticker", "dt", *(f"label_{kind}_{horizon}d" for kind in KINDS)])


def read_once(template: Sandbox, folder: Path) -> tuple[date, Tables]:
    """Return the marts of the template, and the day after which the other market differs."""
    copy = template.copy(folder)
    try:
        return a_day_with_a_suspension(copy), marts(copy)
    finally:
        copy.close()


def test_the_future_does_not_matter(
    template: Sandbox, empty_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two databases of one engine, so equal means to the last bit."""
    known, real = read_once(template, tmp_path_factory.mktemp("copy"))
    prices = pq.read_table(template.folder / "prices.parquet")
    pq.write_table(noise_after(prices, known), empty_sandbox.folder / "prices.parquet")
    for name in REFERENCE:
        shutil.copy(template.folder / f"{name}.parquet", empty_sandbox.folder)
    reference = [word for name in REFERENCE for word in (f"--{name}", f"{name}.parquet")]
    empty_sandbox.run_mlx("ingest", "prices.parquet", *reference, "--keep-bad").ok()
    empty_sandbox.run_dbt("run", "--select", "+training_set", "int_rejected_prices").ok()
    other = marts(empty_sandbox)
    for name in KEYS.keys() - {"labels"}:
        before, same = (rows_until(known, tables[name]) for tables in (real, other))
        assert before.num_rows > 0, name
        assert before.num_rows == same.num_rows, name
        assert unequal(before, same) == [], name
        assert not real[name].equals(other[name]), name
    for horizon in HORIZONS:
        assert_labels_change_only_after(known, real["labels"], other["labels"], horizon)


def assert_labels_change_only_after(
    known: date, real: pa.Table, other: pa.Table, horizon: int
) -> None:
    one, two = (rows_until(known, label_columns(labels, horizon)) for labels in (real, other))
    end = f"label_end_dt_{horizon}d"
    ended = pc.fill_null(pc.less_equal(one[end], pa.scalar(known)), False)
    assert pc.sum(ended).as_py() > 2000
    assert unequal(one.filter(ended), two.filter(ended)) == []
    for kind in ("ret", "excess", "sector"):
        open_ended = (t.filter(pc.invert(ended))[f"label_{kind}_{horizon}d"] for t in (one, two))
        changed = pc.not_equal(*open_ended).drop_null()
        assert len(changed) > 10 * horizon
        assert pc.all(changed).as_py()
