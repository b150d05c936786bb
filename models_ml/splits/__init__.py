"""Cross-validation over trading days: folds that never cut through a day.

`WalkForward` is the splitter of ``mlx train``; `CombinatorialPurged` shows how much of a
result is the luck of one path through history. Both are scikit-learn splitters, and both hand
out typed folds to callers that want dates, positions and contiguous slices.
"""

from models_ml.splits.blocks import Block
from models_ml.splits.combinatorial import CombinatorialFold, CombinatorialPurged
from models_ml.splits.fold import Fold, FoldSlices
from models_ml.splits.walk_forward import WalkForward

__all__ = [
    "Block",
    "CombinatorialFold",
    "CombinatorialPurged",
    "Fold",
    "FoldSlices",
    "WalkForward",
]
