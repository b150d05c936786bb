"""The ledger of trials: what every configuration ever tried was worth, and what that says of one.

A result that was picked from many trials looks better than it is. `trial_days` keeps the daily
results of each; `read_ledger` and `Ledger.standing` set a run against all of them.
"""

from models_ml.trials.days import days_table, trial_days
from models_ml.trials.ledger import Ledger, Standing, read_ledger, standings

__all__ = ["Ledger", "Standing", "days_table", "read_ledger", "standings", "trial_days"]
