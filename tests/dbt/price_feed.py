"""A feed of daily deliveries with everything that feeds do: gaps, restatements, late rows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

FIRST_DAY = date(2024, 1, 2)
PRICES = ("open", "high", "low", "close", "volume", "dividend", "split_ratio", "adj_close")
SCHEMA = pa.schema(
    [
        ("ticker", pa.string()),
        ("dt", pa.date32()),
        ("loaded_at", pa.timestamp("us")),
        *((name, pa.float64()) for name in PRICES),
    ]
)
# Few prices and returns, so that ties are frequent; no power of two, so that products are rounded.
TICK = 0.05


@dataclass(frozen=True)
class Event:
    """Something that happens to the feed: to which ticker, how many days back, how much."""

    kind: str
    ticker: int = 0
    days_back: int = 0
    amount: int = 1


@dataclass
class Feed:
    """What the vendor holds, and what of it the next delivery brings.

    Tickers 0 to 3 come with splits and dividends, from 4 on with an adjusted close instead.
    """

    seed: int = 0
    today: date = FIRST_DAY
    rows: dict[tuple[str, date], dict[str, Any]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    suspended: dict[str, date] = field(default_factory=dict)
    tickers: list[str] = field(default_factory=list)
    pending: set[tuple[str, date]] = field(default_factory=set)
    deliveries: int = 0

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    def list_ticker(self, history: int = 0) -> None:
        """A new ticker, delivered with so many days of history."""
        self.tickers.append(f"T{len(self.tickers)}")
        days = [d for d in self.open_days() if d <= self.today][-history:] if history else []
        for day in days:
            self._trade(self.tickers[-1], day)

    def open_days(self) -> list[date]:
        """The days on which something was delivered."""
        return sorted({day for _, day in self.rows})

    def append_days(self, count: int) -> None:
        """The next weekdays; everything trades that is neither delisted nor suspended."""
        for _ in range(count):
            self.today += timedelta(days=1)
            while self.today.weekday() > 4:
                self.today += timedelta(days=1)
            for ticker in self.tickers:
                if self._is_traded(ticker):
                    self._trade(ticker, self.today)

    def happen(self, event: Event) -> None:
        """Change the feed as the event says; the changes wait for the next delivery."""
        ticker = self.tickers[event.ticker % len(self.tickers)]
        days = [day for name, day in sorted(self.rows) if name == ticker]
        day = days[-1 - event.days_back % len(days)] if days else self.today
        changes: dict[str, Callable[[], None]] = {
            "append": lambda: self.append_days(event.amount),
            "restate": lambda: self._revise(ticker, day, close=_price(20 + event.amount)),
            "split": lambda: self._revise(ticker, day, split_ratio=float(1 + event.amount % 3)),
            "dividend": lambda: self._revise(ticker, day, dividend=_price(event.amount)),
            "level": lambda: self._relevel(ticker, event),
            "spoil": lambda: self._revise(ticker, day, close=-1.0),
            "late": lambda: self._deliver_late(ticker, event.days_back),
            "weekend": lambda: self._trade(ticker, self._weekend(event.days_back)),
            "list": lambda: self.list_ticker(event.days_back),
            "delist": lambda: self.ended.add(ticker),
            "suspend": lambda: self.suspended.update(
                {ticker: self.today + timedelta(days=4 * event.amount)}
            ),
            "open": lambda: self._open(self._weekend(event.days_back)),
            "close": lambda: self._close(day, event.amount),
        }
        changes[event.kind]()

    def deliver(self) -> pa.Table:
        """Return the rows that are new or changed since the last delivery, as one load."""
        self.deliveries += 1
        loaded_at = datetime.combine(self.today, datetime.min.time()) + timedelta(
            hours=22, seconds=self.deliveries
        )
        delivered = [
            {"ticker": ticker, "dt": day, "loaded_at": loaded_at, **self.rows[ticker, day]}
            for ticker, day in sorted(self.pending)
        ]
        self.pending.clear()
        return pa.Table.from_pylist(delivered, SCHEMA)

    def _is_traded(self, ticker: str) -> bool:
        return ticker not in self.ended and self.suspended.get(ticker, FIRST_DAY) <= self.today

    def _trade(self, ticker: str, day: date) -> None:
        ticks = int(self.random.integers(20, 60))
        close, low, high = (
            _price(ticks + change) for change in (0, -int(self.random.integers(0, 4)), 1)
        )
        with_events = int(ticker[1:]) < 4
        event = self.random.random() < 0.05
        self.rows[ticker, day] = {
            "open": low,
            "high": high,
            "low": low,
            "close": close,
            "volume": float(self.random.integers(0, 9)) * 100.0,
            "dividend": (TICK if event else 0.0) if with_events else None,
            "split_ratio": 1.0 if with_events else None,
            "adj_close": None if with_events else close * self._level(ticker, day),
        }
        self.pending.add((ticker, day))

    def _level(self, ticker: str, day: date) -> float:
        return 0.5 if (day.month + int(ticker[1:])) % 3 else 0.4

    def _revise(self, ticker: str, day: date, **values: float) -> None:
        if (ticker, day) not in self.rows:
            return
        row = self.rows[ticker, day] = self.rows[ticker, day] | values
        if "close" in values:
            row["low"], row["high"] = sorted((values["close"], row["open"]))
            row["open"] = row["low"]
        self.pending.add((ticker, day))

    def _relevel(self, ticker: str, event: Event) -> None:
        """A vendor restates adj_close of the last days after an event, as Yahoo does."""
        days = [day for name, day in sorted(self.rows) if name == ticker][-event.days_back - 1 :]
        for day in days:
            if self.rows[ticker, day]["adj_close"] is not None:
                adj_close = self.rows[ticker, day]["adj_close"] * (1 - 0.1 * (event.amount % 5))
                self._revise(ticker, day, adj_close=adj_close)

    def _deliver_late(self, ticker: str, days_back: int) -> None:
        """Deliver a day that the ticker lacks, inside or before its history, or late at its end."""
        lacking = [day for day in self.open_days() if (ticker, day) not in self.rows]
        if lacking:
            self._trade(ticker, lacking[-1 - days_back % len(lacking)])

    def _weekend(self, days_back: int) -> date:
        day = self.today - timedelta(days=days_back)
        return max(day - timedelta(days=(day.weekday() - 5) % 7), FIRST_DAY)

    def _open(self, day: date) -> None:
        for ticker in self.tickers:
            if self._is_traded(ticker) and (ticker, day) not in self.rows:
                self._trade(ticker, day)

    def _close(self, day: date, keep: int) -> None:
        """Spoil a day's prices, of all tickers or of all but one."""
        trading = [name for name, other in sorted(self.rows) if other == day]
        for name in trading[keep % 2 :]:
            self._revise(name, day, close=-1.0)


def _price(ticks: int) -> float:
    return round(TICK * ticks, 2)
