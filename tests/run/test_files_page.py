"""docs/reference/files.md names each file of a run and each field in them, and no other."""

import re
from pathlib import Path

import pytest

import ann_cli
from ann_cli.experiments import trial_storage
from ann_cli.model import checkpoint, folder, lock
from ann_cli.model.weights import WeightsMetadata

CHECKOUT = Path(__file__).parents[2]
PAGE = (CHECKOUT / "docs" / "reference" / "files.md").read_text()
ARTICLE = CHECKOUT / "configs" / "article"
RUNS = {
    "numbers": (CHECKOUT / "configs" / "house_prices.yaml", ["epochs=1", "layers=[{units: 2}]"]),
    "an ensemble of classes": (
        {"data": {"file": str(CHECKOUT / "datasets" / "penguins.csv"), "target": "species"}},
        ["epochs=1"],
    ),
    "a series": (CHECKOUT / "configs" / "air_passengers.yaml", ["epochs=1"]),
    "a perceptron": (ARTICLE / "xor.yaml", ["epochs=1"]),
    "brute force": (ARTICLE / "brute_force.yaml", ["optimizer.points=3"]),
    "a map": (CHECKOUT / "configs" / "penguins_map.yaml", ["epochs=1"]),
}
"""Trainings that leave all that there is."""


def listed(head):
    """Return what the first column of a table names, whose heading is so."""
    (table,) = re.findall(rf"^\| {head} \|.*\n\| ---.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return [
        ann_cli.train(config, [*overrides, f"save_to={tmp_path_factory.mktemp('run')}"])
        for config, overrides in RUNS.values()
    ]


def test_every_field_is_named(runs):
    assert set(listed("field of metrics.json")) == {name for run in runs for name in run.metrics}
    assert listed("field of the metadata") == list(WeightsMetadata.model_fields)


def test_every_column_of_the_history_is_named(runs):
    seen = {name for run in runs for record in run.history for name in record}
    first = {re.sub(r"layer(_\d+)+", "layer_1", name) for name in seen}
    assert set(listed("column of history.csv")) == first


def test_every_file_is_named(runs):
    own = {*folder.OWN, checkpoint.PREVIOUS, lock.NAME, trial_storage.NAME, "report.html"}
    assert set(listed("file")) == own
    assert {each.name for run in runs for each in run.path.parent.iterdir()} <= own
