"""Returns, splits and dividends of the tape against the returns it was made from."""

import numpy as np
import pandas as pd
import pytest

from models_ml.demo.factors import Draws, draw_market
from models_ml.demo.tape import DRIFT, QUARTER, Tape, print_tape

SHAPE = (500, 40)
SCALE = 0.005


@pytest.fixture(scope="module")
def draws() -> Draws:
    return draw_market(*SHAPE, QUARTER, np.random.Generator(np.random.PCG64(11)))


@pytest.fixture(scope="module")
def tape(draws: Draws) -> Tape:
    return print_tape(draws, np.ones(SHAPE, dtype=np.bool_), SCALE)


def test_total_returns_are_the_simulated_ones_up_to_half_a_cent(draws: Draws, tape: Tape) -> None:
    """Across splits and dividends: (close * split + dividend) / previous close - 1."""
    realised = (tape.close * tape.split_ratio + tape.dividend)[1:] / tape.close[:-1] - 1.0
    half_a_cent = 0.005 * tape.split_ratio[1:] / tape.close[:-1]
    simulated = tape.expected[:-1] + draws.noise[1:]
    assert (np.abs(realised - simulated) <= half_a_cent + 1e-12).all()
    splits, dividends = tape.split_ratio[1:] != 1.0, tape.dividend[1:] > 0.0
    assert splits.sum() >= 3 and dividends.sum() > 100
    assert not (splits & dividends).any()


def test_a_two_for_one_split_halves_the_price(tape: Tape) -> None:
    day = SHAPE[0] // 2
    assert tape.split_ratio[day, 0] == 2.0
    assert tape.close[day, 0] / tape.close[day - 1, 0] == pytest.approx(0.5, abs=0.05)
    assert tape.open[day, 0] / tape.close[day - 1, 0] == pytest.approx(0.5, abs=0.05)


def test_corporate_actions_fall_only_where_they_are_allowed(draws: Draws) -> None:
    tape = print_tape(draws, np.zeros(SHAPE, dtype=np.bool_), SCALE)
    assert (tape.split_ratio == 1.0).all() and (tape.dividend == 0.0).all()


def test_dividends_are_quarterly(tape: Tape) -> None:
    payer = int((tape.dividend > 0).sum(axis=0).argmax())
    ex_days = np.flatnonzero(tape.dividend[:, payer])
    assert set(np.diff(ex_days)) == {QUARTER}


def test_the_past_does_not_know_the_future(draws: Draws, tape: Tape) -> None:
    noise = draws.noise.copy()
    noise[300:] *= -2.0
    other = print_tape(Draws(**{**vars(draws), "noise": noise}), np.ones(SHAPE, np.bool_), SCALE)
    for name, values in vars(tape).items():
        assert np.array_equal(values[:300], getattr(other, name)[:300])
    assert not np.array_equal(tape.close[300], other.close[300])


def test_expected_return_is_five_day_reversal_of_printed_prices(tape: Tape) -> None:
    """A second implementation in pandas, on a share held since the first day."""
    factor = pd.DataFrame(tape.split_ratio + tape.dividend / tape.close).cumprod()
    high, low, close = (factor * values for values in (tape.high, tape.low, tape.close))
    top, bottom = high.rolling(5).max(), low.rolling(5).min()
    rsv = (close - bottom) / (top - bottom)
    move = ((close - close.shift(5)) / (top - bottom)).clip(-1, 1)
    expected = DRIFT - SCALE * (0.6 * (2 * rsv - 1) + 0.4 * move)
    np.testing.assert_allclose(tape.expected[5:], expected[5:], rtol=0, atol=1e-12)
