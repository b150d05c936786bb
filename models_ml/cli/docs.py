"""``mlx docs``."""

from __future__ import annotations

from models_ml.cli import output


def docs() -> None:
    """Build dbt's documentation with the lineage graph as one static page; print its path.

    Example: mlx docs
    """
    from models_ml.dbt import run_dbt
    from models_ml.project import load_project

    project = load_project()
    run_dbt(project, ["docs", "generate", "--static"])
    output.answer(str(project.dbt_target_path / "static_index.html"))
