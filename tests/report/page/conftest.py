"""Runs that reports are made of."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import ann_cli
from ann_cli.report.page.material import Material, material
from ann_cli.report.page.report import report

DATASETS = Path(__file__).parents[3] / "datasets"


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
    (folder / "report.html").write_text(report(material(run)))
    return material(run)
