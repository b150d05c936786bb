"""A feature set of the user's own is picked up by build, training and docs without other edits."""

import json
import shutil
from pathlib import Path

import pytest

from models_ml.dbt import read_features
from models_ml.project import load_project
from tests.alpha158_numpy import NAMES
from tests.inprocess import inside
from tests.sandbox import ROOT, Sandbox

MOMENTUM_SQL = """
with grid as (

    select * from {{ ref('int_price_grid') }}

),

momentum as (

    select
        ticker,
        dt,
        cast(close / lag(close, 120) over by_day - 1 as real) as momentum_120,
        cast(close / lag(close, 2) over by_day - 1 as real) as momentum_2
    from grid
    window by_day as (partition by ticker order by dt)

)

select * from momentum
"""
MOMENTUM_YML = """
models:
  - name: features_momentum
    description: One row per ticker and trading day. Past returns.
    columns:
      - {name: ticker, data_type: varchar, description: Ticker symbol.}
      - {name: dt, data_type: date, description: Trading day.}
      - {name: momentum_120, data_type: real, description: Return over 120 trading days.}
      - {name: momentum_2, data_type: real, description: Return over 2 trading days.}
"""


@pytest.fixture
def own_project(tmp_path: Path) -> Path:
    """Return a copy of the project with one more feature set, named in the var feature_sets."""
    project = tmp_path / "project"
    shutil.copytree(ROOT / "dbt_project", project / "dbt_project")
    for name in ("profiles.yml", "selectors.yml"):
        shutil.copy(ROOT / name, project)
    settings = (ROOT / "dbt_project.yml").read_text()
    ours, theirs = "feature_sets: [alpha158]", "feature_sets: [alpha158, momentum]"
    assert settings.count(ours) == 1
    (project / "dbt_project.yml").write_text(settings.replace(ours, theirs))
    features = project / "dbt_project" / "models" / "features"
    (features / "features_momentum.sql").write_text(MOMENTUM_SQL)
    (features / "_momentum.yml").write_text(MOMENTUM_YML)
    return project


def test_a_users_feature_set_is_picked_up(sandbox: Sandbox, own_project: Path) -> None:
    env = {"DBT_PROJECT_DIR": str(own_project), "MLX_PROJECT_DIR": str(own_project)}
    names = (*NAMES, "momentum_120", "momentum_2")
    sandbox.run_dbt("build", "--select", "features_momentum+", env=env).ok()

    assert sandbox.columns("select * from mart.features") == ["ticker", "dt", *names]
    columns = sandbox.columns("select * from mart.training_set")
    assert columns[:162] == ["ticker", "dt", *names]
    beside = """
        select count(*), sum(case when features.momentum_2 is null then 1 else 0 end)
        from mart.features
        inner join mart.features_momentum as own
            on features.ticker = own.ticker and features.dt = own.dt
        where coalesce(features.momentum_2, 7) = coalesce(own.momentum_2, 7)
    """
    ((n_rows, n_null),) = sandbox.rows(beside)
    ((n_grid,),) = sandbox.rows("select count(*) from mart.int_price_grid")
    assert n_rows == n_grid
    assert 0 < n_null < n_grid / 10

    with inside(sandbox, env):
        assert read_features(load_project()).names == names
    manifest = json.loads((sandbox.folder / "target" / "manifest.json").read_bytes())
    assert list(manifest["nodes"]["model.mlx.features_momentum"]["columns"])[2:] == [
        *("momentum_120", "momentum_2"),
    ]
    assert "model.mlx.features" in manifest["child_map"]["model.mlx.features_momentum"]
