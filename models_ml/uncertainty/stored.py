"""The uncertainty of a stored model: what ``ml.models.uncertainty`` holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models_ml.uncertainty.adaptive import Adaptation
from models_ml.uncertainty.calibration import Calibration
from models_ml.uncertainty.return_scale import ReturnScale


@dataclass(frozen=True)
class ModelUncertainty:
    """What turns the output of a final model into a published forecast.

    Attributes
    ----------
    to_return
        From the learner's output to a return.
    calibration
        Of the returns, from the out-of-sample forecasts of all folds.
    level, alpha
        Nominal level of the intervals, and where adaptive conformal inference stood after the
        labels of all folds.
    fitted_to
        Last day of the model's training rows: later days alone adapt the level.
    """

    to_return: ReturnScale
    calibration: Calibration
    level: float
    alpha: float
    fitted_to: np.datetime64

    def adaptation(self, level: float | None = None) -> Adaptation:
        """Begin where the folds ended; at another level than theirs, at the nominal one."""
        if level is None or level == self.level:
            return Adaptation(self.level, self.alpha)
        return Adaptation.start(level)

    def to_json(self) -> dict[str, Any]:
        """Entries for ``ml.models.uncertainty``."""
        return {
            "to_return": asdict(self.to_return),
            **self.calibration.to_json(),
            "adaptive": {
                "level": self.level,
                "alpha": self.alpha,
                "fitted_to": str(self.fitted_to),
            },
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> ModelUncertainty:
        """Read the entries back; equal to what was written, bit for bit.

        Raises
        ------
        KeyError, TypeError, ValueError
            An entry is missing, unknown or no number.
        """
        adaptive = state["adaptive"]
        return cls(
            to_return=ReturnScale(**state["to_return"]),
            calibration=Calibration.from_json(state),
            level=float(adaptive["level"]),
            alpha=float(adaptive["alpha"]),
            fitted_to=np.datetime64(adaptive["fitted_to"], "D"),
        )
