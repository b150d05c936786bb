"""What an incremental build takes up, and which way it computes it."""

import json

import pytest

from tests.sandbox import Sandbox


def test_a_delivery_during_a_build_waits_for_the_next_one(sandbox: Sandbox) -> None:
    """A model built before it arrived decides what the newest load is."""
    query = "select ticker, changed_at from mart.int_price_changes"
    before = sorted(sandbox.rows(query))
    sandbox.execute("""
        insert into raw.prices (ticker, dt, loaded_at, close)
        select ticker, dt, loaded_at + interval '1 minute', close * 1.1
        from mart.int_accepted_prices
        order by dt desc, ticker limit 1
    """)
    sandbox.run_dbt("run", "--select", "int_price_changes").ok()
    assert sorted(sandbox.rows(query)) == before
    sandbox.run_dbt("run", "--select", "+int_price_changes").ok()
    assert len(sandbox.rows(query)) == len(before) + 1


@pytest.mark.parametrize("engine", ["duckdb"], indirect=True, scope="session")
def test_many_new_rows_are_not_computed_one_window_a_row(sandbox: Sandbox) -> None:
    """That would take memory by their number, and nine times as long."""
    days = [
        day for (day,) in sandbox.rows("select distinct dt from mart.int_price_grid order by dt")
    ]
    sandbox.execute(f"""
        insert into raw.prices (ticker, dt, loaded_at, close)
        select ticker, dt, loaded_at + interval '1 minute', close * 1.1
        from mart.int_accepted_prices
        where dt = '{days[-10]}' order by ticker limit 1
    """)
    sandbox.run_dbt("run", "--select", "+int_price_grid").ok()
    assert is_by_rows(sandbox, few_new_rows=11)
    assert not is_by_rows(sandbox, few_new_rows=10)


def is_by_rows(sandbox: Sandbox, few_new_rows: int) -> bool:
    """Whether the next build of the features would compute each window in a row of its own."""
    variables = json.dumps({"few_new_rows": few_new_rows})
    sandbox.run_dbt("compile", "--select", "features_alpha158", "--vars", variables).ok()
    (compiled,) = (sandbox.folder / "target" / "compiled").rglob("features_alpha158.sql")
    return "list_reduce" in compiled.read_text()
