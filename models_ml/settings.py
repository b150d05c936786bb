"""Settings from the environment: where the project, its target and its artefacts are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from models_ml.errors import UsageError


class Settings(BaseSettings):
    """What ``MLX_*`` variables say about the place of work.

    Connection parameters are not here: they stand in ``profiles.yml``, for dbt and mlx alike.
    """

    model_config = SettingsConfigDict(env_prefix="MLX_", frozen=True)

    project_dir: Path | None = None
    target: str | None = None
    artifacts_dir: Path | None = None
    as_of: date | None = None
    lock_timeout: float = Field(default=30.0, ge=0)


def load_settings() -> Settings:
    """Read the settings.

    Raises
    ------
    UsageError
        A variable has a value of the wrong kind.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "MLX_" + str(first["loc"][0]).upper()
        raise UsageError(
            f"{name}={first['input']!r} does not work: {first['msg']}",
            hint="set it to another value, or unset it",
        ) from error
