"""Rows of ml.trial_days from arrays, with values worked out by hand."""

from datetime import date

import numpy as np
import pytest

from models_ml.errors import UsageError
from models_ml.trials import trial_days

FIRST, SECOND = np.datetime64("2024-01-02"), np.datetime64("2024-01-03")


def test_a_day_has_its_correlations_and_its_spread() -> None:
    """Ten names in the reverse order of their days; 0.09 - 0.01 is the top less the bottom two."""
    label = np.arange(10) / 100.0
    rows = trial_days(
        "trial-1", 5, np.r_[label[::-1] ** 3, label], np.r_[label, label],
        np.repeat([SECOND, FIRST], 10), min_names=10,
    )  # fmt: skip
    assert rows.to_pydict() == {
        "run_id": ["trial-1"] * 2,
        "horizon": [5, 5],
        "dt": [date(2024, 1, 2), date(2024, 1, 3)],
        "ic": [pytest.approx(1.0), pytest.approx(np.corrcoef(label[::-1] ** 3, label)[0, 1])],
        "rank_ic": [pytest.approx(1.0), pytest.approx(-1.0)],
        "spread": [pytest.approx(0.08), pytest.approx(-0.08)],
    }


def test_a_day_of_few_names_has_no_results_but_keeps_its_place() -> None:
    values = np.arange(30) / 100.0
    days = np.r_[np.repeat(FIRST, 25), np.repeat(SECOND, 5)]
    rows = trial_days("trial-1", 1, values, values, days).to_pydict()
    assert rows["dt"] == [date(2024, 1, 2), date(2024, 1, 3)]
    assert [value is None for name in ("ic", "rank_ic", "spread") for value in rows[name]] == [
        *(False, True)
    ] * 3


def test_arrays_of_different_lengths_are_refused() -> None:
    with pytest.raises(UsageError, match="equally long"):
        trial_days("trial-1", 1, [0.1], [0.1, 0.2], [FIRST])
