"""Settings from the environment."""

from datetime import date
from pathlib import Path

import pytest

from models_ml.errors import UsageError
from models_ml.settings import Settings, load_settings

NAMES = ("PROJECT_DIR", "TARGET", "ARTIFACTS_DIR", "AS_OF", "LOCK_TIMEOUT")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(f"MLX_{name}", raising=False)


def test_defaults() -> None:
    assert load_settings() == Settings(
        project_dir=None, target=None, artifacts_dir=None, as_of=None, lock_timeout=30.0
    )


def test_every_setting_has_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in zip(NAMES, ("/p", "t", "/a", "2016-03-02", "1.5"), strict=True):
        monkeypatch.setenv(f"MLX_{name}", value)
    settings = load_settings()
    assert set(Settings.model_fields) == {name.lower() for name in NAMES}
    assert settings.project_dir == Path("/p")
    assert settings.target == "t"
    assert settings.artifacts_dir == Path("/a")
    assert settings.as_of == date(2016, 3, 2)
    assert settings.lock_timeout == 1.5


@pytest.mark.parametrize(
    ("name", "value"),
    [("MLX_AS_OF", "yesterday"), ("MLX_LOCK_TIMEOUT", "soon"), ("MLX_LOCK_TIMEOUT", "-1")],
)
def test_a_value_of_the_wrong_kind_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=f"{name}='{value}'") as caught:
        load_settings()
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.message
