"""Runs that reports are made of: one of each kind of task and row."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.report.page.material import Material, material
from ann_cli.report.page.report import report

DATASETS = Path(__file__).parents[3] / "datasets"

STRANGE = "</script><script>alert(1)</script>\u2028<b>&amp; \x1b[31m"
"""A name or a cell that would be markup, code or a terminal's command where it is not a text."""


@pytest.fixture(scope="session")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Material]:
    """A short training on the house prices, and its rows."""
    folder = tmp_path_factory.mktemp("houses")
    run = ann_cli.train(
        {
            "data": {"file": str(DATASETS / "house_prices.csv"), "target": "price"},
            "layers": [{"units": 8, "activation": "relu"}],
            "epochs": 8,
            "save_to": str(folder),
        }
    )
    return material(run)


def rare(path: Path) -> dict[str, Any]:
    """Write rows of two classes, one of them rare, with names that are markup; return the data."""
    generator = np.random.default_rng(0)
    rows = 300
    x = generator.normal(size=(3, rows))
    kinds = generator.choice([STRANGE, '"quoted"', "plain"], rows)
    gone = np.where(generator.random(rows) < 0.1, np.nan, x[1])
    frame = pd.DataFrame({STRANGE: x[0], "a.b[c] '\"\\": gone, "tab\there": x[2], "<i>": kinds})
    frame["fraud <b>"] = np.where(x[0] + x[2] > 1.8, STRANGE, "no")
    frame.to_csv(path, index=False)
    return {"data": {"file": str(path), "target": "fraud <b>", "test": 0.2}}


def two(path: Path) -> dict[str, Any]:
    """Write rows of two targets; return the data."""
    generator = np.random.default_rng(1)
    x = generator.normal(size=(2, 300))
    noise = generator.normal(size=(2, 300)) / 4
    frame = pd.DataFrame({"u": x[0], "v": x[1], "sum": x.sum(axis=0) + noise[0]})
    frame["product"] = x.prod(axis=0) + noise[1]
    frame.to_csv(path, index=False)
    return {"data": {"file": str(path), "target": ["sum", "product"]}}


RUNS = {
    "rare": rare,
    "two": two,
    "classes": lambda path: {
        "data": {
            "file": str(DATASETS / "penguins.csv"),
            "target": "species",
            "features": ["bill_length_mm", "island"],
            "missing": ["NA"],
        },
        "ensemble": {"members": 2, "folds": 2},
    },
    "series": lambda path: {
        "data": {
            "file": str(DATASETS / "air_passengers.csv"),
            "target": "passengers",
            "time": "month",
            "window": 12,
            "horizon": 3,
        }
    },
    "pictures": lambda path: {
        "data": {
            "file": str(DATASETS / "digits.csv"),
            "target": "digit",
            "image": {"height": 8, "width": 8},
        },
        "layers": [{"conv": 4, "kernel": 3}, {"pool": 2}],
    },
    "search": lambda path: {
        "data": {
            "file": str(DATASETS / "house_prices.csv"),
            "target": "price",
            "features": ["area"],
        },
        "layers": [],
        "optimizer": {"name": "brute_force", "values": [-1, 1], "points": 9, "biases": False},
    },
}
"""What each run learns, and from what."""


@pytest.fixture(scope="session", params=RUNS)
def reported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a short training of each kind."""
    folder = tmp_path_factory.mktemp(request.param)
    config: Mapping[str, Any] = RUNS[request.param](folder / "rows.csv")
    usual = {"layers": [{"units": 4, "activation": "tanh"}], "epochs": 3}
    if "optimizer" in config:
        del usual["epochs"]
    run = ann_cli.train({**usual, **config, "save_to": str(folder)})
    page = folder / "report.html"
    page.write_text(report(material(run)))
    return page
