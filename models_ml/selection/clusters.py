"""Features that say the same, found by their rank correlation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

_SAME = 0.7
_MOST_ROWS = 50_000


def cluster_features(matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Join features whose Spearman correlation is 0.7 or more in size, on average.

    Permuting one of two features that say the same changes little, as the model reads the other,
    so they are permuted together (Lopez de Prado, Machine Learning for Asset Managers, 2020,
    section 6.5). Average linkage on the distance 1 - abs(rho).

    Parameters
    ----------
    matrix
        Shape (n_rows, n_features); of more than 50,000 rows every k-th is taken. A missing value
        has the middle rank.

    Returns
    -------
    ndarray of int64, shape (n_features,)
        Number of each feature's cluster, from 0, in the order in which they first appear.
    """
    sample = matrix[:: -(-matrix.shape[0] // _MOST_ROWS)]
    n_features = matrix.shape[1]
    if n_features == 1:
        return np.zeros(1, dtype=np.int64)
    ranks = np.column_stack([_centred_ranks(column) for column in sample.T])
    norms = np.sqrt((ranks**2).sum(axis=0))
    scaled = ranks / np.where(norms > 0, norms, 1.0)
    distance = np.clip(1.0 - np.abs(scaled.T @ scaled), 0.0, 1.0)
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), method="average")
    numbers = fcluster(tree, t=1.0 - _SAME, criterion="distance")
    _, first = np.unique(numbers, return_index=True)
    return np.asarray(np.argsort(np.argsort(first))[numbers - 1], dtype=np.int64)


def _centred_ranks(column: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    ranks, known = np.zeros(column.size), ~np.isnan(column)
    if known.any():
        of_known = rankdata(column[known])
        ranks[known] = of_known - of_known.mean()
    return ranks
