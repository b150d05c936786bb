"""What dbt's manifest says: one graph, enforced contracts, and a description of everything."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.alpha158_numpy import NAMES
from tests.sandbox import Sandbox, open_sandbox

Manifest = dict[str, Any]

TO_THE_GRID = (
    *("source.mlx.raw.prices", "model.mlx.stg_market__price_versions"),
    *("model.mlx.stg_market__prices", "model.mlx.int_checked_prices"),
    *("model.mlx.int_accepted_prices", "model.mlx.int_price_grid"),
)
TO_THE_TRAINING_SET = {
    "features": ("model.mlx.features_alpha158", "model.mlx.features", "model.mlx.training_set"),
    "labels": ("model.mlx.labels", "model.mlx.training_set"),
}
TO_THE_EVALUATION = {
    "live": ("model.mlx.stg_ml__preds_log", "model.mlx.live_preds", "model.mlx.preds_scored"),
    "folds": ("model.mlx.stg_ml__cv_preds", "model.mlx.preds_scored", "model.mlx.quantile_returns"),
}
ML_TABLES = {
    *("alias_log", "cv_folds", "cv_metrics", "cv_preds", "explanations", "feature_importance"),
    *("feature_selections", "models", "preds", "preds_log", "runs", "trial_days"),
}
NEWEST = {"newest_build", "newest_load", "newest_forecasts"}


@pytest.fixture(scope="module")
def manifest(template: Sandbox) -> Manifest:
    """Return the manifest of the session's build, with the project's own vars."""
    content: Manifest = json.loads((template.folder / "target" / "manifest.json").read_bytes())
    return content


def models(manifest: Manifest) -> dict[str, Any]:
    nodes = manifest["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}


@pytest.mark.parametrize("kind", TO_THE_TRAINING_SET)
@pytest.mark.parametrize("forecasts", TO_THE_EVALUATION)
def test_prices_lead_to_the_evaluation_edge_by_edge(
    manifest: Manifest, kind: str, forecasts: str
) -> None:
    path = (*TO_THE_GRID, *TO_THE_TRAINING_SET[kind], *TO_THE_EVALUATION[forecasts])
    missing = [edge for edge in pairwise(path) if edge[1] not in manifest["child_map"][edge[0]]]
    assert missing == []


def test_everything_hangs_together(manifest: Manifest) -> None:
    """Seen without directions, the graph of sources, models and exposures is one piece."""
    names = {
        name
        for name in manifest["parent_map"]
        if name.split(".")[0] in {"source", "model", "exposure"}
    }
    reached, queue = set[str](), ["source.mlx.raw.prices"]
    while queue:
        name = queue.pop()
        reached.add(name)
        near = manifest["parent_map"].get(name, []) + manifest["child_map"].get(name, [])
        queue += [other for other in near if other in names and other not in reached]
    assert names == reached


def test_training_hangs_on_the_training_set(manifest: Manifest) -> None:
    exposure = manifest["exposures"]["exposure.mlx.mlx_train"]
    assert exposure["type"] == "ml"
    assert exposure["depends_on"]["nodes"] == ["model.mlx.training_set"]


def test_what_mlx_writes_lies_behind_the_training_set(manifest: Manifest) -> None:
    sources = {s["name"]: name for name, s in manifest["sources"].items() if s["schema"] == "ml"}
    assert set(sources) == ML_TABLES
    for table, name in sources.items():
        readers = [child for child in manifest["child_map"][name] if child.startswith("model.")]
        assert readers == [f"model.mlx.stg_ml__{table}"]
        assert "model.mlx.training_set" in manifest["parent_map"][readers[0]]


def test_data_tests_of_what_grows_daily_look_at_what_is_new(manifest: Manifest) -> None:
    """Models of a ticker's days, and the three others to which each day adds."""
    growing = {"int_price_changes", "daily_ic", "quantile_returns"} | {
        name for name, node in models(manifest).items() if {"ticker", "dt"} <= set(node["columns"])
    }
    tests = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node["name"] != "prices_are_all_accepted"
        if growing & {parent.split(".")[2] for parent in node["depends_on"]["nodes"]}
    ]
    assert len(tests) > 30
    assert [test["name"] for test in tests if test["config"].get("where") not in NEWEST] == []


@pytest.mark.parametrize(
    ("word", "marker"),
    [("newest_build", "tested_builds"), ("newest_forecasts", "tested_forecasts")],
)
def test_what_keeps_that_tests_passed_lies_behind_them(
    manifest: Manifest, word: str, marker: str
) -> None:
    """Else dbt does not skip it where one of them failed."""
    before, queue = set[str](), [f"model.mlx.{marker}"]
    while queue:
        parents = set(manifest["parent_map"][queue.pop()]) - before
        before |= parents
        queue += parents
    tested = {
        parent
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node["config"].get("where") == word
        for parent in node["depends_on"]["nodes"]
    }
    assert len(tested) > 3
    assert tested <= before


def test_every_model_has_an_enforced_contract(manifest: Manifest) -> None:
    without = [
        name
        for name, node in models(manifest).items()
        if not node["config"]["contract"]["enforced"]
        or any(column["data_type"] is None for column in node["columns"].values())
    ]
    assert without == []


def test_every_model_says_what_a_row_is_and_describes_its_columns(manifest: Manifest) -> None:
    assert len(models(manifest)) > 20
    for name, node in models(manifest).items():
        assert node["description"].startswith("One row"), name
        assert node["columns"], name
        assert all(column["description"].strip() for column in node["columns"].values()), name


def test_every_source_says_what_a_row_is(manifest: Manifest) -> None:
    for name, source in manifest["sources"].items():
        assert "One row per" in source["description"], name


def test_the_described_features_are_those_of_alpha158(manifest: Manifest) -> None:
    columns = {name: list(node["columns"]) for name, node in models(manifest).items()}
    assert columns["features_alpha158"] == ["ticker", "dt", *NAMES, "changed_at"]
    assert columns["features"] == ["ticker", "dt", *NAMES]
    assert columns["training_set"][:160] == columns["features"]


def test_the_macro_lists_the_features_in_that_order(tmp_path: Path) -> None:
    sandbox = open_sandbox("duckdb", tmp_path)
    inline = "select '{{ alpha158_columns() | join(\" \") }}' as names"
    compiled = sandbox.run_dbt("--quiet", "compile", "--inline", inline).ok().stdout
    assert f"'{' '.join(NAMES)}'" in compiled
