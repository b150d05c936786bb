"""An incremental build keeps contract and comments although it looks at the table it adds to."""

import shutil
from pathlib import Path

import pytest

from tests.sandbox import ROOT, Sandbox

YAML = "_intermediate__models.yml"
AGREED = "      - name: to_dt\n        data_type: date\n"
CHANGED = "      - name: to_dt\n        data_type: timestamp\n"
FROM_DATE = "        anchored.to_dt,"
TO_TIMESTAMP = "        cast(anchored.to_dt as timestamp) as to_dt,"
COLUMN_IS = "Last date that the change touches."
TABLE_IS_READ_FOR = "what they have to rebuild."
COMMENTS = {
    "duckdb": "select column_name, comment from duckdb_columns() where table_name = '{0}' "
    "union all select null, comment from duckdb_tables() where table_name = '{0}'",
    "postgres": "select attname, description from pg_description "
    "left join pg_attribute on objoid = attrelid and objsubid = attnum and attnum > 0 "
    "where objoid = 'mart.{0}'::regclass and classoid = 'pg_class'::regclass",
}


def edited_project(folder: Path, file: str, changes: dict[str, str]) -> dict[str, str]:
    """Copy the project with other words in one of its files; the variables that name the copy."""
    project = folder / "project"
    shutil.copytree(ROOT / "dbt_project", project / "dbt_project")
    for name in ("dbt_project.yml", "profiles.yml", "selectors.yml"):
        shutil.copy(ROOT / name, project)
    edited = project / "dbt_project" / "models" / "intermediate" / file
    text = edited.read_text()
    for old, new in changes.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    edited.write_text(text)
    return {"DBT_PROJECT_DIR": str(project)}


@pytest.mark.parametrize(
    ("file", "changes", "told"),
    [
        (YAML, {AGREED: CHANGED}, "enforced contract that failed"),
        ("int_price_changes.sql", {FROM_DATE: TO_TIMESTAMP}, "out of sync"),
    ],
)
def test_another_type_stops_an_incremental_build(
    sandbox: Sandbox, tmp_path: Path, file: str, changes: dict[str, str], told: str
) -> None:
    """In the contract alone, and in the rows alone."""
    environment = edited_project(tmp_path, file, changes)

    built = sandbox.run_dbt("run", "--select", "int_price_changes", env=environment)

    assert built.exit_code == 1
    assert told in built.stdout
    assert "to_dt" in built.stdout


def test_a_changed_description_reaches_a_table_that_grows(
    sandbox: Sandbox, engine: str, tmp_path: Path
) -> None:
    changes = {COLUMN_IS: "The change's last date.", TABLE_IS_READ_FOR: "what to rebuild."}
    environment = edited_project(tmp_path, YAML, changes)
    before = comments(sandbox, engine)

    run = ("--log-level-file", "debug", "run", "--select", "int_price_changes")
    sandbox.run_dbt(*run, env=environment).ok()

    assert before["ticker"] == "Ticker symbol."
    assert before["to_dt"] == COLUMN_IS
    assert TABLE_IS_READ_FOR in before[None]
    assert comments(sandbox, engine) == {
        **before,
        "to_dt": "The change's last date.",
        None: before[None].replace(TABLE_IS_READ_FOR, "what to rebuild."),
    }

    log = sandbox.folder / "logs" / "dbt.log"
    assert log.read_text().count("comment on") == 2
    log.unlink()
    sandbox.run_dbt(*run, env=environment).ok()
    assert "comment on" not in log.read_text(), "what did not change is not written"


def comments(sandbox: Sandbox, engine: str) -> dict[str | None, str]:
    """Read the comments of int_price_changes by column; its own by None."""
    return dict(sandbox.rows(COMMENTS[engine].format("int_price_changes")))


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
