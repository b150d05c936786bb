"""Ridge against scikit-learn's imputer, scaler and ridge in a row."""

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models_ml.learners.base import Matrix, Vector
from models_ml.learners.ridge import RidgeLearner, RidgeModel
from tests.unit.learners.rows import NAMES, held_out, rows


def by_scikit_learn(
    train: tuple[Matrix, Vector], alpha: float, weight: Vector | None = None
) -> tuple[StandardScaler, Ridge, SimpleImputer]:
    imputer, scaler, ridge = SimpleImputer(strategy="median"), StandardScaler(), Ridge(alpha=alpha)
    matrix = imputer.fit_transform(train[0].astype(np.float64))
    scaled = scaler.fit(matrix, sample_weight=weight).transform(matrix)
    ridge.fit(scaled, train[1], sample_weight=weight)
    return scaler, ridge, imputer


@pytest.mark.parametrize("alpha", [0.1, 30.0, 1e4])
@pytest.mark.parametrize("weighted", [False, True])
def test_forecasts_equal_those_of_scikit_learn(alpha: float, weighted: bool) -> None:
    """More rows than a block has, and a test with gaps of its own."""
    (matrix, target), (test, _) = rows(20_000), rows(300, seed=2)
    scale, origin = np.array([[1, 100, 1e-3, 1], [0, 1000, 0, 5]], dtype=np.float32)
    matrix, test = matrix * scale + origin, test * scale + origin
    weight = np.random.default_rng(3).uniform(0.2, 2.0, target.size) if weighted else None
    model = RidgeLearner({"alpha": alpha}).fit(matrix, target, feature_names=NAMES, weight=weight)
    scaler, ridge, imputer = by_scikit_learn((matrix, target), alpha, weight)
    expected = make_pipeline(imputer, scaler, ridge).predict(test.astype(np.float64))
    np.testing.assert_allclose(model.predict(test), expected, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(model.importance().gain, np.abs(ridge.coef_), rtol=1e-9)
    np.testing.assert_allclose(model.importance().gain, np.abs(model.slope) * scaler.scale_)
    shares = model.contributions(test)
    standardised = make_pipeline(imputer, scaler).transform(test.astype(np.float64))
    np.testing.assert_allclose(shares[:, :-1], ridge.coef_ * standardised, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(shares[:, -1], ridge.intercept_, rtol=1e-9)


def test_features_without_values_or_variation_do_nothing() -> None:
    matrix, target = rows(500)
    matrix[:, 2], matrix[:, 3] = np.nan, 3.5
    model = RidgeLearner().fit(matrix, target, feature_names=NAMES)
    assert model.slope[2] == model.slope[3] == 0
    moved = matrix.copy()
    moved[:, 2:] = 1e6
    np.testing.assert_array_equal(model.predict(moved), model.predict(matrix))


def test_equal_features_share_their_slope() -> None:
    matrix, target = rows(500)
    matrix[:, 1] = matrix[:, 0]
    slope = RidgeLearner().fit(matrix, target, feature_names=NAMES).slope
    assert slope[0] == pytest.approx(slope[1], rel=1e-9)
    assert slope[0] > 0.1


def test_validation_rows_change_nothing() -> None:
    one, other = (
        RidgeLearner().fit(*rows(500), feature_names=NAMES, valid=valid).to_text()
        for valid in (None, held_out(100))
    )
    assert one == other


def test_nothing_of_the_rows_to_forecast_comes_into_the_scale() -> None:
    model = RidgeLearner().fit(*rows(500), feature_names=NAMES)
    test, _ = rows(50, seed=1)
    far = test.copy()
    far[1:] += 100
    assert model.predict(far)[0] == model.predict(test)[0]


def test_the_text_has_every_digit() -> None:
    median, mean, slope, effect = (np.array([x]) for x in (0.1 + 0.2, 0.2, 1 / 3, 2 / 3))
    model = RidgeModel(("a",), median, mean, slope, effect, intercept=1e-17)
    assert model.to_text() == (
        '{"effect": [0.6666666666666666], "features": ["a"], "intercept": 1e-17, "mean": [0.2], '
        '"median": [0.30000000000000004], "slope": [0.3333333333333333]}'
    )
    assert RidgeModel.from_text(model.to_text()).to_text() == model.to_text()
