"""The named paths through the graph, and the folders that are selections by themselves."""

import pytest

from tests.sandbox import Sandbox, open_sandbox


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    sandbox = open_sandbox("duckdb", tmp_path_factory.mktemp("selectors"))
    sandbox.run_dbt("parse").ok()
    return sandbox


def models(sandbox: Sandbox, *selection: str) -> set[str]:
    """Return the names of the models that a selection holds."""
    listed = sandbox.run_dbt(
        "--quiet", "list", "--resource-type", "model", "--output", "name", *selection
    )
    return set(listed.ok().stdout.split())


@pytest.mark.parametrize(
    ("selector", "inside", "outside"),
    [
        ("grid", {"stg_market__prices", "int_trading_days", "int_price_grid"}, {"labels"}),
        ("features", {"int_price_grid", "features_alpha158", "features"}, {"labels", "daily_ic"}),
        ("labels", {"int_price_grid", "labels"}, {"features", "training_set", "daily_ic"}),
        ("training", {"features", "labels", "training_set"}, {"stg_ml__preds", "daily_ic"}),
        ("evaluation", {"stg_ml__preds", "preds_scored", "daily_ic"}, {"features", "labels"}),
    ],
)
def test_a_selector_holds_its_path_and_no_more(
    parsed: Sandbox, selector: str, inside: set[str], outside: set[str]
) -> None:
    found = models(parsed, "--selector", selector)
    assert inside <= found
    assert not outside & found


@pytest.mark.parametrize(
    ("folder", "inside"),
    [("labels", {"labels", "training_set"}), ("evaluation", {"preds_scored", "daily_ic"})],
)
def test_a_folder_is_a_selection(parsed: Sandbox, folder: str, inside: set[str]) -> None:
    found = models(parsed, "--select", folder)
    assert inside <= found
    assert not found & {"int_price_grid", "features", "stg_ml__preds"}


def test_selecting_nothing_is_an_error(parsed: Sandbox) -> None:
    done = parsed.run_dbt("list", "--select", "no_such_model")
    assert done.exit_code == 2
    assert "no_such_model" in done.stdout
