"""The filled database that tests start from."""

from tests.sandbox import Sandbox


def build_template(sandbox: Sandbox) -> None:
    """Fill an empty database; every test that asks for `sandbox` gets a copy of it.

    Runs once per engine and test session.
    """
    sandbox.run_dbt("build").ok()
