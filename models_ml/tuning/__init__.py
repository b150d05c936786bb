"""Tuning of a learner's parameters on the days before the test days; needs the extra ``tune``."""

from models_ml.errors import UsageError

try:
    import optuna as optuna
except ModuleNotFoundError as error:
    raise UsageError(
        "mlx tune needs the package optuna, which is not installed",
        hint="pip install 'mlx-returns[tune]'",
    ) from error

from models_ml.tuning.report import TuneReport
from models_ml.tuning.tune import tune

__all__ = ["TuneReport", "tune"]
