"""From a forecast to its error bar, its interval and its probability of a rise.

One concept a file. What is fitted is fitted on errors of days that the model did not train on,
and is kept as JSON in ``ml.models.uncertainty``.
"""

from models_ml.uncertainty.adaptive import Adaptation, DayMisses, adapted_intervals
from models_ml.uncertainty.band import Band, Pair
from models_ml.uncertainty.calibration import Calibration, Outcomes
from models_ml.uncertainty.conformal import ConformalScores, checked_level
from models_ml.uncertainty.forecast import Forecast
from models_ml.uncertainty.local_scale import LocalScale, log_volatility
from models_ml.uncertainty.probability import Sigmoid, fit_probability, probability_of_rise
from models_ml.uncertainty.return_scale import ReturnScale
from models_ml.uncertainty.stored import ModelUncertainty
from models_ml.uncertainty.walk_forward import PublishedFolds, publish_folds

__all__ = [
    "Adaptation",
    "Band",
    "Calibration",
    "ConformalScores",
    "DayMisses",
    "Forecast",
    "LocalScale",
    "ModelUncertainty",
    "Outcomes",
    "Pair",
    "PublishedFolds",
    "ReturnScale",
    "Sigmoid",
    "adapted_intervals",
    "checked_level",
    "fit_probability",
    "log_volatility",
    "probability_of_rise",
    "publish_folds",
]
