"""Trained models: how one is stored, found and trusted, and which of them is published."""

from models_ml.registry.aliases import AliasReport, promote, rollback
from models_ml.registry.catalogue import compare_models, list_models, show_model
from models_ml.registry.export import export_model
from models_ml.registry.replayed import find_model_as_of
from models_ml.registry.stored import (
    MANIFEST,
    MODEL,
    StoredModel,
    find_model,
    sha256,
    write_artifacts,
)

__all__ = [
    "MANIFEST",
    "MODEL",
    "AliasReport",
    "StoredModel",
    "compare_models",
    "export_model",
    "find_model",
    "find_model_as_of",
    "list_models",
    "promote",
    "rollback",
    "sha256",
    "show_model",
    "write_artifacts",
]
