"""Text pictures of folds: a bar per fold, then dates, days and rows of every part."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models_ml.splits.fold import PanelFold
from models_ml.splits.trading_days import Days, PanelDays

_SYMBOL = {"train": "=", "valid": "v", "test": "#"}
_GAP = "."
_UNUSED = " "


def draw_folds(
    folds: Sequence[PanelFold], calendar: Days, rows: PanelDays | None, width: int
) -> str:
    """Draw folds as ASCII bars over the calendar, with a table of their parts below.

    Parameters
    ----------
    folds : sequence of folds
        All on ``calendar``.
    calendar : ndarray of datetime64[D], shape (n_days,)
        The trading days the folds were made from.
    rows : PanelDays, optional
        Days of the rows of a panel; with it the table counts rows.
    width : int
        Characters of a bar. A calendar of no more days is drawn one character a day; on a
        longer one a gap that would vanish is still given one character.
    """
    legend = f"{_SYMBOL['train']} train  {_SYMBOL['valid']} valid  {_SYMBOL['test']} test"
    lines = [
        f"{len(folds)} folds over {calendar.size:,} trading days, "
        f"{calendar[0]} .. {calendar[-1]}   {legend}  {_GAP} dropped"
    ]
    lines += [f"{fold.index:>3} |{_bar(fold, calendar.size, width)}|" for fold in folds]
    lines.append(f"{'':>3}  {'part':<6}{'from':<12}{'to':<12}{'days':>7}" + _rows_title(rows))
    for fold in folds:
        lines += _table(fold, rows)
    return "\n".join(lines)


def _rows_title(rows: PanelDays | None) -> str:
    return "" if rows is None else f"{'rows':>12}"


def _table(fold: PanelFold, rows: PanelDays | None) -> Iterator[str]:
    label = f"{fold.index:>3}"
    for role, block in fold.parts():
        first, last = block.first_day.isoformat(), block.last_day.isoformat()
        line = f"{label}  {role:<6}{first:<12}{last:<12}{block.n_days:>7,}"
        if rows is not None:
            line += f"{_count(rows, block.first_day, block.last_day):>12,}"
        yield line
        label = " " * 3


def _count(rows: PanelDays, first: date, last: date) -> int:
    inside = (rows.calendar >= np.datetime64(first)) & (rows.calendar <= np.datetime64(last))
    return int(np.count_nonzero(inside[rows.position]))


def _bar(fold: PanelFold, n_days: int, width: int) -> str:
    """Symbol of the middle day of every character's stretch of the calendar."""
    symbols = _day_symbols(fold, n_days)
    width = min(width, n_days)
    middle = ((np.arange(width) + 0.5) * n_days / width).astype(np.intp)
    bar = symbols[middle]
    gap_starts = np.flatnonzero((symbols == _GAP) & (np.roll(symbols, 1) != _GAP))
    bar[gap_starts * width // n_days] = _GAP
    return "".join(bar.tolist())


def _day_symbols(fold: PanelFold, n_days: int) -> NDArray[np.str_]:
    parts = fold.parts()
    symbols = np.full(n_days, _UNUSED, dtype="<U1")
    symbols[min(block.start for _, block in parts) : max(block.stop for _, block in parts)] = _GAP
    for role, block in parts:
        symbols[block.start : block.stop] = _SYMBOL[role]
    return symbols
