"""Named feature sets in ``ml.feature_selections``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from models_ml.dbt import FeatureList
from models_ml.errors import MlxError, UsageError
from models_ml.splits import Fold
from models_ml.warehouse import Transaction, Warehouse, identifier


@dataclass(frozen=True)
class FeatureSet:
    """The features that a selection kept.

    Attributes
    ----------
    names
        In no particular order.
    known_to
        Last day that the selection knew of: the end of its last label.
    """

    name: str
    names: frozenset[str]
    known_to: date

    def of(self, features: FeatureList) -> FeatureList:
        """Return those of the features that are kept, in the order of the feature models.

        Raises
        ------
        MlxError
            dbt does not build some of them.
        """
        if lacking := sorted(self.names - set(features.names)):
            raise MlxError(
                f"feature set {self.name} has features that dbt does not build: "
                + ", ".join(lacking[:5])
                + (" …" if len(lacking) > 5 else ""),
                hint="dbt build with the feature_sets it was selected from, or select again",
            )
        return replace(features, names=tuple(n for n in features.names if n in self.names))

    def check(self, folds: Sequence[Fold]) -> None:
        """Refuse folds that test on days the selection knew.

        Raises
        ------
        UsageError
            Their scores would be those of features chosen by the test days.
        """
        first = folds[0].test.first_day
        if self.known_to >= first:
            raise UsageError(
                f"feature set {self.name} knew days up to {self.known_to}, but the folds test "
                f"from {first}",
                hint="give mlx select-features the same fold options, under another --name",
            )


def read_feature_set(warehouse: Warehouse, ml: str, name: str) -> FeatureSet:
    """Read a feature set.

    Raises
    ------
    UsageError
        There is none of that name, or it keeps no feature.
    """
    relation = f"{identifier(ml)}.feature_selections"
    rows = warehouse.read(
        f"select feature, known_to, kept from {relation} where name = :name", {"name": name}
    ).to_pylist()
    if not rows:
        raise _unknown(warehouse, relation, name)
    kept = frozenset(row["feature"] for row in rows if row["kept"])
    if not kept:
        raise UsageError(
            f"feature set {name} keeps no feature", hint="train without --features, or select again"
        )
    return FeatureSet(name, kept, rows[0]["known_to"])


def refuse_taken(reader: Warehouse | Transaction, ml: str, name: str) -> None:
    """Refuse a name that is there: models trained on a set keep its name.

    Raises
    ------
    UsageError
        It is there.
    """
    relation = f"{identifier(ml)}.feature_selections"
    query = f"select feature from {relation} where name = :name limit 1"
    if reader.read(query, {"name": name}).num_rows:
        raise UsageError(f"there is a feature set {name} already", hint="--name another")


def _unknown(warehouse: Warehouse, relation: str, name: str) -> UsageError:
    found = warehouse.read(f"select distinct name from {relation} order by name")
    names = ", ".join(found["name"].to_pylist())
    if not names:
        return UsageError(
            f"there is no feature set {name!r}, nor any other",
            hint=f"mlx select-features --name {name}",
        )
    return UsageError(
        f"there is no feature set {name!r}, only {names}", hint="name one of them after --features"
    )
