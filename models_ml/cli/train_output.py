"""What ``mlx train`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models_ml.cli import output
from models_ml.cli.comparison import answer_comparison

if TYPE_CHECKING:
    from models_ml.metrics import Scores
    from models_ml.train_config import TrainConfig
    from models_ml.train_record import StoredOutcome, TrainReport
    from models_ml.trials import Standing

_SHOWN = {
    "rmse": "rmse",
    "mae": "mae",
    "r2": "r2",
    "direction_accuracy": "direction",
    "ic": "IC",
    "rank_ic": "RankIC",
    "icir": "ICIR",
    "spread": "spread",
}


def print_folds(config: TrainConfig, as_json: bool) -> None:
    """Draw the folds of each horizon; nothing is fitted."""
    from models_ml.train_plan import plan_horizons

    plans = list(plan_horizons(config))
    if as_json and config.horizons is None:
        output.answer_json({"folds": plans[0].to_json()})
    elif as_json:
        listed = [{"horizon": plan.config.horizon, "folds": plan.to_json()} for plan in plans]
        output.answer_json({"models": listed})
    else:
        for plan in plans:
            if config.horizons is not None:
                output.answer(f"horizon {plan.config.horizon}")
            output.answer(plan.draw())


def print_report(report: TrainReport, as_json: bool) -> None:
    """Print the scores of each model, and what they are worth among all trials."""
    for warning in report.warnings:
        output.say(f"warning: {warning}")
    if as_json:
        output.answer_json(report.to_json())
        return
    for model in report.models:
        _print_model(model)
    output.answer(f"artefacts  {report.artifacts}")


def _print_model(model: StoredOutcome) -> None:
    outcome = model.outcome
    rows = [
        _row(f"{result.fold.index}", f"{result.fold.test.first_day}", result.scores)
        for result in outcome.results
    ]
    rows.append(_row("all", "", outcome.scores))
    if outcome.baseline is not None:
        rows.append(_row("ridge", "", outcome.baseline.scores))
    output.answer_table(["fold", "test from", *_SHOWN.values()], rows)
    answer_comparison(outcome)
    role = "champion" if model.is_champion else "not champion"
    output.answer(f"model      {model.model_id} ({role}, {outcome.n_iterations} rounds)")
    output.answer(f"intervals  {outcome.published}")
    _print_standing(model.standing)


def _row(name: str, first_day: str, scores: Scores) -> list[str]:
    return [name, first_day, *(f"{getattr(scores, metric):.4f}" for metric in _SHOWN)]


def _print_standing(standing: Standing) -> None:
    output.answer(f"trials     {standing}")
    if standing.warning:
        output.answer(f"           {standing.warning}")
