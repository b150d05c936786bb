"""Aliases: which model is published (champion), and which forecast beside it (challengers).

Every change is one transaction under the lock that training takes, too, so a horizon has at most
one champion whatever runs at the same time; ``ml.alias_log`` keeps the changes.
"""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from models_ml.errors import MlxError, UsageError
from models_ml.gates import MAX_PLAUSIBLE_IC, overruling_bound, too_good_to_be_true
from models_ml.project import Project
from models_ml.registry.comparison import refuse_unless_better
from models_ml.registry.stored import StoredModel, find_model
from models_ml.runs import utc_now
from models_ml.warehouse import append, open_warehouse
from models_ml.warehouse.base import Transaction, Warehouse

Alias = Literal["champion", "challenger", "none"]
LOCK = "runs"


@dataclass(frozen=True)
class AliasReport:
    """What a promotion or a rollback did.

    Attributes
    ----------
    model_id, horizon, alias
        The model and the alias that it has now; None for no alias.
    replaced
        The champion that lost its alias to it.
    changed
        False where the model had the alias already; nothing was written then.
    """

    model_id: str
    horizon: int
    alias: str | None
    replaced: str | None
    changed: bool

    def to_json(self) -> dict[str, Any]:
        """One document."""
        return asdict(self)


def promote(
    project: Project,
    model_id: str,
    *,
    alias: Alias = "champion",
    reason: str | None = None,
    max_plausible_ic: float = MAX_PLAUSIBLE_IC,
    if_better: bool = False,
) -> AliasReport:
    """Give a model an alias; the champion before it loses its own in the same transaction.

    Parameters
    ----------
    project
        Where to work.
    model_id
        A model of ``ml.models``; its text must match its SHA-256.
    alias
        ``champion``, ``challenger``, or ``none`` to retire a challenger.
    reason
        Words for ``ml.alias_log``.
    max_plausible_ic
        The largest out-of-sample IC that a champion may have.
    if_better
        Only where ``model_comparison`` calls it better than the present champion.

    Raises
    ------
    MlxError
        There is no such model, it is damaged, not better, its IC is too good to be true, or it
        is the champion and would leave its horizon without one; nothing was written.
    """
    warehouse = open_warehouse(project)
    stored = find_model(warehouse, project.ml, _model_id(model_id), horizon=0)
    wanted = None if alias == "none" else alias
    with warehouse.transaction(LOCK) as transaction:
        present = _aliases(transaction, project.ml, stored.horizon)
        champion = next((name for name, own in present.items() if own == "champion"), None)
        if present.get(model_id) == wanted:
            return AliasReport(model_id, stored.horizon, wanted, None, changed=False)
        if model_id == champion:
            raise MlxError(
                f"model {model_id} is the champion of horizon {stored.horizon}, "
                "which would have none",
                hint="mlx models promote another one, or mlx models rollback",
            )
        if wanted == "champion":
            _refuse_implausible(transaction, project.ml, stored, max_plausible_ic)
        if if_better:
            refuse_unless_better(transaction, project, model_id, champion)
        replaced = champion if wanted == "champion" else None
        change = _Change(stored.horizon, "promote", reason)
        _apply(transaction, project.ml, change, model_id, wanted, replaced)
    return AliasReport(model_id, stored.horizon, wanted, replaced, changed=True)


def rollback(project: Project, *, horizon: int = 1, reason: str | None = None) -> AliasReport:
    """Give the alias champion back to the model that had it before.

    Each rollback undoes one promotion, so a second one goes a step further back.

    Raises
    ------
    MlxError
        There was no champion before the present one, or it is damaged; nothing was written.
    """
    warehouse = open_warehouse(project)
    champions = _champions(warehouse, project.ml, horizon)
    if len(champions) < 2:
        raise MlxError(
            f"no champion of horizon {horizon} came before the present one",
            hint="mlx models promote MODEL",
        )
    present, previous = champions[-1], champions[-2]
    find_model(warehouse, project.ml, previous, horizon=horizon)
    with warehouse.transaction(LOCK) as transaction:
        if _champions(transaction, project.ml, horizon) != champions:
            raise MlxError(
                f"the champion of horizon {horizon} was just changed by somebody else",
                hint="mlx models list, then decide again",
            )
        change = _Change(horizon, "rollback", reason)
        _apply(transaction, project.ml, change, previous, "champion", present)
    return AliasReport(previous, horizon, "champion", present, changed=True)


def crown_if_first(transaction: Transaction, ml: str, model_id: str, horizon: int) -> bool:
    """Make a new model champion where its horizon has none; to be called under the lock."""
    if "champion" in _aliases(transaction, ml, horizon).values():
        return False
    change = _Change(horizon, "train", "first model of its horizon")
    _apply(transaction, ml, change, model_id, "champion", None)
    return True


def _model_id(reference: str) -> str:
    if reference in {"champion", "challenger"} or "/" in reference or reference.endswith(".txt"):
        raise UsageError(
            f"{reference!r} is no model id; only a stored model has an alias",
            hint="mlx models list",
        )
    return reference


@dataclass(frozen=True)
class _Change:
    horizon: int
    action: str
    reason: str | None


def _aliases(transaction: Transaction, ml: str, horizon: int) -> dict[str, str]:
    rows = transaction.read(
        f"select model_id, alias from {ml}.models where horizon = :horizon and alias is not null",
        {"horizon": horizon},
    )
    return dict(zip(rows["model_id"].to_pylist(), rows["alias"].to_pylist(), strict=True))


def _champions(source: Warehouse | Transaction, ml: str, horizon: int) -> list[str]:
    """Champions of a horizon, the present one last, without those that were rolled back."""
    rows = source.read(
        f"select model_id, action from {ml}.alias_log "
        "where horizon = :horizon and alias = 'champion' order by change_no",
        {"horizon": horizon},
    ).to_pylist()
    champions: list[str] = []
    for row in rows:
        if row["action"] == "rollback":
            champions.pop()
        else:
            champions.append(row["model_id"])
    return champions


def _refuse_implausible(
    transaction: Transaction, ml: str, stored: StoredModel, bound: float
) -> None:
    of_model = "run_id = :run_id and horizon = :horizon"
    parameters = {"run_id": stored.run_id, "horizon": stored.horizon}
    scores = transaction.read(
        f"select value from {ml}.cv_metrics where {of_model} and fold = -1 and metric = 'ic'",
        parameters,
    )
    gains = transaction.read(
        f"select feature, avg(gain) as gain from {ml}.feature_importance where {of_model} "
        "group by feature",
        parameters,
    ).to_pylist()
    ic: float | None = scores["value"][0].as_py() if scores.num_rows else None
    named = [(row["feature"], row["gain"]) for row in gains]
    if ic is not None and (why := too_good_to_be_true(ic, named, bound=bound)):
        raise MlxError(
            f"model {stored.model_id} is not promoted: {why}",
            hint="look for a leak; where there is none: "
            f"mlx models promote {stored.model_id} --max-plausible-ic {overruling_bound(ic):g}",
        )


def _apply(
    transaction: Transaction,
    ml: str,
    change: _Change,
    model_id: str,
    alias: str | None,
    replaced: str | None,
) -> None:
    changes: list[tuple[str, str | None]] = [(replaced, None)] if replaced else []
    changes.append((model_id, alias))
    for name, new in changes:
        transaction.execute(
            f"update {ml}.models set alias = {'null' if new is None else ':alias'} "
            "where model_id = :model_id",
            {"model_id": name} | ({} if new is None else {"alias": new}),
        )
    _log(transaction, ml, change, changes)


def _log(
    transaction: Transaction,
    ml: str,
    change: _Change,
    changes: Sequence[tuple[str, str | None]],
) -> None:
    import pyarrow as pa

    last = transaction.read(f"select max(change_no) as change_no from {ml}.alias_log")
    n_rows, text = len(changes), pa.string()
    change_no = (last["change_no"][0].as_py() or 0) + 1
    rows = {
        "change_no": pa.array([change_no] * n_rows, pa.int32()),
        "model_id": pa.array([name for name, _ in changes], text),
        "horizon": pa.array([change.horizon] * n_rows, pa.int32()),
        "alias": pa.array([alias for _, alias in changes], text),
        "action": pa.array([change.action] * n_rows, text),
        "reason": pa.array([change.reason] * n_rows, text),
        "changed_by": pa.array([getpass.getuser()] * n_rows, text),
        "changed_at": pa.array([utc_now()] * n_rows, pa.timestamp("us")),
    }
    append(transaction, f"{ml}.alias_log", pa.table(rows))
