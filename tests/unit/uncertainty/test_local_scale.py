"""The scale of the errors by volatility features."""

import numpy as np
import pytest

from models_ml.uncertainty import LocalScale, log_volatility
from models_ml.uncertainty.forecast import Vector

NAMES = ("klen", "std20")


def simulated(n_rows: int = 40_000) -> tuple[Vector, Vector, Vector]:
    """Return logarithms of two features, the scale they make, and residuals of that scale."""
    rng = np.random.default_rng(3)
    logs = rng.standard_normal((2, n_rows)) * [[0.6], [0.4]] - 4.0
    scale = 0.02 * np.exp(0.7 * (logs[0] + 4) + 0.2 * (logs[1] + 4))
    return logs, scale, scale * rng.standard_normal(n_rows)


def test_the_scale_that_made_the_residuals_is_found() -> None:
    logs, scale, residual = simulated()
    fitted = LocalScale.fit(NAMES, logs, residual)
    np.testing.assert_allclose(fitted.slopes, [0.7, 0.2], atol=0.05)
    assert np.quantile(np.abs(np.log(fitted(logs) / scale)), 0.99) < 0.07


def test_slopes_are_the_least_squares_of_numpy() -> None:
    logs, _, residual = simulated(500)
    fitted = LocalScale.fit(NAMES, logs, residual)
    size = np.abs(residual)
    means, stds = logs.mean(axis=1), logs.std(axis=1)
    centred = np.clip(logs - means[:, None], -4 * stds[:, None], 4 * stds[:, None])
    design = np.column_stack([np.ones(500), *centred])
    goal = np.log(np.maximum(size, 0.01 * size.mean()))
    expected = np.linalg.lstsq(design, goal, rcond=None)[0][1:]
    np.testing.assert_allclose(fitted.slopes, expected, rtol=1e-9)
    unscaled = np.exp(expected @ centred)
    std = np.sqrt(np.mean((residual / unscaled) ** 2))
    np.testing.assert_allclose(fitted(logs), std * unscaled, rtol=1e-9)


def test_residuals_in_the_scale_have_a_mean_square_of_one() -> None:
    logs, _, residual = simulated(1000)
    fitted = LocalScale.fit(NAMES, logs, residual)
    assert np.mean((residual / fitted(logs)) ** 2) == pytest.approx(1.0, rel=1e-12)


def test_without_a_volatility_feature_it_is_the_root_mean_square() -> None:
    fitted = LocalScale.fit((), np.empty((0, 4)), np.array([0.0, 1.0, -2.0, np.nan]))
    assert fitted.std == pytest.approx(np.sqrt(5 / 3))
    np.testing.assert_array_equal(fitted(np.empty((0, 2))), [fitted.std, fitted.std])


def test_a_missing_feature_counts_as_the_mean_and_a_wild_one_is_drawn_in() -> None:
    logs, _, residual = simulated(1000)
    fitted = LocalScale.fit(NAMES, logs, residual)
    mean, std = np.array(fitted.means), np.array(fitted.stds)
    rows = np.column_stack([mean, mean, mean + 4 * std, mean + 4 * std])
    rows[0, 1], rows[:, 3] = np.nan, 1e9
    scale = fitted(rows)
    assert scale[0] == scale[1] == fitted.std
    assert scale[2] == scale[3] > scale[0]


def test_errors_without_size_have_no_scale() -> None:
    assert LocalScale.fit(NAMES, np.zeros((2, 3)), np.zeros(3)).std == 0
    assert np.isnan(LocalScale.fit(NAMES, np.zeros((2, 1)), np.array([np.nan])).std)


def test_a_feature_that_never_changes_has_no_say() -> None:
    logs, _, residual = simulated(1000)
    alone = LocalScale.fit(NAMES[:1], logs[:1], residual)
    logs[1] = 0.5
    fitted = LocalScale.fit(NAMES, logs, residual)
    np.testing.assert_allclose(fitted(logs), alone(logs[:1]), rtol=1e-9)


def test_volatility_features_are_found_by_name() -> None:
    matrix = np.array([[1, 0.5, 2, 0.25], [1, 0, 2, np.nan]], dtype=np.float32)
    names, logs = log_volatility(matrix, ("ma5", "std20", "vma5", "klen"))
    assert names == ("klen", "std20")
    np.testing.assert_array_equal(logs, [[np.log(0.25), np.nan], [np.log(0.5), np.nan]])
    assert log_volatility(matrix, ("a", "b", "c", "d"))[0] == ()
