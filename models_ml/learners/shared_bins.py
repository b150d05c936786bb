"""One binning of a matrix for several fits on its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lightgbm as lgb
import numpy as np

from models_ml.learners.base import Matrix, Vector

_SAMPLE_SIZES = ("bin_construct_sample_cnt", "subsample_for_bin")
_SAMPLE_SIZE = 200_000


class SharedBins:
    """LightGBM's bins of a whole matrix, with boundaries from rows that every fit may see.

    Binning takes a third of a fit. The folds of an expanding walk-forward train on the same first
    rows, so boundaries taken from these alone tell no fold of its future, and what is binned
    once is copied for each fold (``Dataset.subset`` keeps the boundaries).

    Parameters
    ----------
    matrix
        All rows, shape (n_rows, n_features).
    seen
        Rows that take part in every fit.
    feature_names
        Names of the matrix' columns.
    params
        LightGBM's parameters.
    """

    def __init__(
        self,
        matrix: Matrix,
        seen: slice,
        feature_names: tuple[str, ...],
        params: Mapping[str, Any],
    ) -> None:
        names, params = list(feature_names), dict(params)
        boundaries = lgb.Dataset(
            matrix[seen], np.zeros(len(matrix[seen])), feature_name=names, params=params
        )
        boundaries.construct()
        self._without_bins = [
            column for column in range(len(names)) if not boundaries.feature_num_bin(column)
        ]
        self._matrix = matrix
        self._params = params
        self._binned = lgb.Dataset(
            matrix,
            np.zeros(len(matrix)),
            reference=boundaries,
            feature_name=names,
            params=params,
        ).construct()

    def serve(self, rows: Matrix) -> bool:
        """Return whether a fit on these rows finds all of them here, and bins of all that varies.

        A feature that is constant, or always missing, in the rows seen has no bins. It may begin
        later: a fit on rows that know it needs bins of its own.
        """
        here = self._first(rows) is not None
        return here and not any(_varies(rows[:, column]) for column in self._without_bins)

    def dataset(
        self, rows: Matrix, target: Vector, weight: Vector | None = None
    ) -> lgb.Dataset | None:
        """Return the bins of rows with a target; None where they are not rows of the matrix.

        Parameters
        ----------
        rows
            A view of consecutive rows of the matrix, found by its place in memory.
        target, weight
            One value for each of them.
        """
        first = self._first(rows)
        if first is None:
            return None
        subset: Any = self._binned.subset([], params=self._params)
        # Given to subset() they would become a list of Python's integers.
        subset.used_indices = np.arange(first, first + len(rows), dtype=np.int32)
        subset.construct().set_label(target)
        if weight is not None:
            subset.set_weight(weight)
        bins: lgb.Dataset = subset
        return bins

    def _first(self, rows: Matrix) -> int | None:
        """Return the number of the first row."""
        whole = self._matrix
        if rows.dtype != whole.dtype or rows.shape[1:] != whole.shape[1:]:
            return None
        first, inside_a_row = divmod(rows.ctypes.data - whole.ctypes.data, whole.strides[0])
        fits = 0 <= first <= len(whole) - len(rows)
        same = rows.strides == whole.strides and not inside_a_row
        return first if fits and same else None


def _varies(values: Matrix) -> bool:
    known = values[~np.isnan(values)]
    return known.size > 0 and (known.size < values.size or known.min() < known.max())


def enough_for_bins(n_rows: int, params: Mapping[str, Any]) -> bool:
    """Return whether rows fill the sample from which LightGBM takes the boundaries anyway."""
    given = [int(params[name]) for name in _SAMPLE_SIZES if name in params]
    return n_rows >= (given[0] if given else _SAMPLE_SIZE)
