"""Daily IC, RankIC and quantile returns against SciPy and pandas, one day at a time."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from models_ml.errors import UsageError
from models_ml.metrics import DailyScores, daily_rank_ic, daily_scores
from models_ml.metrics.panel import DayPanel
from models_ml.metrics.ranks import average_ranks, order_within_day, quantile_bins


@st.composite
def panels(draw: st.DrawFn) -> pd.DataFrame:
    """Ragged days in random row order, with ties and missing values."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = draw(st.lists(st.integers(1, 60), min_size=1, max_size=12))
    steps = draw(st.sampled_from([2, 5, 1000]))
    day = np.repeat(np.datetime64("2024-01-29") + 3 * np.arange(len(sizes)), sizes)
    frame = pd.DataFrame({"day": day})
    frame["yhat"] = random.integers(0, steps, size=day.size) / steps
    frame["label"] = random.standard_t(3, size=day.size).round(draw(st.sampled_from([0, 8])))
    missing = draw(st.sampled_from([0.0, 0.3]))
    frame.loc[random.random(day.size) < missing, "yhat"] = np.nan
    frame.loc[random.random(day.size) < missing, "label"] = np.nan
    return frame.sample(frac=1, random_state=int(random.integers(2**31)))


def scores_of(frame: pd.DataFrame, **options: Any) -> DailyScores:
    return daily_scores(
        frame["yhat"].to_numpy(), frame["label"].to_numpy(), frame["day"].to_numpy(), **options
    )


@given(panels(), st.sampled_from([3, 20]))
@settings(max_examples=40, deadline=None)
def test_correlations_are_scipys_of_every_day(frame: pd.DataFrame, min_names: int) -> None:
    scores = scores_of(frame, min_names=min_names)
    pairs = frame.dropna()
    assert np.array_equal(scores.days, np.unique(frame["day"].to_numpy()))
    for index, day in enumerate(scores.days):
        of_day = pairs[pairs["day"] == day]
        assert scores.n_names[index] == len(of_day)
        constant = of_day["yhat"].nunique() < 2 or of_day["label"].nunique() < 2
        if len(of_day) < min_names or constant:
            assert np.isnan(scores.ic[index])
            assert np.isnan(scores.rank_ic[index])
            continue
        pearson = stats.pearsonr(of_day["yhat"], of_day["label"]).statistic
        spearman = stats.spearmanr(of_day["yhat"], of_day["label"]).statistic
        assert scores.ic[index] == pytest.approx(pearson, abs=1e-12)
        assert scores.rank_ic[index] == pytest.approx(spearman, abs=1e-12)
    assert scores.n_excluded == np.isnan(scores.ic).sum()


@given(panels())
@settings(deadline=None)
def test_ranks_are_scipys_of_every_day(frame: pd.DataFrame) -> None:
    panel = DayPanel.of(frame["yhat"], frame["label"], frame["day"].to_numpy())
    ranks = average_ranks(panel.yhat, panel.counts, order_within_day(panel.yhat, panel.counts))
    for index in range(panel.days.size):
        of_day = panel.position == index
        assert np.array_equal(ranks[of_day], stats.rankdata(panel.yhat[of_day]))


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([2, 3, 4, 5, 10]),
    st.lists(st.integers(1, 70), min_size=1),
)
@settings(deadline=None)
def test_bins_are_those_of_pandas_qcut(seed: int, n_quantiles: int, sizes: list[int]) -> None:
    """For distinct values and every size, those included where an edge meets a value.

    Six bins are left out: pandas rounds 5/6 down and misses edges that fall on a value.
    """
    counts = np.array(sizes)
    values = np.random.default_rng(seed).normal(size=counts.sum())
    bins = quantile_bins(values, counts, order_within_day(values, counts), n_quantiles)
    for of_day, expected in zip(
        np.split(bins, np.cumsum(counts)[:-1]),
        np.split(values, np.cumsum(counts)[:-1]),
        strict=True,
    ):
        if expected.size > 1:
            cut = pd.qcut(expected, n_quantiles, labels=False)
            assert np.array_equal(of_day, cut)


def test_quantile_returns_and_spread_by_hand() -> None:
    """Ten names in quintiles of two: label 1 to 10, so bins average 1.5, 3.5 .. 9.5."""
    yhat = np.arange(10.0)
    scores = daily_scores(yhat[::-1], (yhat + 1)[::-1], np.zeros(10, int), min_names=10)
    assert scores.quantile_returns.tolist() == [[1.5, 3.5, 5.5, 7.5, 9.5]]
    assert scores.spread.tolist() == [8.0]
    assert scores.ic.tolist() == [1.0]


def test_ic_by_hand() -> None:
    """x = 1, 2, 3, 4 and y = 2, 1, 4, 3: covariance 3, variances 5 and 5; ranks the same."""
    scores = daily_scores([1, 2, 3, 4], [2, 1, 4, 3], ["2024-01-02"] * 4, min_names=4)
    assert scores.ic[0] == pytest.approx(0.6, abs=1e-15)
    assert scores.rank_ic[0] == pytest.approx(0.6, abs=1e-15)


def test_ties_share_the_average_rank() -> None:
    """Ranks 1.5, 1.5, 3 against 1, 2, 3: correlation sqrt(3)/2."""
    scores = daily_scores([7, 7, 9], [1, 2, 30], [0, 0, 0], min_names=3)
    assert scores.rank_ic[0] == pytest.approx(np.sqrt(3) / 2, abs=1e-15)


class Panel(NamedTuple):
    yhat: NDArray[np.float64]
    label: NDArray[np.float64]
    day: NDArray[Any]


def three_days() -> Panel:
    random = np.random.default_rng(0)
    return Panel(random.normal(size=75), random.normal(size=75), np.repeat([1, 2, 3], 25))


def test_thin_and_constant_days_are_nan_and_counted() -> None:
    panel = three_days()
    panel.yhat[25:50] = 0.1 + 0.2
    panel.label[50:56] = np.nan
    scores = daily_scores(*panel)
    assert scores.n_names.tolist() == [25, 25, 19]
    assert np.isnan(scores.ic).tolist() == [False, True, True]
    assert np.isnan(scores.rank_ic).tolist() == [False, True, True]
    assert np.isnan(scores.spread).tolist() == [False, True, True]
    assert scores.n_excluded == 2


def test_a_constant_that_rounding_could_blur_is_constant() -> None:
    """The mean of many 0.1 is not 0.1; the deviations must not pass for a forecast."""
    panel = three_days()._replace(yhat=np.full(75, 0.1))
    assert daily_scores(*panel).n_excluded == 3


def test_a_constant_label_gives_no_correlation_but_still_a_return() -> None:
    scores = daily_scores(*three_days()._replace(label=np.full(75, 0.1)))
    assert scores.n_excluded == 3
    assert np.isnan(scores.rank_ic).all()
    assert scores.quantile_returns == pytest.approx(np.full((3, 5), 0.1))


def test_rank_ic_alone_is_the_same() -> None:
    panel = three_days()
    panel.yhat[:25] = 1.0
    panel.label[25:31] = np.nan
    expected = daily_scores(*panel).rank_ic
    assert np.array_equal(daily_rank_ic(*panel), expected, equal_nan=True)
    assert np.isnan(expected).tolist() == [True, True, False]


def test_twenty_names_are_enough_and_nineteen_are_not() -> None:
    random = np.random.default_rng(1)
    day = np.repeat([1, 2], [20, 19])
    scores = daily_scores(random.normal(size=39), random.normal(size=39), day)
    assert np.isnan(scores.ic).tolist() == [False, True]


def test_a_day_without_any_pair_is_listed_as_excluded() -> None:
    panel = three_days()
    panel.label[:25] = np.nan
    scores = daily_scores(*panel)
    assert scores.days.tolist() == [1, 2, 3]
    assert scores.n_names.tolist() == [0, 25, 25]
    assert scores.n_excluded == 1


def test_ties_that_empty_the_top_bin_give_no_spread() -> None:
    yhat = np.array([0.0] * 5 + [1.0] * 20)
    scores = daily_scores(yhat, np.arange(25.0), np.zeros(25, int))
    assert np.isnan(scores.spread[0])
    assert not np.isnan(scores.ic[0])


def test_the_order_of_rows_changes_nothing() -> None:
    panel = three_days()
    order = np.random.default_rng(2).permutation(75)
    one = daily_scores(*panel)
    other = daily_scores(*(values[order] for values in panel))
    np.testing.assert_allclose(one.ic, other.ic, rtol=0, atol=1e-15)
    np.testing.assert_allclose(one.rank_ic, other.rank_ic, rtol=0, atol=1e-15)
    np.testing.assert_allclose(one.quantile_returns, other.quantile_returns, rtol=0, atol=1e-15)


def test_no_rows_are_no_days() -> None:
    scores = daily_scores([], [], np.array([], dtype="datetime64[D]"))
    assert (scores.days.size, scores.ic.size, scores.n_excluded) == (0, 0, 0)
    assert scores.quantile_returns.shape == (0, 5)


def test_different_lengths_are_refused() -> None:
    with pytest.raises(UsageError, match=r"equally long, not \(2,\), \(2,\), \(3,\)"):
        daily_scores([1, 2], [1, 2], [1, 1, 1])
