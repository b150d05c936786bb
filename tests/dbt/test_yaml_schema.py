"""Our YAML has the shape that dbt's own JSON schemas ask for, and nothing deprecated.

dbt runs these schemas only for other adapters than ours; they are inside its package, privately.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sandbox import ROOT, Result, open_sandbox

schemas = pytest.importorskip("dbt.jsonschemas", reason="this dbt-core ships no JSON schemas")
jsonschemas = pytest.importorskip("dbt.jsonschemas.jsonschemas")

RESOURCES = sorted((ROOT / "dbt_project").rglob("*.yml"))
DEPRECATIONS = '{"error": ["Deprecations"]}'

BAD_RESOURCES = """
models:
  - name: labels
    description: A model whose keys stand in the wrong places.
    meta: {owner: research}
    config:
      horizon: 5
    columns:
      - name: ticker
        data_tests:
          - accepted_values:
              values: [a]
"""
BAD_PROJECT = """
name: mlx
models:
  mlx:
    materialized: view
horizon: 5
"""


class UniqueKeyLoader(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys in silence; this one refuses them."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping; a key that stands twice is an error."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.YAMLError(f"{sorted(twice)} twice in one mapping {node.start_mark}")
        return super().construct_mapping(node, deep)


def violations(text: str, schema: dict[str, Any]) -> list[str]:
    """Return what a JSON schema finds in YAML text, and the keys that it should find."""
    document = yaml.load(text, UniqueKeyLoader)  # noqa: S506
    validator = jsonschemas.CustomDraft7Validator(schema)
    found = [
        f"{'.'.join(map(str, leaf.absolute_path))}: {leaf.message}"
        for error in validator.iter_errors(as_dbt_reads(document))
        for leaf in leaves(error)
        if not (isinstance(leaf.instance, str) and "{{" in leaf.instance)
    ]
    return found + [f"{where}: old key `tests`" for where in old_tests_keys(document)]


def as_dbt_reads(document: Any) -> Any:
    """Capitalise severities: the schema knows only `Error` and `Warn`, dbt takes any case."""
    if isinstance(document, dict):
        return {
            key: value.capitalize()
            if key == "severity" and isinstance(value, str)
            else as_dbt_reads(value)
            for key, value in document.items()
        }
    return [as_dbt_reads(value) for value in document] if isinstance(document, list) else document


def leaves(error: Any) -> Iterator[Any]:
    """Yield the causes of an error: those of the nearest alternative where several were tried."""
    if not error.context:
        yield error
        return
    by_branch: dict[int, list[Any]] = {}
    for cause in error.context:
        by_branch.setdefault(cause.schema_path[0], []).append(cause)
    best = max(by_branch.values(), key=lambda causes: max(len(c.absolute_path) for c in causes))
    for cause in best:
        yield from leaves(cause)


def old_tests_keys(document: Any, where: str = "") -> Iterator[str]:
    """Yield the places of `tests:`, which the schema still accepts."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "tests" and isinstance(value, list):
                yield f"{where}.{key}"
            yield from old_tests_keys(value, f"{where}.{key}")
    elif isinstance(document, list):
        for position, value in enumerate(document):
            yield from old_tests_keys(value, f"{where}[{position}]")


@pytest.mark.parametrize("path", RESOURCES, ids=lambda path: path.name)
def test_resource_yaml_fits_the_schema(path: Path) -> None:
    assert violations(path.read_text(), jsonschemas.resources_schema()) == []


def test_project_yaml_fits_the_schema() -> None:
    text = (ROOT / "dbt_project.yml").read_text()
    assert violations(text, jsonschemas.project_schema()) == []


def test_there_is_yaml_to_check() -> None:
    assert {path.parent.name for path in RESOURCES} >= {"market", "ml", "labels", "evaluation"}


def test_a_misplaced_key_is_found() -> None:
    found = "\n".join(violations(BAD_RESOURCES, jsonschemas.resources_schema()))
    assert "'meta' was unexpected" in found
    assert "'horizon' was unexpected" in found


def test_a_project_without_plus_signs_is_found() -> None:
    found = "\n".join(violations(BAD_PROJECT, jsonschemas.project_schema()))
    assert "materialized" in found
    assert "'horizon' was unexpected" in found


def test_the_old_tests_key_is_found() -> None:
    text = "models: [{name: labels, columns: [{name: dt, tests: [not_null]}]}]"
    assert violations(text, jsonschemas.resources_schema()) == [
        ".models[0].columns[0].tests: old key `tests`"
    ]


def test_a_key_that_stands_twice_is_found() -> None:
    with pytest.raises(yaml.YAMLError, match="name"):
        violations("models: [{name: a, name: b}]", jsonschemas.resources_schema())


def parse_strictly(folder: Path, project: Path) -> Result:
    arguments = ["--no-partial-parse", "--show-all-deprecations", "--project-dir", str(project)]
    return open_sandbox("duckdb", folder).run_dbt(
        "--warn-error-options", DEPRECATIONS, "parse", *arguments
    )


def test_dbt_parses_without_a_deprecation(tmp_path: Path) -> None:
    parse_strictly(tmp_path, ROOT).ok()
    manifest = json.loads((tmp_path / "target" / "manifest.json").read_text())
    assert "model.mlx.labels" in manifest["nodes"]


def test_dbt_does_not_parse_what_is_deprecated(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: old\nprofile: mlx\nlog-path: elsewhere\n")
    refused = parse_strictly(tmp_path, tmp_path)
    assert refused.exit_code == 2
    assert "log-path" in refused.stdout
