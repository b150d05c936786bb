"""Rules of this house that no other tool checks, each shown to find what it forbids."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.utils import canonicalize_name

from tests.requirements import DEV, closure, requirements, runtime_extras
from tests.sandbox import ROOT

PACKAGE = ROOT / "models_ml"
DBT = ROOT / "dbt_project"

UNPICKLERS = {"cloudpickle", "dill", "joblib", "jsonpickle", "marshal", "pickle", "shelve"}
PICKLE_CALLS = {"allow_pickle", "read_pickle", "to_pickle"}
ENGINE_WORDS = re.compile(r"\b(duckdb|postgres(ql)?)\b", re.IGNORECASE)
ASKS_FOR_TARGET = re.compile(r"\btarget\s*\.\s*(type|name)\b|\badapter\s*\.\s*type\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(home|root|Users|work|mnt)/\w|\b[A-Z]:\\\w")
PIN = re.compile(r"[A-Za-z0-9][\w.-]*==[\w.!+]+")
TEXT_SUFFIXES = {".cfg", ".md", ".py", ".sh", ".sql", ".toml", ".txt", ".yaml", ".yml", ""}
NOT_OURS = re.compile(r"\.(?!ci$|sqlfluff|gitignore$).*|(artifacts|build|dist|logs|target)$")


def python_files(folder: Path = PACKAGE) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def library_files() -> list[Path]:
    return [path for path in python_files() if not path.is_relative_to(PACKAGE / "cli")]


def sql_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.sql"))


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def project_files() -> Iterator[Path]:
    """Yield the text files of the project, without what tools leave in its folder."""
    for top in sorted(path for path in ROOT.iterdir() if not NOT_OURS.match(path.name)):
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and path.suffix in TEXT_SUFFIXES:
                yield path


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the modules that code imports, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def pickling(source: str) -> list[str]:
    """Return what in code reads or writes pickles."""
    tree = ast.parse(source)
    found = [name for name in imported(tree) if name.split(".")[0] in UNPICKLERS]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in PICKLE_CALLS:
            found.append(node.attr)
        if isinstance(node, ast.keyword) and node.arg in PICKLE_CALLS:
            found.append(str(node.arg))
    return found


def without_comments(sql: str) -> str:
    return re.sub(r"\{#.*?#\}|--[^\n]*", "", sql, flags=re.DOTALL)


@pytest.mark.parametrize("path", python_files(), ids=short)
def test_nothing_is_pickled(path: Path) -> None:
    assert pickling(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    ["import pickle", "from joblib import dump", "pd.read_pickle(p)", "np.load(p, allow_pickle=1)"],
)
def test_a_pickle_is_found(source: str) -> None:
    assert pickling(source)


@pytest.mark.parametrize("path", python_files(), ids=short)
def test_dbt_runs_outside_our_process_and_click_stays_typers(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(ast.parse(path.read_text()))}
    assert not roots & {"click", "dbt"}


@pytest.mark.parametrize("path", library_files(), ids=short)
def test_only_commands_print(path: Path) -> None:
    names = {
        node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)
    }
    assert "print" not in names


@pytest.mark.parametrize("path", sql_files(DBT / "models"), ids=short)
def test_a_model_does_not_ask_which_engine_it_is_on(path: Path) -> None:
    assert not ASKS_FOR_TARGET.search(path.read_text())


def test_a_question_for_the_engine_is_found() -> None:
    assert ASKS_FOR_TARGET.search("{% if target.type == 'x' %}")
    assert ASKS_FOR_TARGET.search("{{ adapter.type() }}")
    assert not ASKS_FOR_TARGET.search("{{ target.schema }}")


def test_engines_are_named_in_cross_db_alone() -> None:
    cross_db = DBT / "macros" / "cross_db"
    named = {
        short(path)
        for path in sql_files(DBT)
        if not path.is_relative_to(cross_db)
        and ENGINE_WORDS.search(without_comments(path.read_text()))
    }
    assert named == set()
    assert any(ENGINE_WORDS.search(path.read_text()) for path in sql_files(cross_db))


def test_drivers_are_imported_in_the_warehouse_alone() -> None:
    users = {
        path.relative_to(PACKAGE).parts[0]
        for path in python_files()
        for name in imported(ast.parse(path.read_text()))
        if name.split(".")[0] in {"duckdb", "psycopg2", "sqlalchemy"}
    }
    assert users == {"warehouse"}


@pytest.mark.parametrize("path", sql_files(DBT / "macros"), ids=short)
def test_a_macro_file_is_named_like_a_macro_in_it(path: Path) -> None:
    macros = re.findall(r"{%-?\s*(?:macro|materialization)\s+(\w+)", path.read_text())
    assert path.stem in macros


@pytest.mark.parametrize("path", sql_files(DBT / "tests" / "generic"), ids=short)
def test_a_generic_test_file_is_named_like_its_test(path: Path) -> None:
    assert re.findall(r"{%-?\s*test\s+(\w+)", path.read_text()) == [path.stem]


@cache
def documented() -> dict[str, dict[str, str]]:
    """Return the described columns of every model and source table in YAML."""
    tables: dict[str, dict[str, str]] = {}
    for path in sorted(DBT.rglob("*.yml")):
        content = yaml.safe_load(path.read_text())
        sources = [table for one in content.get("sources", []) for table in one["tables"]]
        for table in content.get("models", []) + sources:
            columns = {c["name"]: c.get("description", "") for c in table.get("columns", [])}
            tables[table["name"]] = {"": table.get("description", ""), **columns}
    return tables


@pytest.mark.parametrize("path", sql_files(DBT / "models"), ids=lambda path: path.stem)
def test_a_model_and_its_columns_are_described(path: Path) -> None:
    texts = documented().get(path.stem, {})
    assert len(texts) > 1, "no description in YAML, or no columns"
    assert [name or path.stem for name, text in texts.items() if not text.strip()] == []


def test_no_file_names_a_place_on_some_machine() -> None:
    own = Path(__file__)
    found = [
        f"{short(path)}:{number}"
        for path in project_files()
        if path != own
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("line", ["cd /home/anna", 'open("/root/x")', r"C:\Users", "in /work/main"])
def test_a_place_on_some_machine_is_found(line: str) -> None:
    assert MACHINE_PATH.search(line)


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    parts = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in parts}


def test_constraints_are_pins_and_nothing_else() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not (line.startswith("#") or PIN.fullmatch(line))] == []


def test_constraints_fit_what_the_package_asks_for() -> None:
    pinned = pins()
    unfit = [
        str(r)
        for r in requirements(*runtime_extras(), DEV)
        if not r.specifier.contains(pinned.get(canonicalize_name(r.name), "0"), prereleases=True)
    ]
    assert unfit == []


def test_constraints_pin_all_that_comes_along() -> None:
    brought = closure(requirements())
    assert {"agate", "numpy", "pydantic-core", "protobuf"} <= brought
    assert brought - set(pins()) == set()


def test_every_import_is_a_declared_dependency() -> None:
    declared = {canonicalize_name(r.name) for r in requirements(*runtime_extras())}
    distributions = metadata.packages_distributions()
    roots = {
        name.split(".")[0]
        for path in python_files()
        for name in imported(ast.parse(path.read_text()))
    }
    undeclared = {
        root
        for root in roots & set(distributions)
        if root != PACKAGE.name
        and not declared & {canonicalize_name(name) for name in distributions[root]}
    }
    assert undeclared == set()
