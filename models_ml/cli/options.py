"""Options that several commands share, each with its environment variable."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import typer

from models_ml.errors import UsageError


class Window(StrEnum):
    """How the training days grow."""

    expanding = "expanding"
    rolling = "rolling"


class Target(StrEnum):
    """The label that is fitted."""

    raw = "raw"
    excess = "excess"
    rank = "rank"


class SingleLearner(StrEnum):
    """What is fitted by itself, not out of others."""

    lightgbm = "lightgbm"
    xgboost = "xgboost"
    catboost = "catboost"
    ridge = "ridge"


def split_list(text: str | None) -> tuple[str, ...] | None:
    """Split a comma-separated list; None and an empty text mean everything."""
    if text is None or not text.strip():
        return None
    return tuple(part.strip() for part in text.split(",") if part.strip())


def as_date(moment: datetime | None) -> date | None:
    """Drop the time of a date option."""
    return None if moment is None else moment.date()


def split_horizons(text: str) -> list[int]:
    """Read ``1,5,20``.

    Raises
    ------
    UsageError
        A part is no positive whole number.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() and int(part) > 0 for part in parts):
        raise UsageError(
            f"--horizons {text!r}: only whole numbers of trading days work",
            hint="--horizons 1,5,20",
        )
    return sorted({int(part) for part in parts})


_DAY = ["%Y-%m-%d"]

Tickers = Annotated[
    str | None,
    typer.Option(envvar="MLX_TICKERS", help="Comma-separated tickers.", show_default="all"),
]
Start = Annotated[
    datetime | None,
    typer.Option(formats=_DAY, envvar="MLX_START", help="First day.", show_default="all"),
]
End = Annotated[
    datetime | None,
    typer.Option(formats=_DAY, envvar="MLX_END", help="Last day.", show_default="all"),
]
Day = Annotated[
    datetime | None,
    typer.Option(
        "--date", formats=_DAY, envvar="MLX_DATE", help="One day.", show_default="the newest"
    ),
]
Horizon = Annotated[int, typer.Option(min=1, envvar="MLX_HORIZON", help="Trading days ahead.")]
NSplits = Annotated[int, typer.Option(min=1, envvar="MLX_N_SPLITS", help="Walk-forward folds.")]
TestDays = Annotated[
    int | None,
    typer.Option(
        min=1, envvar="MLX_TEST_DAYS", help="Days a test block.", show_default="days/(splits+1)"
    ),
]
EmbargoDays = Annotated[
    int, typer.Option(min=0, envvar="MLX_EMBARGO_DAYS", help="Days added to the purge.")
]
WindowKind = Annotated[
    Window, typer.Option(envvar="MLX_WINDOW", help="Growing or moving training days.")
]
FeatureSet = Annotated[
    str | None,
    typer.Option(
        envvar="MLX_FEATURES",
        help="Feature set of mlx select-features.",
        show_default="all features",
    ),
]
Single = Annotated[SingleLearner, typer.Option(envvar="MLX_LEARNER", help="What is fitted.")]
NEstimators = Annotated[
    int, typer.Option(min=1, envvar="MLX_N_ESTIMATORS", help="Boosting rounds at the most.")
]
LabelTarget = Annotated[
    Target, typer.Option(envvar="MLX_LABEL_TARGET", help="Label to fit; yhat is a return.")
]
Seed = Annotated[int, typer.Option(min=0, envvar="MLX_SEED", help="Random seed.")]
InnerSplits = Annotated[
    int,
    typer.Option(
        min=1,
        envvar="MLX_INNER_SPLITS",
        help="Folds inside the first training block, which alone is looked at.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", envvar="MLX_DRY_RUN", help="Print the folds and stop.")
]
Json = Annotated[
    bool, typer.Option("--json", envvar="MLX_JSON", help="Print one JSON document on stdout.")
]
MaxPlausibleIC = Annotated[
    float,
    typer.Option(
        min=0,
        envvar="MLX_MAX_PLAUSIBLE_IC",
        help="Largest out-of-sample IC of a champion; more is taken for a leak.",
    ),
]
