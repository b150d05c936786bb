"""The README's commands work as they stand there, one after the other."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from docs.generate_cli import commands
from models_ml.demo import simulate_market
from tests.sandbox import ROOT, Result, Sandbox, open_sandbox
from tests.template import SEED, TICKERS, YEARS

# They install and run everything, these tests included; checked against the Makefile instead.
NOT_RUN = {"make demo", "make test"}
# The commands as they stand there, on less work.
LESS_WORK = {"MLX_N_ESTIMATORS": "5", "MLX_SKIP_BAD": "1"}


def code_blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


def command_lines(page: Path) -> list[str]:
    """Return the shell commands of a page, without comments."""
    lines = [line for block in code_blocks(page, "sh") for line in block.splitlines()]
    return [line.partition(" #")[0].strip() for line in lines if line.strip()]


def run(sandbox: Sandbox, line: str) -> Result:
    program, *arguments = shlex.split(line)
    programs = {"mlx": sandbox.run_mlx, "dbt": sandbox.run_dbt}
    return programs[program](*arguments)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Folder with the file of prices that the README speaks of, and nothing else."""
    folder = tmp_path_factory.mktemp("readme")
    pq.write_table(simulate_market(TICKERS, YEARS, SEED).prices, folder / "prices.parquet")
    sandbox = open_sandbox("duckdb", folder)
    sandbox.env.update(LESS_WORK)
    yield sandbox
    sandbox.close()


def test_commands_are_found() -> None:
    lines = command_lines(ROOT / "README.md")
    assert {"make demo", "make test", "dbt build", "mlx infer"} <= set(lines)
    assert {line.split()[0] for line in lines} == {"make", "mlx", "dbt"}


def test_what_is_not_run_here_is_a_target_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for line in NOT_RUN:
        assert re.search(rf"^{line.removeprefix('make ')}:", makefile, re.MULTILINE), line


@pytest.mark.slow
def test_every_command_works_as_it_stands(place: Sandbox) -> None:
    results = {
        line: run(place, line).ok()
        for line in command_lines(ROOT / "README.md")
        if line not in NOT_RUN
    }
    assert len(results) >= 8
    ((model_id,),) = place.rows("select model_id from ml.models where alias = 'champion'")
    assert model_id in results["mlx train --horizon 1"].stdout
    assert results["mlx infer --json"].json()["n_written"] == 0, "forecast before, by `mlx infer`"
    page = Path(results["mlx docs"].stdout.strip())
    assert page.is_relative_to(place.folder)
    assert "<html" in page.read_text()
    scored = place.rows("select origin, count(*) from mart.preds_scored group by origin")
    assert {origin for origin, _ in scored} == {"cv", "live"}


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda page: page.name
)
def test_commands_of_the_other_pages_are_known(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those need data or servers of the reader's; here only their names and options."""
    monkeypatch.chdir(tmp_path)
    for line in command_lines(page):
        program, *arguments = shlex.split(line)
        if program == "mlx":
            for file in map(Path, (word for word in arguments if word.endswith(".json"))):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()
            n_words = 1 if arguments[0] in commands() else 2
            name = " ".join(arguments[:n_words])
            commands()[name].make_context(name, arguments[n_words:])
        else:
            assert program in {"dbt", "export", "make", "python", "pip", "pytest", ".ci/run"}, line


def test_links_of_the_readme_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)", (ROOT / "README.md").read_text())
    broken = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert len(links) > 5
    assert broken == []
