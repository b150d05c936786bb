"""A simulated stock market whose forecastable part is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from models_ml.demo.factors import SECTORS, draw_market, sector_numbers
from models_ml.demo.faults import NO_QUORUM, SPOILERS, Faults, choose_faults, spoil
from models_ml.demo.oracle import daily_correlation, total_returns
from models_ml.demo.schedule import BoolArray, Schedule, make_schedule
from models_ml.demo.signal import signal_scale
from models_ml.demo.tape import QUARTER, Tape, print_tape
