"""A continued model and a full retrain, side by side on the same days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models_ml.cli import output

if TYPE_CHECKING:
    from models_ml.crossval import FoldResult
    from models_ml.metrics import Scores
    from models_ml.train_outcome import TrainOutcome

_COLUMNS = ("fold", "model", "rows", "rounds", "IC", "RankIC", "ICIR", "seconds")


def answer_comparison(outcome: TrainOutcome) -> None:
    """Print both fold by fold, where the outcome is of a continued model."""
    if outcome.retrained is None:
        return
    rows = []
    for one, other in zip(outcome.results, outcome.retrained.results, strict=True):
        rows += [_of_fold(one, "continued"), _of_fold(other, "retrained")]
    both = (
        ("continued", outcome.results, outcome.scores),
        ("retrained", outcome.retrained.results, outcome.retrained.scores),
    )
    for name, results, scores in both:
        seconds = sum(result.seconds for result in results)
        rows.append(["all", name, "", "", *_of_scores(scores), f"{seconds:.1f}"])
    output.answer_table(_COLUMNS, rows)
    output.answer(f"continued  {outcome.config.warm_start}")


def _of_fold(result: FoldResult, name: str) -> list[str]:
    facts = [str(result.fold.index), name, f"{result.n_rows['train']:,}"]
    scores = _of_scores(result.scores)
    return [*facts, str(result.best_iteration), *scores, f"{result.seconds:.1f}"]


def _of_scores(scores: Scores) -> list[str]:
    return [f"{value:.4f}" for value in (scores.ic, scores.rank_ic, scores.icir)]
