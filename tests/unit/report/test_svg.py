"""Charts as SVG: round ticks, places of points, gaps where values are missing."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from models_ml.metrics import reliability
from models_ml.report import charts, svg

DAYS = np.arange("2020-01-01", "2024-01-01", dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("low", "high", "ticks", "decimals"),
    [
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0], 1),
        (-0.031, 0.052, [-0.02, 0.0, 0.02, 0.04], 2),
        (0.0, 11.0, [0.0, 2.5, 5.0, 7.5, 10.0], 1),
        (120.0, 830.0, [200.0, 400.0, 600.0, 800.0], 0),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: list[float], decimals: int) -> None:
    found, shown = svg.ticks_of(low, high)
    assert found == pytest.approx(ticks, abs=1e-12)
    assert shown == decimals


def test_a_frame_puts_the_smallest_value_at_the_bottom_left() -> None:
    frame = svg.Frame((0.0, 10.0), (0.0, 1.0))
    assert (frame.x(0), frame.y(0)) == (svg.LEFT, svg.HEIGHT - svg.BOTTOM)
    assert (frame.x(10), frame.y(1)) == (svg.WIDTH - svg.RIGHT, svg.TOP)


def test_a_line_breaks_where_a_value_is_missing() -> None:
    frame = svg.Frame((0.0, 3.0), (0.0, 1.0))
    line = svg.path(frame, np.arange(4.0), np.array([0.0, np.nan, 0.5, 1.0]), "#000000")
    assert re.findall(r"[ML]", re.search(r' d="([^"]+)"', line)[1]) == ["M", "M", "L"]  # type: ignore[index]


def test_folds_stand_where_their_days_are() -> None:
    """Two folds of ten days in all: a pixel a share of the axis, and white for the gap."""
    days = [day.item() for day in np.arange("2024-01-01", "2024-01-11", dtype="datetime64[D]")]
    blocks = [(0, "train", 0, 3), (0, "test", 6, 7), (1, "train", 0, 5), (1, "test", 8, 9)]
    chart = charts.folds(
        [
            {"fold": fold, "role": role, "dt_from": days[a], "dt_to": days[b], "n_dates": b - a + 1}
            for fold, role, a, b in blocks
        ]
    )
    drawn = [rect for rect in ElementTree.fromstring(chart).iter("rect") if len(rect)]
    day = (svg.WIDTH - svg.LEFT - svg.RIGHT) / 9
    for rect, (fold, role, first, last) in zip(drawn, blocks, strict=True):
        assert float(rect.attrib["x"]) == pytest.approx(svg.LEFT + first * day, abs=0.1)
        assert float(rect.attrib["width"]) == pytest.approx((last - first + 1) * day, abs=0.1)
        assert rect.attrib["fill"] == svg.COLOURS[0 if role == "train" else 1]
        assert (rect[0].text or "").startswith(f"{role} {days[first]} to {days[last]}")
        assert (float(rect.attrib["y"]) > float(drawn[0].attrib["y"])) == (fold == 1)


def test_every_chart_is_xml_and_escapes_names() -> None:
    values = np.sin(np.arange(DAYS.size) / 50)
    fold = {"fold": 0, "n_dates": 9, "dt_from": DAYS[0].item(), "dt_to": DAYS[99].item()}
    drawn = [
        charts.over_time("a & b", DAYS, {"<one>": values, "two": values * 2}, percent=True),
        charts.bars("a & b", ["<x>", "y"], np.array([1.0, np.nan]), percent=True),
        charts.ranking("a & b", ["<x>", "y"], np.array([0.7, 0.3])),
        charts.folds([{**fold, "role": role} for role in ("train", "valid", "test")]),
        charts.reliability(reliability(np.linspace(0.4, 0.6, 50), np.arange(50) % 2)),
    ]
    for chart in drawn:
        root = ElementTree.fromstring(chart)
        assert root.attrib["role"] == "img"
        assert root.findall(".//text")
    years = [element.text for element in ElementTree.fromstring(drawn[0]).findall(".//text")]
    assert {"2021-01", "<one>", "two"} <= set(years)
