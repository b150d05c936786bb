"""The filled database that tests start from."""

from tests.sandbox import Sandbox

TICKERS = 30
YEARS = 2
SEED = 7


def build_template(sandbox: Sandbox) -> None:
    """Run the whole main job on a small simulated market.

    Runs once per engine and test session; every test that asks for `sandbox` gets a copy.
    """
    sandbox.run_mlx(
        "demo", "--tickers", str(TICKERS), "--years", str(YEARS), "--seed", str(SEED)
    ).ok()
