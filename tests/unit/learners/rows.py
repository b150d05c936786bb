"""Rows that learners are tried on."""

import numpy as np

from models_ml.learners.base import LabelSpan, Matrix, Vector
from models_ml.learners.validation import Validation

NAMES = ("a", "b", "c", "d")
ROWS_A_DAY = 20


def rows(n_rows: int, seed: int = 0) -> tuple[Matrix, Vector]:
    """Return a matrix with gaps and a target that two of its columns explain in part."""
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((n_rows, len(NAMES))).astype(np.float32)
    target = matrix[:, 0] * 0.5 + np.abs(matrix[:, 1]) * 0.3 + rng.standard_normal(n_rows)
    matrix[rng.random(matrix.shape) < 0.05] = np.nan
    return matrix, target.astype(np.float64)


def span_of(n_rows: int, horizon: int = 2) -> LabelSpan:
    """Return days of twenty rows each, and labels that are known some days later."""
    dt = np.datetime64("2024-01-01") + np.arange(n_rows) // ROWS_A_DAY
    return LabelSpan(dt, dt + horizon)


def held_out(n_rows: int, seed: int = 1) -> Validation:
    """Return rows for early stopping."""
    return Validation(*rows(n_rows, seed), span_of(n_rows).dt)
