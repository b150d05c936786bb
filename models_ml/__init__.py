"""Forecasting stock returns from dbt features: the Python side.

>>> from models_ml import WalkForward, infer, ingest, train  # doctest: +SKIP

The names are loaded on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models_ml.infer import infer as infer
    from models_ml.ingest import ingest as ingest
    from models_ml.selection import select_features as select_features
    from models_ml.splits import CombinatorialPurged as CombinatorialPurged
    from models_ml.splits import WalkForward as WalkForward
    from models_ml.train import train as train
    from models_ml.tuning import tune as tune

__version__ = "0.1.0"

_HOME = {
    "infer": "models_ml.infer",
    "ingest": "models_ml.ingest",
    "select_features": "models_ml.selection",
    "train": "models_ml.train",
    "tune": "models_ml.tuning",
    "CombinatorialPurged": "models_ml.splits",
    "WalkForward": "models_ml.splits",
}
__all__ = [
    "CombinatorialPurged",
    "WalkForward",
    "infer",
    "ingest",
    "select_features",
    "train",
    "tune",
]


class _Package(ModuleType):
    """A package in which ``train`` is the function, also after ``models_ml.train`` was imported.

    Importing a submodule makes it an attribute of its package; here it would hide the function.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
