"""Parses of dbt that a session keeps: parsing anew costs more than most commands of a test."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PARSE = "partial_parse.msgpack"
# Names the folder of the parses, which the processes of a session share; not set: none are kept.
FOLDER = "TESTS_PARSES_DIR"


@contextmanager
def kept_parse(args: Sequence[str], env: Mapping[str, str]) -> Iterator[None]:
    """Let dbt start from an earlier parse of the same database and vars, and keep its own if new.

    dbt itself decides what of it still holds.
    """
    kept, parse = _place(args, env), Path(env["DBT_TARGET_PATH"]) / PARSE
    if kept and kept.is_file():
        parse.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept, parse)
    yield
    if kept and not kept.is_file() and parse.is_file():
        copy = kept.with_name(f"{kept.name}.{os.getpid()}")
        shutil.copyfile(parse, copy)
        copy.replace(kept)


def _place(args: Sequence[str], env: Mapping[str, str]) -> Path | None:
    if FOLDER not in os.environ:
        return None
    given = [args[args.index("--vars") + 1]] if "--vars" in args else []
    names = ("MLX_TARGET", "MLX_PG_DATABASE", "DBT_PROJECT_DIR")
    state = "\n".join([*(env.get(name, "") for name in names), *given])
    return Path(os.environ[FOLDER]) / f"parse-{hashlib.sha256(state.encode()).hexdigest()[:16]}"
