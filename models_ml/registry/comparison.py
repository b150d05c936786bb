"""What the dbt model ``model_comparison`` says of a challenger."""

from __future__ import annotations

from typing import Any

from models_ml.errors import MlxError
from models_ml.project import Project
from models_ml.warehouse import identifier
from models_ml.warehouse.base import Transaction


def refuse_unless_better(
    transaction: Transaction, project: Project, model_id: str, champion: str | None
) -> None:
    """Stop unless ``model_comparison`` calls a challenger better than the present champion.

    The rule is the model's own; it is not repeated here.

    Raises
    ------
    MlxError
        The challenger is not better, or it was not yet compared with this champion.
    """
    rows = transaction.read(
        f"select * from {identifier(project.mart)}.model_comparison "
        "where challenger_id = :model_id",
        {"model_id": model_id},
    ).to_pylist()
    if not rows or rows[0]["champion_id"] != champion:
        raise MlxError(
            f"model_comparison does not compare {model_id} with the present champion",
            hint=f"mlx models promote {model_id} --as challenger, then mlx infer --shadow each "
            "day and dbt build --select evaluation",
        )
    if not rows[0]["is_better"]:
        raise MlxError(
            f"model {model_id} is not better than {champion}: {_why(rows[0])}",
            hint="mlx infer --shadow each day, and dbt build --select evaluation",
        )


def _why(row: dict[str, Any]) -> str:
    verdict = f"{row['verdict']} ({row['n_days']} matured days"
    for name, label in (
        ("ic_difference", "IC difference"),
        ("ic_p_value", "p"),
        ("dm_statistic", "Diebold-Mariano"),
        ("dm_p_value", "p"),
    ):
        if row[name] is not None:
            verdict += f", {label} {row[name]:.3g}"
    return verdict + ")"
