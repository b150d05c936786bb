"""Forecasting stock returns from dbt features: the Python side.

>>> from models_ml import WalkForward, infer, ingest, train  # doctest: +SKIP

The names are loaded on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models_ml.infer import infer as infer
    from models_ml.ingest import ingest as ingest
    from models_ml.splits import CombinatorialPurged as CombinatorialPurged
    from models_ml.splits import WalkForward as WalkForward
    from models_ml.train import train as train

__version__ = "0.1.0"

_HOME = {
    "infer": "models_ml.infer",
    "ingest": "models_ml.ingest",
    "train": "models_ml.train",
    "CombinatorialPurged": "models_ml.splits",
    "WalkForward": "models_ml.splits",
}
__all__ = ["CombinatorialPurged", "WalkForward", "infer", "ingest", "train"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
