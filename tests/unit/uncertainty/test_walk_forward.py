"""Uncertainty of the folds: calibrated on the past alone, and fit for what comes."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from models_ml.uncertainty import Calibration, Outcomes, Pair, PublishedFolds, publish_folds
from models_ml.uncertainty.forecast import Vector

N_NAMES, LAG = 30, 3
FIRST = np.datetime64("2020-01-01", "D")
FIELDS = ("yhat", "yhat_std", "prob_up", "yhat_lo", "yhat_hi")


@dataclass(frozen=True)
class Rows:
    """The part of a panel that counts here."""

    features: tuple[str, ...]
    matrix: Any
    dt: Any
    label: Vector
    label_end: Any

    @property
    def n_rows(self) -> int:
        return int(self.dt.size)


@dataclass(frozen=True)
class Fold:
    """The part of a fold's result that counts here."""

    rows: slice
    yhat: Vector
    calibration_rows: slice
    calibration_yhat: Vector
    quantiles: Pair | None = None
    calibration_quantiles: Pair | None = None
    shift: float = 0.0

    @property
    def predicted(self) -> Vector:
        return self.yhat - self.shift


def market(n_days: int = 400) -> Rows:
    rng = np.random.default_rng(6)
    volatility = 0.02 * np.exp(0.5 * rng.standard_normal(n_days * N_NAMES))
    dt = np.repeat(FIRST + np.arange(n_days), N_NAMES)
    matrix = np.column_stack([rng.standard_normal(dt.size), volatility]).astype(np.float32)
    label = volatility * (0.1 * matrix[:, 0] + rng.standard_normal(dt.size))
    return Rows(("signal", "std20"), matrix, dt, label, dt + LAG)


def folds(panel: Rows) -> list[Fold]:
    """Three blocks of 100 days after 100 days of validation, with the true forecasts."""
    yhat = (0.1 * panel.matrix[:, 0] * panel.matrix[:, 1]).astype(np.float64)
    blocks = [slice(block * 100 * N_NAMES, (block + 1) * 100 * N_NAMES) for block in range(4)]
    valid = slice(0, 97 * N_NAMES)
    return [Fold(rows, yhat[rows], valid, yhat[valid]) for rows in blocks[1:]]


def with_quantiles(panel: Rows, results: list[Fold]) -> list[Fold]:
    """Too narrow by a half on both sides, and by a constant too low."""
    size = panel.matrix[:, 1].astype(np.float64)
    low, high = -0.64 * size - 0.002, 0.64 * size - 0.002
    return [
        replace(
            fold,
            quantiles=(low[fold.rows], high[fold.rows]),
            calibration_quantiles=(low[fold.calibration_rows], high[fold.calibration_rows]),
        )
        for fold in results
    ]


def test_intervals_around_quantiles_reach_as_far_as_errors_did() -> None:
    """Romano, Patterson and Candès by hand: the validation days, then the days of fold 0."""
    panel = market()
    results = with_quantiles(panel, folds(panel))
    published = publish(panel, results)
    plain = publish(panel, folds(panel))
    size = panel.matrix[:, 1].astype(np.float64)
    known = [slice(0, 97 * N_NAMES), slice(100 * N_NAMES, (200 - LAG) * N_NAMES)]
    for fold, rows in enumerate(known):
        outside = np.maximum(
            -0.64 * size[rows] - 0.002 - panel.label[rows],
            panel.label[rows] - 0.64 * size[rows] + 0.002,
        )
        rank = int(np.ceil((outside.size + 1) * 0.8))
        reach = np.sort(outside)[rank - 1]
        forecast = published.forecasts[fold]
        pair = results[fold].quantiles
        assert pair is not None
        std = (pair[1] - pair[0] + 2 * reach) / (2 * 1.2815515655446004)
        np.testing.assert_allclose(forecast.yhat_std, std, rtol=1e-12)
        if fold == 0:
            day = slice(0, N_NAMES)
            np.testing.assert_allclose(forecast.yhat_lo[day], pair[0][day] - reach, rtol=1e-12)
            np.testing.assert_allclose(forecast.yhat_hi[day], pair[1][day] + reach, rtol=1e-12)
    np.testing.assert_array_equal(whole(published, "prob_up"), whole(plain, "prob_up"))
    label = panel.label[results[0].rows.start :]
    covered = (label >= whole(published, "yhat_lo")) & (label <= whole(published, "yhat_hi"))
    assert covered.mean() == pytest.approx(0.8, abs=0.01)
    assert published.calibration.beyond_quantiles is not None
    assert "around two quantiles (CQR)" in str(published)


def publish(
    panel: Rows, results: list[Fold], level: float = 0.8, target: str = "raw"
) -> PublishedFolds:
    return publish_folds(panel, results, level=level, target=target)  # type: ignore[arg-type]


def whole(published: PublishedFolds, name: str) -> Vector:
    return np.concatenate([getattr(forecast, name) for forecast in published.forecasts])


@pytest.mark.parametrize("target", ["excess", "rank"])
def test_the_final_model_is_calibrated_on_what_its_own_line_forecasts(target: str) -> None:
    """The line of each fold has a level of its own, which live forecasts do not have."""
    panel = market()
    plain = publish(panel, folds(panel), target=target)
    moved = [
        replace(fold, yhat=fold.yhat + shift, shift=shift)
        for fold, shift in zip(folds(panel), (0.01, -0.02, 0.03), strict=True)
    ]
    shifted = publish(panel, moved, target=target)
    assert abs(whole(shifted, "yhat") - whole(plain, "yhat")).min() > 0.009
    assert shifted.to_return.intercept == pytest.approx(plain.to_return.intercept, abs=1e-12)
    assert shifted.to_return.slope == pytest.approx(plain.to_return.slope, rel=1e-9)
    np.testing.assert_allclose(
        shifted.calibration.scores.quantiles, plain.calibration.scores.quantiles, rtol=1e-9
    )
    assert 0.5 < shifted.to_return.slope < 2


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_intervals_cover_their_level_and_probabilities_are_calibrated(level: float) -> None:
    panel = market()
    results = folds(panel)
    published = publish(panel, results, level)
    label = panel.label[results[0].rows.start :]
    covered = (label >= whole(published, "yhat_lo")) & (label <= whole(published, "yhat_hi"))
    assert covered.mean() == pytest.approx(level, abs=0.01)
    std = whole(published, "yhat_std")
    for bucket in np.array_split(np.argsort(std), 3):
        assert covered[bucket].mean() == pytest.approx(level, abs=0.025)
    found = np.log(std / panel.matrix[results[0].rows.start :, 1])
    assert np.quantile(np.abs(found), 0.99) < 0.1
    prob_up = whole(published, "prob_up")
    for bucket in np.array_split(np.argsort(prob_up), 5):
        assert prob_up[bucket].mean() == pytest.approx((label[bucket] > 0).mean(), abs=0.04)


def test_the_first_fold_is_calibrated_on_its_validation_days() -> None:
    panel = market()
    results = folds(panel)
    forecast = publish(panel, results).forecasts[0]
    valid = slice(0, 97 * N_NAMES)
    logs = np.log(panel.matrix[:, 1].astype(np.float64))[None, :]
    expected = calibration_by_hand(panel, logs, np.arange(panel.n_rows)[valid], results[0])
    np.testing.assert_allclose(forecast.yhat_std, expected.scale(logs[:, results[0].rows]))
    width = expected.scores.quantile(0.8) * forecast.yhat_std[:N_NAMES]
    np.testing.assert_allclose(forecast.yhat_hi[:N_NAMES], forecast.yhat[:N_NAMES] + width)


def calibration_by_hand(panel: Rows, logs: Vector, rows: Any, fold: Fold) -> Calibration:
    yhat = 0.1 * panel.matrix[rows, 0] * panel.matrix[rows, 1]
    return Calibration.fit(
        ("std20",),
        Outcomes(
            logs[:, rows],
            yhat.astype(np.float64),
            panel.label[rows],
            panel.dt[rows],
            panel.label_end[rows],
        ),
    )


@pytest.mark.parametrize("quantiles", [False, True])
@pytest.mark.parametrize("today", [100, 150, 199, 203, 301, 399])
def test_no_forecast_knows_a_label_that_ended_after_its_day(today: int, quantiles: bool) -> None:
    """Labels that have not ended when a day's forecast is made become noise."""
    panel = market()
    results = with_quantiles(panel, folds(panel)) if quantiles else folds(panel)
    unknown = panel.label_end > FIRST + today
    noise = 5 * np.random.default_rng(1).standard_normal(panel.n_rows)
    changed = Rows(
        panel.features,
        panel.matrix,
        panel.dt,
        np.where(unknown, noise, panel.label),
        panel.label_end,
    )
    before, after = publish(panel, results), publish(changed, results)
    until = (today - 99) * N_NAMES
    for name in FIELDS:
        np.testing.assert_array_equal(whole(after, name)[:until], whole(before, name)[:until])
    if today < 390:
        assert (whole(after, "yhat_lo") != whole(before, "yhat_lo")).any()


def test_a_later_fold_is_calibrated_on_forecasts_whose_labels_ended_before_it() -> None:
    """Strictly before: the label that ends on the first test day is left out."""
    panel = market()
    results = folds(panel)
    forecast = publish(panel, results).forecasts[1]
    logs = np.log(panel.matrix[:, 1].astype(np.float64))[None, :]
    rows = np.arange(100 * N_NAMES, (200 - LAG) * N_NAMES)
    expected = calibration_by_hand(panel, logs, rows, results[0])
    std = expected.scale(logs[:, results[1].rows])
    np.testing.assert_allclose(forecast.yhat_std, std, rtol=1e-12)


def test_the_final_model_takes_the_errors_of_all_folds() -> None:
    panel = market()
    results = folds(panel)
    published = publish(panel, results)
    logs = np.log(panel.matrix[:, 1].astype(np.float64))[None, :]
    rows = np.arange(100 * N_NAMES, panel.n_rows)
    assert published.calibration == calibration_by_hand(panel, logs, rows, results[0])
    misses = [
        (label < low) | (label > high)
        for label, low, high in zip(
            np.split(panel.label[rows], 300),
            np.split(whole(published, "yhat_lo"), 300),
            np.split(whole(published, "yhat_hi"), 300),
            strict=True,
        )
    ]
    alpha = 0.2 + sum(0.1 * (0.2 - day.mean()) for day in misses)
    assert published.adaptation.alpha == pytest.approx(alpha, abs=1e-12)
    assert str(published).startswith("80%, scaled by std20; prob_up by ")


def test_without_volatility_features_all_widths_are_one_and_it_is_said() -> None:
    panel = market()
    blind = Rows(("signal", "other"), panel.matrix, panel.dt, panel.label, panel.label_end)
    published = publish(blind, folds(panel))
    assert all(np.ptp(forecast.yhat_std) == 0 for forecast in published.forecasts)
    assert "no volatility feature" in str(published)
