"""Weights of training rows, against counting by hand."""

import numpy as np
import numpy.typing as npt
import pytest

from models_ml.errors import UsageError
from models_ml.panel import Days, Panel
from models_ml.weights import SampleWeights, decay, mean_uniqueness


def panel(dt: Days, label_end: Days, ticker: npt.NDArray[np.object_]) -> Panel:
    zeros = np.zeros(dt.size)
    return Panel((), np.zeros((dt.size, 0), np.float32), ticker, dt, zeros, zeros, label_end)


def by_counting(ticker: list[str], start: list[int], end: list[int]) -> list[float]:
    """Look at every day of every label."""
    spans = [
        (name, set(range(first + 1, last + 1)))
        for name, first, last in zip(ticker, start, end, strict=True)
    ]
    return [
        float(np.mean([1 / sum(day in o for n, o in spans if n == name) for day in own]))
        for name, own in spans
    ]


@pytest.mark.parametrize("seed", range(6))
def test_uniqueness_is_that_of_counting(seed: int) -> None:
    """Tickers with gaps of their own, in any order of rows, and labels of an entry lag."""
    rng = np.random.default_rng(seed)
    horizon, lag = int(rng.integers(1, 7)), int(rng.integers(0, 3))
    keys = [(t, d) for t in "ABC" for d in range(3, 30) if rng.random() < 0.7]
    rng.shuffle(keys)
    ticker = [t for t, _ in keys]
    start = [int(d) + lag for _, d in keys]
    end = [s + horizon for s in start]
    found = mean_uniqueness(np.array(ticker, dtype=object), np.array(start), np.array(end))
    np.testing.assert_allclose(found, by_counting(ticker, start, end), rtol=1e-12)


def test_uniqueness_of_a_label_a_day_is_constant_but_at_the_ends() -> None:
    start = np.arange(8)
    found = mean_uniqueness(np.array(["A"] * 8, dtype=object), start, start + 2)
    np.testing.assert_allclose(found, [0.75, *[0.5] * 6, 0.75])


def test_one_ticker_does_not_overlap_with_another() -> None:
    ticker, start = np.array(["A", "B"], dtype=object), np.array([4, 4])
    assert mean_uniqueness(ticker, start, start + 5).tolist() == [1.0, 1.0]


def test_decay_halves_with_every_half_life() -> None:
    assert decay(np.array([0, 10, 5, 20]), 10).tolist() == [0.25, 0.5, 0.3535533905932738, 1.0]


CALENDAR = np.array([np.datetime64("2024-01-05") + day for day in (0, 3, 4, 5, 6, 7, 10, 11)])


def test_the_half_life_is_in_trading_days() -> None:
    """Friday and Monday are one trading day apart."""
    dt = CALENDAR[[0, 0, 1, 3]]
    data = panel(dt, CALENDAR[[1, 1, 2, 4]], np.array(list("ABAA"), dtype=object))
    found = SampleWeights(half_life_days=1).of(data, CALENDAR, slice(0, 3), 1)
    assert found is not None
    np.testing.assert_allclose(found, np.array([0.5, 0.5, 1.0]) / (2 / 3))


def test_other_rows_change_nothing() -> None:
    """The weights of a fold are those of its training rows, whatever comes later."""
    ticker = np.array(["A"] * 5, dtype=object)
    data = panel(CALENDAR[:5], CALENDAR[2:7], ticker)
    alone = panel(CALENDAR[:3], CALENDAR[2:5], ticker[:3])
    both = SampleWeights(half_life_days=2, uniqueness=True)
    in_panel = both.of(data, CALENDAR, slice(0, 3), 2)
    by_itself = both.of(alone, CALENDAR, slice(0, 3), 2)
    assert in_panel is not None and by_itself is not None
    np.testing.assert_array_equal(in_panel, by_itself)
    assert in_panel.mean() == pytest.approx(1.0)
    expected = np.array([0.75, 0.5, 0.75]) * 0.5 ** (np.array([2, 1, 0]) / 2)
    np.testing.assert_allclose(in_panel, expected / expected.mean())


def test_without_an_option_there_are_no_weights() -> None:
    data = panel(CALENDAR[:2], CALENDAR[1:3], np.array(["A", "A"], dtype=object))
    assert SampleWeights().of(data, CALENDAR, slice(0, 2), 1) is None


@pytest.mark.parametrize("half_life", [0, -1, float("nan")])
def test_a_half_life_of_nothing_is_refused(half_life: float) -> None:
    with pytest.raises(UsageError, match="above 0 days"):
        SampleWeights(half_life_days=half_life)
