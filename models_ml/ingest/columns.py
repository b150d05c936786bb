"""Which column of a file is which of ours: by name, by a common alias, or as the caller says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models_ml.errors import UsageError

PRICES = ("open", "high", "low", "close")
NUMBERS = (*PRICES, "volume", "vwap", "dividend", "split_ratio", "adj_close")
LOADED_AT = "loaded_at"
YAHOO_SPLITS = "stocksplits"

Aliases = Mapping[str, tuple[str, ...]]

PRICE_ALIASES: Aliases = {
    "ticker": ("symbol", "code", "instrument"),
    "dt": ("date", "day", "trade date", "trading date", "datetime", "timestamp"),
    "open": (),
    "high": (),
    "low": (),
    "close": (),
    "volume": ("vol",),
    "vwap": (),
    "dividend": ("dividends", "div", "div amount", "dividend amount", "ex dividend"),
    "split_ratio": ("split", "splits", "split coefficient", "split factor", YAHOO_SPLITS),
    "adj_close": ("adjusted close", "close adj"),
}
UNIVERSE_ALIASES: Aliases = {
    "ticker": PRICE_ALIASES["ticker"],
    "start_dt": ("start date", "start", "from", "date added"),
    "end_dt": ("end date", "end", "to", "date removed"),
}
SECURITY_ALIASES: Aliases = {
    "ticker": PRICE_ALIASES["ticker"],
    "name": ("security", "company", "company name", "security name"),
    "sector": ("gics sector",),
}


@dataclass(frozen=True)
class Columns:
    """The columns of one file.

    Attributes
    ----------
    positions
        Position in the file of each of our columns that it has.
    theirs
        The file's own names for them.
    ignored
        Names of the columns that are none of ours.
    """

    positions: Mapping[str, int]
    theirs: Mapping[str, str]
    ignored: tuple[str, ...]


def find_columns(
    names: Sequence[str],
    aliases: Aliases,
    *,
    required: Sequence[str],
    chosen: Mapping[str, str],
) -> Columns:
    """Match a file's column names with ours; case, spaces and punctuation do not count.

    Parameters
    ----------
    names
        The file's column names, in its order.
    aliases
        Our names, each with the other names it goes by.
    required
        Those of our names that the file must have.
    chosen
        Our name to the file's, where the caller says so; such a column is not looked up.

    Raises
    ------
    UsageError
        A required or chosen column is missing, two columns match one name, or a chosen name is
        none of ours.
    """
    _refuse_unknown(chosen, aliases)
    positions = {name: _chosen_position(names, name, theirs) for name, theirs in chosen.items()}
    taken = set(positions.values())
    for name, others in aliases.items():
        accepted = {_plain(name), *map(_plain, others)}
        found = [
            place
            for place, theirs in enumerate(names)
            if _plain(theirs) in accepted and place not in taken
        ]
        if name in positions or not found:
            continue
        if len(found) > 1:
            both = " and ".join(repr(names[place]) for place in found)
            raise UsageError(f"columns {both} both look like {name}", _map_hint(name, names[0]))
        positions[name] = found[0]
    missing = [name for name in required if name not in positions]
    if missing:
        raise UsageError(
            f"no column for {', '.join(missing)}; found {', '.join(map(repr, names))}",
            _map_hint(missing[0], "THEIRS"),
        )
    used = set(positions.values())
    return Columns(
        positions,
        {name: names[place] for name, place in positions.items()},
        tuple(name for place, name in enumerate(names) if place not in used),
    )


def share_mapping(
    chosen: Mapping[str, str], kinds: Mapping[str, Aliases]
) -> dict[str, dict[str, str]]:
    """Give each kind of file, by its name, those of the chosen columns that it may have.

    Raises
    ------
    UsageError
        A chosen name is a column of none of them.
    """
    _refuse_unknown(chosen, [name for aliases in kinds.values() for name in aliases])
    return {
        kind: {ours: theirs for ours, theirs in chosen.items() if ours in aliases}
        for kind, aliases in kinds.items()
    }


def is_yahoo_splits(name: str) -> bool:
    """Whether a column follows Yahoo's convention that 0 means no split."""
    return _plain(name) == YAHOO_SPLITS


def _refuse_unknown(chosen: Iterable[str], known: Iterable[str]) -> None:
    ours = list(dict.fromkeys(known))
    unknown = [name for name in chosen if name not in ours]
    if unknown:
        raise UsageError(
            f"there is no column {unknown[0]!r} to map to; ours are {', '.join(ours)}",
            hint="name one of ours: --map 'OURS=THEIRS'",
        )


def _chosen_position(names: Sequence[str], ours: str, theirs: str) -> int:
    exact = [place for place, name in enumerate(names) if name == theirs]
    found = exact or [place for place, name in enumerate(names) if _plain(name) == _plain(theirs)]
    if len(found) != 1:
        how_many = "more than one column" if found else "no column"
        raise UsageError(
            f"{how_many} {theirs!r} (wanted for {ours}); found {', '.join(map(repr, names))}",
            _map_hint(ours, "THEIRS"),
        )
    return found[0]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _map_hint(ours: str, theirs: str) -> str:
    return f"name it: --map '{ours}={theirs}'"
