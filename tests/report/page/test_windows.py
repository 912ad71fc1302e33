"""The windows of a forecast that a report draws, beside what the file holds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.report.page.material import material
from ann_cli.report.page.report import figure

STEPS = np.arange(120)
SERIES = 100 + STEPS + 10.0 * (STEPS % 4) + STEPS**2 % 7
"""Its season has 4 steps, and it is not the same every time."""


@pytest.mark.parametrize(
    ("difference", "window", "called", "naive"),
    [
        ("none", 8, "the last season", SERIES[-8:-4]),
        ("none", 2, "the last value", [SERIES[-5]] * 4),
        ("season", 8, "the last season", [0] * 4),
        ("step", 8, "the last value", [0] * 4),
    ],
)
def test_the_last_window_stands_beside_what_was_known(
    difference: str, window: int, called: str, naive: list[float], tmp_path: Path
) -> None:
    times = pd.date_range("2020-01-31", periods=len(SERIES), freq="D").strftime("%Y-%m-%d")
    pd.DataFrame({"day": times, "y": SERIES}).to_csv(tmp_path / "s.csv", index=False)
    data = {"file": str(tmp_path / "s.csv"), "target": "y", "time": "day", "season": 4}
    run = ann_cli.train(
        {
            "data": {**data, "window": window, "horizon": 4},
            "layers": [],
            "epochs": 1,
            "difference": difference,
            "save_to": str(tmp_path / "run"),
        }
    )
    drawn = figure(material(run), "window-last").facts
    assert drawn is not None
    columns = dict(zip(drawn.columns, zip(*drawn.rows, strict=True), strict=True))
    assert list(columns) == ["step", "actual", "predicted", called, "low", "high"]
    found = {name: [float(cell) for cell in cells] for name, cells in columns.items()}
    base = {"none": 0.0, "season": SERIES[-8:-4], "step": SERIES[-5]}[difference]
    assert found["actual"] == pytest.approx(SERIES[-4:] - base)
    assert found[called] == pytest.approx(list(naive))
    for low, middle, high in zip(found["low"], found["predicted"], found["high"], strict=True):
        assert low <= middle <= high
