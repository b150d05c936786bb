"""``mlx infer``: one day as a whole command, and all days as rows a second."""

from functools import partial

from benchmarks.context import Context
from benchmarks.ledger import Figures
from benchmarks.results import table, write_section
from benchmarks.workplace import ROOT, Workplace

SCRIPT = ROOT / "benchmarks" / "own_scripts" / "bare_predict.py"
# One fold is enough for a model of 100 trees with error bars.
TRAINING = ("train", "--no-baseline", "--n-splits", "1", "--early-stopping-rounds", "0")


def run(context: Context) -> None:
    """Measure each engine, and write the section."""
    ledger = context.ledger("inference")
    rows = []
    for engine in context.engines:
        with context.workplace(engine, "inference") as place:
            place.fill(context.prices.source)
            place.dbt("run", "--select", "+training_set")
            place.mlx(*TRAINING)
            ((first, last),) = place.sandbox.rows("select min(dt), max(dt) from mart.features")
            span = ("--start", str(first), "--end", str(last))
            day = ledger.measure(f"{engine} one day", partial(_infer, place))
            every = ledger.measure(f"{engine} all days", partial(_infer, place, *span))
            bare = ledger.measure(f"{engine} bare", partial(_predict, place))
        rows.append(
            (
                engine,
                day["seconds"],
                int(every["rows"]),
                every["seconds"],
                every["rows"] / every["seconds"],
                every["CPU"],
                every["peak GB"],
                bare["seconds"],
            )
        )
    text = (
        "Whole commands, from start to forecasts with `yhat_std` and intervals in empty `ml.preds` "
        "and `ml.preds_log`; a model of 100 trees. Bare: LightGBM's predict alone, on the matrix "
        "in memory.\n\n"
    )
    header = ("engine", "one day, s", "rows of all days", "all days, s", "rows a second")
    write_section(
        "inference", text + table((*header, "CPU seconds", "peak GB", "bare predict, s"), rows)
    )
    ledger.close()


def _infer(place: Workplace, *options: str) -> Figures:
    for name in ("ml.preds_log", "ml.preds"):
        place.sandbox.execute(f"delete from {name}")
    done = place.mlx("infer", *options)
    ((n_rows,),) = place.sandbox.rows("select count(*) from ml.preds")
    return {
        "seconds": done.wall,
        "rows": float(n_rows),
        "CPU": done.cpu,
        "peak GB": done.peak_mb / 1e3,
    }


def _predict(place: Workplace) -> Figures:
    answer, _ = place.script(SCRIPT)
    return {"seconds": answer["seconds"]}
