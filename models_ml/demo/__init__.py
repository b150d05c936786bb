"""A seeded market simulator with a planted signal of known strength.

`simulate_market` makes the prices of ``mlx demo`` and the truth behind them;
`simulate_deliveries` cuts them into the daily files of a vendor.
"""

from models_ml.demo.deliveries import simulate_deliveries
from models_ml.demo.market import SimulatedMarket, simulate_market

__all__ = ["SimulatedMarket", "simulate_deliveries", "simulate_market"]
