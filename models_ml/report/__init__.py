"""One page about a training run, from what the warehouse has stored of it."""

from models_ml.report.page import ReportFile, write_report

__all__ = ["ReportFile", "write_report"]
