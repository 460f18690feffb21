"""Plots as SVG to stand inside a page: one file for each way of drawing."""

from __future__ import annotations

from biopact.report.plots.bars import Bar, histogram
from biopact.report.plots.dots import Difference, balance
from biopact.report.plots.ratios import Ratio, forest
from biopact.report.plots.squares import Predicted, calibration, roc
from biopact.report.plots.survival import Curve, Point, survival

__all__ = [
    "Bar",
    "Curve",
    "Difference",
    "Point",
    "Predicted",
    "Ratio",
    "balance",
    "calibration",
    "forest",
    "histogram",
    "roc",
    "survival",
]
