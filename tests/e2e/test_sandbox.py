"""What the fixtures promise: a filled database for each test, which no other test can spoil."""

from tests.sandbox import Sandbox

PARSED_ANEW = "Unable to do partial parsing"


def test_the_template_is_filled(sandbox: Sandbox) -> None:
    ((n_grid, n_features, n_labels),) = sandbox.rows(
        "select (select count(*) from mart.int_price_grid),"
        " (select count(*) from mart.features_alpha158), (select count(*) from mart.labels)"
    )
    assert n_grid > 10_000
    assert n_grid == n_features == n_labels


def test_a_sandbox_can_be_spoiled_alone(template: Sandbox, sandbox: Sandbox) -> None:
    before = template.rows("select count(*) from raw.prices")
    sandbox.execute("drop schema mart cascade")
    sandbox.execute("delete from raw.prices")
    assert sandbox.rows("select count(*) from raw.prices") == [(0,)]
    assert template.rows("select count(*) from raw.prices") == before


def test_a_trained_sandbox_has_a_champion_and_its_forecasts(trained_sandbox: Sandbox) -> None:
    assert trained_sandbox.rows("select alias from ml.models") == [("champion",)]
    ((n_forecasts, n_models),) = trained_sandbox.rows(
        "select count(*), count(distinct model_id) from ml.preds"
    )
    assert n_forecasts > 0
    assert n_models == 1


def test_dbt_parses_a_database_once(sandbox: Sandbox) -> None:
    """Other vars want a parse of their own; the first one is there again afterwards."""
    sandbox.run_dbt("parse").ok()
    assert PARSED_ANEW in sandbox.run_dbt("parse", "--vars", "{min_names: 7}").ok().stdout
    assert PARSED_ANEW not in sandbox.run_dbt("parse").ok().stdout
