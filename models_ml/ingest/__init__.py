"""Prices, index membership and securities from files into the warehouse."""

from __future__ import annotations

from models_ml.ingest.prices import PriceOptions, ingest
from models_ml.ingest.reference import ingest_securities, ingest_universe
from models_ml.ingest.refusals import Refusal, RefusedError
from models_ml.ingest.report import IngestReport, ReferenceReport
from models_ml.ingest.stamps import parse_loaded_at
from models_ml.ingest.tables import source_tables_exist
from models_ml.ingest.together import PreparedFiles, read_files

__all__ = [
    "IngestReport",
    "PreparedFiles",
    "PriceOptions",
    "ReferenceReport",
    "Refusal",
    "RefusedError",
    "ingest",
    "ingest_securities",
    "ingest_universe",
    "parse_loaded_at",
    "read_files",
    "source_tables_exist",
]
