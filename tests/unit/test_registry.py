"""A model is found by name or path, and trusted only when its SHA-256 is the recorded one."""

import hashlib
import json
import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from models_ml.errors import MlxError, UsageError
from models_ml.registry import MANIFEST, MODEL, StoredModel, find_model, write_artifacts
from models_ml.warehouse import open_warehouse
from tests.inprocess import project_of
from tests.sandbox import Sandbox


def artifacts_of(sandbox: Sandbox) -> Path:
    """Return the folder of the one training run."""
    (manifest,) = (sandbox.folder / "artifacts").glob(f"*/{MANIFEST}")
    return manifest.parent


def find(sandbox: Sandbox, reference: str | None, horizon: int = 1) -> StoredModel:
    warehouse = open_warehouse(project_of(sandbox))
    return find_model(warehouse, "ml", reference, horizon=horizon)


@pytest.fixture
def copied(trained: Sandbox, tmp_path: Path) -> Path:
    """Folder of artefacts that a test may damage."""
    return Path(shutil.copytree(artifacts_of(trained), tmp_path / "copied"))


def test_artefacts_are_there_whole_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "artifacts" / "run-1"
    write_artifacts(folder, {"a.txt": b"abc", "b.json": b"{}"}, {"run_id": "run-1"})
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != MANIFEST} == {
        "a.txt": b"abc",
        "b.json": b"{}",
    }
    assert json.loads((folder / MANIFEST).read_text()) == {
        "run_id": "run-1",
        "files": {
            "a.txt": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "b.json": hashlib.sha256(b"{}").hexdigest(),
        },
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_failure_leaves_no_artefact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    owner = os if step == "fsync" else Path
    monkeypatch.setattr(owner, step, fail)
    with pytest.raises(OSError, match="No space left"):
        write_artifacts(tmp_path / "artifacts" / "run", {"a": b"1", "b": b"2"}, {})
    assert list((tmp_path / "artifacts").iterdir()) == []


def test_artefacts_that_are_there_are_not_replaced(tmp_path: Path) -> None:
    write_artifacts(tmp_path / "run", {"a": b"old"}, {})
    with pytest.raises(OSError):
        write_artifacts(tmp_path / "run", {"a": b"new"}, {})
    assert (tmp_path / "run" / "a").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_champion_name_and_path_give_the_same_model(trained: Sandbox) -> None:
    ((model_id, run_id, text),) = trained.rows("select model_id, run_id, model from ml.models")
    champion = find(trained, None)
    assert (champion.model_id, champion.run_id, champion.text) == (model_id, run_id, text)
    assert champion.horizon == 1
    assert champion.learner == "lightgbm"
    assert len(champion.features) == 158
    path = str(artifacts_of(trained) / MODEL)
    for reference in ("champion", model_id, path):
        assert find(trained, reference) == champion
    assert champion.load().feature_names == champion.features


def test_a_path_is_relative_to_the_current_folder(
    copied: Path, trained: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied)
    assert find(trained, MODEL).model_id == find(trained, None).model_id
    assert find(trained, f"../copied/{MODEL}") == find(trained, MODEL)


@pytest.mark.parametrize(
    ("reference", "horizon", "message"),
    [
        (None, 5, "no champion for horizon 5"),
        ("champion", 20, "no champion for horizon 20"),
        ("train-20000101-000000-aaaaaa-h1", 1, "no model train-20000101-000000-aaaaaa-h1"),
    ],
)
def test_an_unknown_model_is_an_error_that_names_it(
    trained: Sandbox, reference: str | None, horizon: int, message: str
) -> None:
    with pytest.raises(MlxError, match=message) as caught:
        find(trained, reference, horizon)
    assert (caught.value.exit_code, caught.value.hint) == (1, "mlx train")


@pytest.mark.parametrize(
    "reference",
    ["", "..", "x..y", "%2e%2e", "..\\x", "A", "a b", "-x", "x" * 65, "x'; drop table ml.models",
     "{{ x }}", "a\n", "é"],
)  # fmt: skip
def test_what_is_no_model_id_is_refused(trained: Sandbox, reference: str) -> None:
    with pytest.raises(UsageError, match="neither a model id nor the path"):
        find(trained, reference)


@pytest.mark.parametrize("reference", ["../x", "a/../../b", "/etc/passwd", "x.txt", "/etc/"])
def test_a_path_without_a_manifest_is_refused(
    trained: Sandbox, reference: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MlxError, match=r"cannot read .*manifest\.json") as caught:
        find(trained, reference)
    assert "beside its manifest.json" in (caught.value.hint or "")


@pytest.mark.parametrize("kept", [0, 0.01, 0.05, 0.3, 0.6, 0.9, 0.98, 0.999])
def test_a_truncated_model_file_is_refused(trained: Sandbox, copied: Path, kept: float) -> None:
    path = copied / MODEL
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(MlxError, match="is damaged: its SHA-256"):
        find(trained, str(path))


def test_a_flipped_byte_anywhere_is_refused(trained: Sandbox, copied: Path) -> None:
    path = copied / MODEL
    data = path.read_bytes()
    for position in range(0, len(data), len(data) // 40):
        damaged = bytearray(data)
        damaged[position] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(MlxError, match="is damaged"):
            find(trained, str(path))
    path.write_bytes(data)
    find(trained, str(path))


def test_a_folder_in_the_place_of_the_model_is_refused(trained: Sandbox, copied: Path) -> None:
    (copied / MODEL).unlink()
    with pytest.raises(MlxError, match=r"cannot read .*model\.txt: No such file"):
        find(trained, str(copied / MODEL))
    (copied / MODEL).mkdir()
    with pytest.raises(MlxError, match=r"cannot read .*model\.txt: Is a directory"):
        find(trained, str(copied / MODEL))


@pytest.mark.parametrize("lacking", ["files", "model_id", "horizon", "features", "uncertainty"])
def test_a_manifest_that_lacks_something_is_refused(
    trained: Sandbox, copied: Path, lacking: str
) -> None:
    manifest = json.loads((copied / MANIFEST).read_text())
    del manifest[lacking]
    (copied / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(MlxError, match=f"is not the manifest of model.txt.*{lacking}"):
        find(trained, str(copied / MODEL))


@pytest.mark.parametrize("content", ["", "not json", "[]", "{}", '{"files": []}', "\x00"])
def test_a_manifest_that_is_none_is_refused(trained: Sandbox, copied: Path, content: str) -> None:
    (copied / MANIFEST).write_text(content)
    with pytest.raises(MlxError, match=r"is not the manifest of model\.txt") as caught:
        find(trained, str(copied / MODEL))
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "damage",
    [
        "model = replace(model, 'leaf_value=0', 'leaf_value=1')",
        "model = replace(model, 'leaf_value=-0', 'leaf_value=-1')",
        "model = substr(model, 1, 5000)",
        "model = ''",
        "sha256 = 'abc'",
        "features = '[\"kmid\"'",
        "uncertainty = '{}'",
        'uncertainty = \'{"to_return": {"slope": 1, "surprise": 2}, "residuals": {}}\'',
    ],
)
def test_a_damaged_row_is_refused(trained: Sandbox, damage: str) -> None:
    before = find(trained, None)
    columns = "features, uncertainty, model, sha256"
    trained.execute(f"create table kept as select {columns} from ml.models")
    try:
        trained.execute(f"update ml.models set {damage}")
        with pytest.raises(MlxError, match=f"model {before.model_id} is damaged") as caught:
            find(trained, None)
    finally:
        names = columns.split(", ")
        restored = ", ".join(f"{name} = kept.{name}" for name in names)
        trained.execute(f"update ml.models set {restored} from kept")
        trained.execute("drop table kept")
    assert caught.value.hint == "restore it, or mlx train"
    assert find(trained, None) == before


def test_a_record_of_other_features_is_refused_before_it_predicts(trained: Sandbox) -> None:
    stored = find(trained, None)
    swapped = (stored.features[1], stored.features[0], *stored.features[2:])
    with pytest.raises(MlxError, match="its text and its record name other features"):
        replace(stored, features=swapped).load()


def test_a_learner_of_another_version_is_refused(trained: Sandbox) -> None:
    stored = replace(find(trained, None), learner="oracle")
    with pytest.raises(MlxError, match="learner 'oracle', unknown here"):
        stored.load()
