"""Where studies are kept: a file beside the artefacts, or a server that several machines share."""

from __future__ import annotations

import re
import time
import warnings
from pathlib import Path
from urllib.parse import unquote, urlsplit

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RDBStorage

from models_ml.errors import MlxError, UsageError

_HEARTBEAT_SECONDS = 30
_GRACE_SECONDS = 120
_ATTEMPTS = 5
_SQLITE_PATIENCE = 60


def default_url(folder: Path) -> str:
    """Return the address of the studies in a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{(folder / 'studies.db').resolve()}"


def without_password(url: str) -> str:
    """Return an address that can be shown: scheme, host, port and database."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def open_storage(url: str) -> RDBStorage:
    """Open the studies of a database; its tables are optuna's, which makes them.

    A trial of a process that died is given up after two minutes without a sign of life.

    Raises
    ------
    UsageError
        The address is of no database that can be opened.
    MlxError
        The database refused.
    """
    if "://" not in url:
        raise UsageError(
            "--storage is no address of a database", hint="--storage postgresql://USER@HOST/NAME"
        )
    sqlite = urlsplit(url).scheme.startswith("sqlite")
    connect = {"timeout": _SQLITE_PATIENCE} if sqlite else {"connect_timeout": 10}
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _open(url, connect)
        except Exception as error:  # any driver's: the address may name any database
            # Of two processes that begin together one finds the other's tables half made.
            if attempt == _ATTEMPTS or not _is_half_made(error):
                raise _refused(url, error) from None
            time.sleep(0.5 * attempt)
    raise AssertionError("unreachable")


def _open(url: str, connect: dict[str, int]) -> RDBStorage:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    # Without a driver in the address SQLAlchemy looks for another one than dbt and mlx use.
    url = re.sub("^postgres(ql)?://", "postgresql+psycopg2://", url)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return RDBStorage(
            url,
            engine_kwargs={"connect_args": connect},
            heartbeat_interval=_HEARTBEAT_SECONDS,
            grace_period=_GRACE_SECONDS,
        )


def _is_half_made(error: Exception) -> bool:
    """Whether the database answers, but its tables are not as they will be in a moment."""
    return type(error).__name__ != "OperationalError" or "already exists" in str(error)


def _refused(url: str, error: Exception) -> MlxError:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    reason = lines[0]
    password = urlsplit(url).password
    for secret in filter(None, (password, unquote(password or ""))):
        reason = reason.replace(secret, "…")
    return MlxError(
        f"the studies at {without_password(url)} cannot be opened: {reason}",
        hint="mend --storage (MLX_TUNE_STORAGE), or leave it out",
    )
