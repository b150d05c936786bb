"""What the benchmarks rest on: runs on record, sections replaced, peers that must agree."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.agreement import refuse_disagreement
from benchmarks.ledger import Figures, Ledger
from benchmarks.measure import FailedRunError, run
from benchmarks.prices import Prices
from benchmarks.results import table, write_section


def test_a_restarted_ledger_repeats_no_run(tmp_path: Path) -> None:
    values = iter([3.0, 1.0, 2.0])

    def action() -> Figures:
        return {"seconds": next(values)}

    path = tmp_path / "runs.json"
    assert Ledger(path, 1).measure("x", action) == {"seconds": 3.0}
    assert Ledger(path, 3).measure("x", action) == {"seconds": 2.0}
    assert Ledger(path, 3).has("x") and not Ledger(path, 3).has("y")
    assert Ledger(path, 3).measure("x", action) == {"seconds": 2.0}


def test_a_section_takes_the_place_of_its_former_self(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    write_section("a", "first a", path=path)
    write_section("b", table(("x", "y"), [("z", 1234.5), ("w", 0.01234)]), path=path)
    write_section("a", r"second \1 a", path=path)
    text = path.read_text()
    assert "first a" not in text and text.count("## a") == 1 and r"second \1 a" in text
    assert "| x | y |\n| --- | ---: |\n| z | 1,234 |\n| w | 0.0123 |" in text


def features(values: list[float]) -> pd.DataFrame:
    days = pd.date_range("2024-01-01", periods=len(values))
    return pd.DataFrame({"ticker": "A", "dt": days, "ma5": np.asarray(values, dtype=np.float32)})


@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        (features([1.0, 2.1, np.nan]), "disagrees .* ma5 0.6667"),
        (features([1.0, np.nan, np.nan]), "disagrees"),
        (features([1.0, 2.0, 3.0]), "disagrees"),
        (features([1.0, 2.0]), "other rows"),
        (features([1.0, 2.0, np.nan]).rename(columns={"ma5": "ma6"}), "lacks ma5"),
    ],
)
def test_a_peer_that_computes_something_else_is_not_timed(
    tmp_path: Path, theirs: pd.DataFrame, message: str
) -> None:
    own, other = tmp_path / "own.parquet", tmp_path / "other.parquet"
    features([1.0, 2.0, np.nan]).to_parquet(own)
    features([1.0005, 2.0, np.nan])[::-1].to_parquet(other)
    refuse_disagreement(own, other, "peer")
    theirs.to_parquet(other)
    with pytest.raises(FailedRunError, match=message):
        refuse_disagreement(own, other, "peer")


def test_a_run_is_measured_and_bounded(tmp_path: Path) -> None:
    own = np.ones(400_000_000 // 8)
    done = run(
        ["python3", "-c", "print(len(b'x' * 200_000_000))"], env={}, cwd=tmp_path, timeout=60
    )
    assert done.output == "200000000\n"
    assert 200 < done.peak_mb < 300 < own.nbytes / 1e6, "its own, not that of who started it"
    assert done.wall > 0 and done.cpu > 0
    with pytest.raises(FailedRunError, match=r"exit 3 after \d\.\d s\nsaid"):
        script = "import sys; print('said'); sys.exit(3)"
        run(["python3", "-c", script], env={}, cwd=tmp_path, timeout=60)
    with pytest.raises(FailedRunError, match=r"exit -9 after 0\.2 s"):
        run(["sleep", "30"], env={"PATH": "/bin:/usr/bin"}, cwd=tmp_path, timeout=0.2)


@pytest.fixture
def prices(tmp_path: Path) -> Prices:
    """Two tickers, A on Monday to Friday and B from Wednesday on, as a vendor names columns."""
    days = pd.date_range("2024-01-01", periods=5).date
    rows = [("A", day) for day in days] + [("B", day) for day in days[2:]]
    tickers, dates = zip(*rows, strict=True)
    cells = {name: [1.0] * 8 for name in ("open", "high", "low", "close", "volume", "split")}
    path = tmp_path / "prices.parquet"
    pq.write_table(pa.table({"ticker": tickers, "date": dates, **cells}), path)
    return Prices(path)


def keys(query: str) -> list[tuple[str, str]]:
    text = f"select ticker, cast(dt as varchar) from ({query}) as q order by all"
    return duckdb.execute(text).fetchall()


def test_prices_are_cut_repeated_and_lengthened(prices: Prices) -> None:
    (row,) = duckdb.execute(f"select * from ({prices.source}) as q limit 1").fetchall()
    assert str(row[2]) == "2024-01-06 00:00:00" and row[8] is None and row[10] == 1.0
    assert keys(prices.slice(1, 4)) == [("A", f"2024-01-{day:02}") for day in (2, 3, 4, 5)]
    pieces = keys(prices.cut(2, 4, 2))
    assert [ticker for ticker, _ in pieces] == ["A_0", "A_0", "A_1", "A_1", "B_0", "B_1", "B_1"]
    assert [dt[-1] for _, dt in pieces] == ["2", "3", "2", "3", "3", "2", "3"]
    assert sorted({ticker for ticker, _ in keys(prices.renamed(2))}) == ["A", "A_1", "B", "B_1"]
    longer = keys(prices.longer(2))
    assert len(longer) == 16
    assert longer[0] == ("A", "2023-12-25") and longer[-1] == ("B", "2024-01-05")
    few = keys(prices.tickers(3, "2024-01-03", "2024-01-04"))
    assert sorted({ticker for ticker, _ in few}) == ["A", "A_1", "B"] and len(few) == 6
