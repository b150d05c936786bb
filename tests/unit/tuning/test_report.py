"""The command that a study names."""

from datetime import date
from pathlib import Path

import optuna

from models_ml.train_config import TrainConfig
from models_ml.tuning.report import report_of

KNOWN_TO = date(2024, 5, 31)


def command_of(config: TrainConfig, folder: Path) -> str:
    study = optuna.create_study(study_name="s")
    study.add_trial(optuna.trial.create_trial(value=0.1))
    report = report_of(
        study, config, storage="", fixed={}, known_to=KNOWN_TO, folder=folder, interrupted=False
    )
    assert report.command
    return report.command.split(" --params ")[0]


def test_the_command_has_the_options_that_are_not_usual(tmp_path: Path) -> None:
    assert command_of(TrainConfig(), tmp_path) == "mlx train"
    weighted = TrainConfig(half_life_days=120.0, uniqueness=True, early_stopping_rounds=9)
    flags = "--early-stopping-rounds 9 --half-life-days 120.0 --uniqueness"
    assert command_of(weighted, tmp_path) == f"mlx train {flags}"
