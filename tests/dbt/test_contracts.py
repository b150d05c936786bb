"""An incremental build keeps the contract although it checks it on the table it adds to."""

import shutil
from pathlib import Path

from tests.sandbox import ROOT, Sandbox

AGREED = "      - name: to_dt\n        data_type: date\n"
CHANGED = "      - name: to_dt\n        data_type: timestamp\n"


def test_a_changed_contract_stops_an_incremental_build(sandbox: Sandbox, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "dbt_project", project / "dbt_project")
    for name in ("dbt_project.yml", "profiles.yml", "selectors.yml"):
        shutil.copy(ROOT / name, project)
    models = project / "dbt_project" / "models" / "intermediate" / "_intermediate__models.yml"
    text = models.read_text()
    assert text.count(AGREED) == 1
    models.write_text(text.replace(AGREED, CHANGED))

    built = sandbox.run_dbt(
        "run", "--select", "int_price_changes", env={"DBT_PROJECT_DIR": str(project)}
    )

    assert built.exit_code == 1
    assert "enforced contract that failed" in built.stdout
    assert "to_dt" in built.stdout
