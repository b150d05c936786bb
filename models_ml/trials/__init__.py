"""The ledger of trials: what every configuration ever tried was worth, day by day."""

from models_ml.trials.days import days_table, trial_days

__all__ = ["days_table", "trial_days"]
