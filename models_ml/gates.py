"""Honesty gates: what a training run must not be, to be believed without a second look."""

from __future__ import annotations

import math
from collections.abc import Sequence

MAX_PLAUSIBLE_IC = 0.15


def too_good_to_be_true(
    ic: float, gains: Sequence[tuple[str, float]], *, bound: float = MAX_PLAUSIBLE_IC
) -> str | None:
    """Say why an out-of-sample IC cannot be believed; None where it can.

    Daily ICs of stock returns that survive costs lie at a few hundredths, so a much larger one is
    a leak until somebody has shown that it is none (Grinold and Kahn, Active Portfolio Management,
    2nd ed. 1999, chapter 6, take 0.05 for good and 0.10 for exceptional). A large negative IC is
    as suspicious as a large positive one.

    Parameters
    ----------
    ic
        Mean daily IC of the out-of-sample forecasts; NaN (too few names) passes.
    gains
        Features with their gain; the one that gains most is where to look first.
    bound
        The largest absolute IC that passes.
    """
    if math.isnan(ic) or abs(ic) <= bound:
        return None
    reason = f"its out-of-sample IC of {ic:.3f} is beyond {bound:g}, too good to be true"
    total = sum(gain for _, gain in gains)
    if total <= 0:
        return reason
    feature, gain = max(gains, key=lambda pair: pair[1])
    return f"{reason}; {gain / total:.0%} of the gain is of feature {feature}"


def overruling_bound(ic: float) -> float:
    """Return the bound, in hundredths, that would let this IC pass."""
    return math.ceil(abs(ic) * 100 + 1e-9) / 100
