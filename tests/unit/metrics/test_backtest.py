"""Long-short backtest against a book kept name by name, and by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from models_ml.errors import UsageError
from models_ml.metrics import Performance, daily_scores, long_short


def keep_books(
    frame: pd.DataFrame, holding_days: int, cost_bps: float, borrow_bps: float
) -> pd.DataFrame:
    """The same rules with dictionaries, one position at a time."""
    targets: list[dict[str, float]] = []
    held: dict[str, float] = {}
    rows = []
    for _, of_day in frame.groupby("day"):
        target: dict[str, float] = {}
        forecast = of_day.dropna(subset="yhat")
        if len(forecast) >= 20:
            bins = pd.qcut(forecast["yhat"], 5, labels=False)
            for side, name_bin in ((1, 4), (-1, 0)):
                names = forecast["name"][bins == name_bin]
                target |= {name: side / len(names) for name in names}
        targets.append(target)
        book: dict[str, float] = {}
        for tranche in targets[-holding_days:]:
            for name, weight in tranche.items():
                book[name] = book.get(name, 0.0) + weight / holding_days
        earned = dict(zip(of_day["name"], of_day["ret"].fillna(0.0), strict=True))
        traded = sum(abs(book.get(n, 0.0) - held.get(n, 0.0)) for n in {*book, *held})
        short = sum(-weight for weight in book.values() if weight < 0)
        gross = sum(weight * earned.get(name, 0.0) for name, weight in book.items())
        net = gross - traded * cost_bps / 1e4 - short * borrow_bps / 1e4 / 252
        rows.append({"gross": gross, "net": net, "turnover": traded, "short": short})
        held = {name: weight * (1 + earned.get(name, 0.0)) for name, weight in book.items()}
    return pd.DataFrame(rows)


def panel(n_days: int = 25, n_names: int = 45, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    day, name = np.meshgrid(np.arange(n_days), [f"T{i:02d}" for i in range(n_names)], indexing="ij")
    frame = pd.DataFrame({"day": day.ravel(), "name": name.ravel()})
    frame["yhat"] = random.normal(size=len(frame))
    frame["ret"] = random.normal(0, 0.03, size=len(frame)) + 0.01 * frame["yhat"]
    frame.loc[random.random(len(frame)) < 0.1, "ret"] = np.nan
    frame.loc[random.random(len(frame)) < 0.1, "yhat"] = np.nan
    return frame[random.random(len(frame)) > 0.1].sample(frac=1, random_state=seed)


def run(frame: pd.DataFrame, **options: Any) -> Any:
    return long_short(frame["yhat"], frame["ret"], frame["day"], frame["name"], **options)


@pytest.mark.parametrize("holding_days", [1, 5, 40])
def test_the_books_agree(holding_days: int) -> None:
    frame = panel()
    frame.loc[frame["day"] == 11, "yhat"] = np.nan
    frame.loc[(frame["day"] == 15) & (frame["name"] > "T20"), "yhat"] = np.nan
    expected = keep_books(frame, holding_days, 7.0, 90.0)
    result = run(frame, holding_days=holding_days, cost_bps=7.0, borrow_bps=90.0)
    for column in ("gross", "net", "turnover", "short"):
        assert getattr(result, column) == pytest.approx(expected[column].to_numpy(), abs=1e-12)


def test_gross_is_the_quantile_spread() -> None:
    """Held for a day, with every return known, the book earns the spread of the metrics."""
    frame = panel().dropna()
    result = run(frame)
    daily = daily_scores(frame["yhat"], frame["ret"], frame["day"].to_numpy())
    assert result.gross == pytest.approx(daily.spread, abs=1e-12)
    assert result.unpriced == 0


def two_names(yhat: list[list[float]], returns: list[list[float]], **options: Any) -> Any:
    n_days = len(yhat)
    return long_short(
        np.ravel(yhat),
        np.ravel(returns),
        np.repeat(np.arange(n_days), 2),
        np.tile(["A", "B"], n_days),
        n_quantiles=2,
        min_names=2,
        **options,
    )


def test_by_hand() -> None:
    """Long A, short B; then kept; then reversed. 100 basis points a side, 252 a year to borrow.

    Day 0: buy 1, sell 1, earn 10 % and 5 %. Day 1: A grew to 1.10 and B shrank to -0.95, so
    .10 and .05 are traded back. Day 2: both turn, 2 each, from books that did not move.
    """
    result = two_names(
        [[1, 0], [1, 0], [0, 1]],
        [[0.10, -0.05], [0.0, 0.0], [0.02, 0.03]],
        cost_bps=100,
        borrow_bps=252,
    )
    assert result.gross == pytest.approx([0.15, 0.0, 0.01])
    assert result.turnover == pytest.approx([2.0, 0.15, 4.0])
    assert result.short == pytest.approx([1.0, 1.0, 1.0])
    assert result.net == pytest.approx([0.15 - 0.0201, -0.0016, 0.01 - 0.0401])


def test_a_position_without_return_earns_nothing_and_is_counted() -> None:
    result = two_names([[1, 0], [1, 0]], [[np.nan, -0.05], [0.01, np.nan]])
    assert result.gross == pytest.approx([0.05, 0.01])
    assert result.unpriced == 2


@pytest.mark.parametrize("yhat", [[1.0, 1.0], [1.0, np.nan]])
def test_without_an_opinion_there_is_no_position(yhat: list[float]) -> None:
    result = two_names([[1, 0], yhat, [1, 0]], [[0.0, 0.0]] * 3)
    assert result.turnover.tolist() == [2.0, 2.0, 2.0]
    assert result.short.tolist() == [1.0, 0.0, 1.0]


def test_performance_by_hand() -> None:
    """Wealth 1.1, 0.88, 0.968: from the peak of 1.1 a fifth is lost."""
    returns = np.array([0.1, -0.2, 0.1])
    performance = Performance.of(returns)
    assert performance.max_drawdown == pytest.approx(0.2)
    assert performance.annual_return == pytest.approx(0.968 ** (252 / 3) - 1)
    assert performance.annual_volatility == pytest.approx(np.sqrt(0.03) * np.sqrt(252))
    assert performance.sharpe == pytest.approx(0.0, abs=1e-12)


def test_a_loss_on_the_first_day_is_a_drawdown() -> None:
    assert Performance.of(np.array([-0.1, 0.05])).max_drawdown == pytest.approx(0.1)


@pytest.mark.filterwarnings("error")
def test_performance_at_the_edges() -> None:
    assert np.isnan(Performance.of(np.array([0.1])).sharpe)
    flat = Performance.of(np.zeros(5))
    assert (flat.annual_return, flat.max_drawdown) == (0.0, 0.0)
    assert np.isnan(flat.sharpe)
    ruined = Performance.of(np.array([0.1, -1.5, 0.3]))
    assert (ruined.annual_return, ruined.max_drawdown) == (-1.0, 1.0)


def test_costs_lower_the_net_sharpe_only() -> None:
    frame = panel(n_days=120, seed=1)
    free, dear = run(frame, cost_bps=0, borrow_bps=0), run(frame, cost_bps=20, borrow_bps=300)
    assert free.net_performance == free.gross_performance == dear.gross_performance
    assert dear.net_performance.sharpe < dear.gross_performance.sharpe


@pytest.mark.parametrize("options", [{"holding_days": 0}, {"cost_bps": -1}, {"borrow_bps": -1}])
def test_impossible_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="holding_days must be at least 1, and costs"):
        run(panel(), **options)
