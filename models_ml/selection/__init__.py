"""Selection of features on the days before the test days, and the named sets it leaves."""

from models_ml.selection.select import SelectReport, select_features

__all__ = ["SelectReport", "select_features"]
