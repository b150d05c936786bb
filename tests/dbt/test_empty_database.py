"""A build of a database in which there is nothing."""

from tests.sandbox import Sandbox

SOURCES = {
    "raw": {"prices", "securities", "universe"},
    "ml": {
        "alias_log",
        "explanations",
        *("cv_folds", "cv_metrics", "cv_preds", "feature_importance", "feature_selections"),
        *("models", "preds", "preds_log", "runs", "trial_days"),
    },
}
MARTS = ("int_price_grid", "features_alpha158", "labels", "training_set", "daily_ic")


def tables_of(sandbox: Sandbox, schema: str) -> set[str]:
    query = f"select table_name from information_schema.tables where table_schema = '{schema}'"
    return {name for (name,) in sandbox.rows(query)}


def assert_there_and_empty(sandbox: Sandbox) -> None:
    for schema, tables in SOURCES.items():
        assert tables_of(sandbox, schema) == tables
        for table in tables:
            assert sandbox.rows(f"select count(*) from {schema}.{table}") == [(0,)], table
    assert tables_of(sandbox, "mart").issuperset(MARTS)
    for model in MARTS:
        assert sandbox.rows(f"select count(*) from mart.{model}") == [(0,)], model


def test_an_empty_database_builds_again_and_again(empty_sandbox: Sandbox) -> None:
    empty_sandbox.run_dbt("build").ok()
    assert_there_and_empty(empty_sandbox)
    # The second build finds the tables of the first: incremental models take their other branch.
    empty_sandbox.run_dbt("run").ok()
    assert_there_and_empty(empty_sandbox)
