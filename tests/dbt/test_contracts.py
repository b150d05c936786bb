"""An incremental build keeps contract and comments although it looks at the table it adds to."""

import shutil
from pathlib import Path

import pytest

from tests.sandbox import ROOT, Sandbox

AGREED = "      - name: to_dt\n        data_type: date\n"
CHANGED = "      - name: to_dt\n        data_type: timestamp\n"
DESCRIBED = "description: Last date that the change touches."
COMMENTS = {
    "duckdb": "select comment from duckdb_columns() where {}",
    "postgres": "select col_description('mart.int_price_changes'::regclass, ordinal_position) "
    "from information_schema.columns where {}",
}


def edited_project(folder: Path, old: str, new: str) -> dict[str, str]:
    """Copy the project with other words about int_price_changes; the variables that name it."""
    project = folder / "project"
    shutil.copytree(ROOT / "dbt_project", project / "dbt_project")
    for name in ("dbt_project.yml", "profiles.yml", "selectors.yml"):
        shutil.copy(ROOT / name, project)
    models = project / "dbt_project" / "models" / "intermediate" / "_intermediate__models.yml"
    text = models.read_text()
    assert text.count(old) == 1
    models.write_text(text.replace(old, new))
    return {"DBT_PROJECT_DIR": str(project)}


def test_a_changed_contract_stops_an_incremental_build(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = edited_project(tmp_path, AGREED, CHANGED)

    built = sandbox.run_dbt("run", "--select", "int_price_changes", env=environment)

    assert built.exit_code == 1
    assert "enforced contract that failed" in built.stdout
    assert "to_dt" in built.stdout


def test_a_changed_description_reaches_a_table_that_grows(
    sandbox: Sandbox, engine: str, tmp_path: Path
) -> None:
    environment = edited_project(tmp_path, DESCRIBED, "description: The change's last date.")

    sandbox.run_dbt("run", "--select", "int_price_changes", env=environment).ok()

    column = "table_schema = 'mart' and table_name = 'int_price_changes' and column_name = "
    if engine == "duckdb":
        column = column.replace("table_schema", "schema_name")
    comments = {
        name: sandbox.rows(COMMENTS[engine].format(f"{column}'{name}'"))
        for name in ("ticker", "to_dt")
    }
    assert comments == {"ticker": [("Ticker symbol.",)], "to_dt": [("The change's last date.",)]}


def test_features_are_stored_uncompressed(sandbox: Sandbox, engine: str) -> None:
    if engine != "duckdb":
        pytest.skip("PostgreSQL keeps a real in its four bytes anyway")

    stored = sandbox.rows(
        "select segment_type, compression = 'Uncompressed', count(distinct column_name) "
        "from pragma_storage_info('mart.features_alpha158') "
        "where segment_type <> 'VALIDITY' and compression <> 'Constant' group by all"
    )

    assert {kind: n for kind, plain, n in stored if plain}.get("FLOAT", 0) > 150
    assert not [kind for kind, plain, _ in stored if kind == "FLOAT" and not plain]
