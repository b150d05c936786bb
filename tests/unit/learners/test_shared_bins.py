"""One binning for several fits: the same models, and nothing told of later rows."""

import numpy as np
import pytest

from models_ml.errors import UsageError
from models_ml.learners.base import Matrix, Vector
from models_ml.learners.lightgbm import LightGBMLearner
from models_ml.learners.validation import Validation
from tests.unit.learners.rows import NAMES, held_out, rows, span_of

SEEN, TRAIN = slice(0, 1000), slice(0, 2000)
LEARNER = LightGBMLearner(
    n_estimators=20, learning_rate=0.2, extra={"subsample_for_bin": 1000, "max_bin": 15}
)
MATRIX, TARGET = rows(3000)


def prepared(matrix: Matrix, learner: LightGBMLearner = LEARNER) -> LightGBMLearner:
    return learner.prepared(matrix, SEEN, feature_names=NAMES)


def fitted(
    learner: LightGBMLearner, matrix: Matrix, train: slice, weight: Vector | None = None
) -> str:
    """Return the text of a model with every round, on rows that may be a view."""
    model = learner.fit(matrix[train], TARGET[train], feature_names=NAMES, weight=weight)
    return model.to_text()


@pytest.mark.parametrize("weight", [None, np.linspace(0.5, 1.5, 1000)])
def test_a_fit_on_the_rows_seen_is_that_of_bins_of_its_own(weight: Vector | None) -> None:
    assert fitted(prepared(MATRIX), MATRIX, SEEN, weight) == fitted(LEARNER, MATRIX, SEEN, weight)


def test_a_fit_on_more_rows_keeps_the_boundaries_of_the_rows_seen() -> None:
    other = MATRIX.copy()
    other[SEEN.stop :] *= 50
    learner = prepared(other)
    assert fitted(learner, other, SEEN) == fitted(LEARNER, MATRIX, SEEN)
    assert fitted(prepared(MATRIX), MATRIX, TRAIN) != fitted(LEARNER, MATRIX, TRAIN)


def test_rows_after_those_of_a_fit_change_nothing() -> None:
    other = MATRIX.copy()
    other[TRAIN.stop :] = np.nan
    assert fitted(prepared(other), other, TRAIN) == fitted(prepared(MATRIX), MATRIX, TRAIN)


@pytest.mark.parametrize("before", [np.nan, 0.0, 7.0])
def test_a_feature_that_begins_later_has_bins_from_then_on(before: float) -> None:
    """Each fit decides by its own rows: the first knows nothing of the feature, the second does."""
    later = MATRIX.copy()
    later[SEEN, 0] = before
    learner = prepared(later)
    assert fitted(learner, later, TRAIN) == fitted(LEARNER, later, TRAIN)
    constant = later.copy()
    constant[:, 0] = before
    assert fitted(learner, later, SEEN) == fitted(prepared(constant), constant, SEEN)
    shared, own = (fitted(one, constant, TRAIN) for one in (prepared(constant), LEARNER))
    assert shared != own, "a feature that never begins leaves the bins as they are"


@pytest.mark.parametrize("begins", [True, False], ids=["a feature begins", "a copy of the rows"])
def test_validation_rows_of_the_matrix_follow_a_fit_with_bins_of_its_own(begins: bool) -> None:
    later = MATRIX.copy()
    if begins:
        later[SEEN, 0] = np.nan
    train = later[TRAIN] if begins else later[TRAIN].copy()
    valid = Validation(later[2000:], TARGET[2000:], span_of(1000).dt)
    both = [
        learner.fit(train, TARGET[TRAIN], feature_names=NAMES, valid=valid).to_text()
        for learner in (prepared(later), LEARNER)
    ]
    assert both[0] == both[1]


def test_the_rows_of_a_fit_are_those_of_the_view() -> None:
    learner = prepared(MATRIX)
    assert learner.bins is not None
    for view in (MATRIX[500:1700], MATRIX[2999:], MATRIX[:]):
        bins = learner.bins.dataset(view, np.zeros(len(view)))
        assert bins is not None
        assert bins.num_data() == len(view)
    later, target = slice(500, 1700), TARGET[500:1700]
    model = learner.fit(MATRIX[later], target, feature_names=NAMES)
    np.testing.assert_array_less(0.3, np.corrcoef(model.predict(MATRIX[later]), target)[0, 1])


@pytest.mark.parametrize(
    "rows_given",
    [MATRIX[:100].copy(), MATRIX[:100:2], MATRIX[:100, :3], rows(3000)[0], MATRIX[:10].T[:, :4]],
    ids=["a copy", "every second", "fewer columns", "another matrix", "transposed"],
)
def test_other_rows_have_no_place_among_the_shared_bins(rows_given: Matrix) -> None:
    learner = prepared(MATRIX)
    assert learner.bins is not None
    assert learner.bins.dataset(rows_given, np.zeros(len(rows_given))) is None


def test_validation_rows_of_another_matrix_are_binned_for_the_fit() -> None:
    learner = LightGBMLearner(n_estimators=60, learning_rate=0.5, extra=LEARNER.extra)
    fits = [
        one.fit(MATRIX[SEEN], TARGET[SEEN], feature_names=NAMES, valid=held_out(300)).to_text()
        for one in (learner, prepared(MATRIX, learner))
    ]
    assert fits[0] == fits[1]


def test_too_few_rows_for_the_sample_leave_the_learner_as_it_is() -> None:
    assert LightGBMLearner().prepared(MATRIX, SEEN, feature_names=NAMES).bins is None
    assert prepared(MATRIX).bins is not None


def test_prepared_learners_are_described_as_before() -> None:
    assert prepared(MATRIX).description() == LEARNER.description()
    assert prepared(MATRIX) == LEARNER


def test_a_refused_parameter_is_told_as_in_a_fit() -> None:
    learner = LightGBMLearner(extra={"subsample_for_bin": 1000, "max_bin": "many"})
    with pytest.raises(UsageError, match="LightGBM refused"):
        prepared(MATRIX, learner)
