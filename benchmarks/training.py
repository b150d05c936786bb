"""``mlx train`` beside bare LightGBM on a matrix in memory, and beside the usual pandas loop.

Where training stops early depends on noise, and with it the work. So nothing stops early here: all
fit the same rows of the same folds with the same number of rounds.
"""

from benchmarks.context import Context
from benchmarks.ledger import Figures
from benchmarks.results import table, write_section
from benchmarks.workplace import ROOT, Workplace

SCRIPTS = ROOT / "benchmarks" / "own_scripts"
WAYS = {
    "bare LightGBM, matrix in memory": "bare",
    "LGBMRegressor.fit on slices, frame in memory": "usual",
    "the same as a whole script, read by pandas": "script",
}


def run(context: Context) -> None:
    """Measure all on the same folds and parameters, and write the section."""
    ledger = context.ledger("training")
    with context.workplace("duckdb", "training") as place:
        place.fill(context.prices.source)
        place.dbt("run", "--select", "+training_set")
        kept = place.sandbox.folder / "kept"
        place.script(SCRIPTS / "read_matrix.py", "--keep", str(kept))
        found = {"mlx train, whole command": ledger.measure("mlx train", lambda: _mlx(place))}
        for name, way in WAYS.items():

            def peer(way: str = way) -> Figures:
                answer, done = place.script(SCRIPTS / "bare_training.py", way, str(kept))
                whole = way == "script"
                return {
                    "seconds": done.wall if whole else answer["seconds"],
                    "CPU": done.cpu if whole else answer["cpu"],
                    "peak GB": done.peak_mb / 1e3,
                }

            found[name] = ledger.measure(name, peer)
        matrix = (kept / "matrix.npy").stat().st_size / 1e9
    own = found["mlx train, whole command"]["seconds"]
    rows = [
        (
            name,
            got["seconds"],
            own / got["seconds"],
            got["CPU"],
            got["peak GB"],
            got["peak GB"] / matrix,
        )
        for name, got in found.items()
    ]
    text = (
        "Five expanding folds and the final fit, 100 rounds each and no early stopping. "
        "`mlx train` is the whole command: reading the matrix from DuckDB, forecasts, error "
        "bars, scores and the stored run included. Bare LightGBM has the same parameters; the "
        "usual loop has them without those for equal bytes in every run, which LightGBM and "
        "scikit-learn choose. Both fit and predict what is in memory already, and the script reads "
        f"the training set from DuckDB first. The matrix has {matrix:.2f} GB.\n\n"
    )
    header = ("way", "seconds", "mlx / this", "CPU seconds", "peak GB", "peak / matrix")
    write_section("training", text + table(header, rows))
    ledger.close()


def _mlx(place: Workplace) -> Figures:
    done = place.mlx("train", "--json", "--no-baseline", "--early-stopping-rounds", "0")
    return {"seconds": done.wall, "CPU": done.cpu, "peak GB": done.peak_mb / 1e3}
