"""``mlx train`` beside bare LightGBM on a matrix in memory, and beside the usual pandas loop."""

from benchmarks.context import Context
from benchmarks.ledger import Figures
from benchmarks.results import table, write_section
from benchmarks.workplace import ROOT, Workplace

SCRIPTS = ROOT / "benchmarks" / "own_scripts"
WAYS = {"bare LightGBM, matrix in memory": "bare", "LGBMRegressor.fit on slices": "usual"}


def run(context: Context) -> None:
    """Measure the three on the same folds and parameters, and write the section."""
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
                return {"seconds": answer["seconds"], "peak GB": done.peak_mb / 1e3}

            found[name] = ledger.measure(name, peer)
        matrix = (kept / "matrix.npy").stat().st_size / 1e9
    own = found["mlx train, whole command"]["seconds"]
    rows = [
        (name, got["seconds"], own / got["seconds"], got["peak GB"], got["peak GB"] / matrix)
        for name, got in found.items()
    ]
    text = (
        "Five expanding folds with early stopping and the final fit, LightGBM's 100 rounds at "
        "the most. `mlx train` is the whole command: reading the matrix from DuckDB, forecasts, "
        f"scores and the stored run included. The matrix has {matrix:.2f} GB.\n\n"
    )
    header = ("way", "seconds", "mlx / this", "peak GB", "peak / matrix")
    write_section("training", text + table(header, rows))
    ledger.close()


def _mlx(place: Workplace) -> Figures:
    done = place.mlx("train", "--no-baseline", "--json")
    return {"seconds": done.wall, "peak GB": done.peak_mb / 1e3}
