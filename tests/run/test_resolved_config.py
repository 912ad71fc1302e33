"""The config of a run, given back: every kind of it is taken, and means the same."""

import numpy as np
import pandas as pd
import pytest

from ann_cli.config.entry_schema import plain
from ann_cli.config.plain_config import as_yaml
from ann_cli.config.read import load
from ann_cli.run import begin

ROWS = 60
MODEL = {"target": None, "features": ["a", "b", "zone"]}
SERIES = {"time": "day", "window": 6, "features": None}
RATINGS = {"target": None, "features": None, "user": "zone", "item": "item", "rating": "count"}
SEARCH = {"name": "brute_force", "values": [-1, 1], "points": 2}

KINDS = {
    "recipe": {},
    "one network": {"recipe": "none"},
    "classes": {"data": {"target": "label"}},
    "several targets": {"data": {"target": ["price", "count"]}},
    "a transform": {"data": {"target_transform": {"price": "log"}}},
    "a range": {"data": {"target_range": [0, None]}},
    "quantiles": {"loss": {"name": "quantile", "quantiles": [0.1, 0.9]}},
    "counts": {"data": {"target": "count"}, "loss": "poisson"},
    "an order": {"data": {"types": {"zone": {"order": ["p", "q", "r"]}}}},
    "shared inputs": {"data": {"types": {"zone": {"hashed": 4}}}},
    "waves": {"data": {"encoding": {"name": "periodic", "frequencies": 3}}},
    "groups": {"data": {"group": "item", "test": 0.2}},
    "times": {"data": {"time": "day"}},
    "weights": {"data": {"sample_weight": "count"}},
    "an ensemble": {
        "layers": [{"units": 4}],
        "ensemble": {"members": 4, "folds": 2, "variations": [{}, {"layers": []}]},
    },
    "a series": {"data": {**SERIES, "horizon": 2}},
    "a series by layers": {"data": {**SERIES, "horizon": 2}, "layers": [{"lstm": 3}]},
    "examples": {
        "data": {**SERIES, "features": ["a", "b"], "series": "item", "target": "kind"},
    },
    "autoencoder": {"model": "autoencoder", "data": MODEL},
    "map": {"model": "som", "data": MODEL},
    "boltzmann": {"model": "boltzmann", "data": MODEL},
    "ratings": {"model": "autoencoder", "data": RATINGS},
    "ratings of a machine": {"model": "boltzmann", "data": RATINGS},
    "search": {"recipe": "none", "layers": [], "optimizer": SEARCH},
    "perceptron": {
        "data": {"target": "label"},
        "layers": [],
        "output_activation": "threshold",
    },
}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(ROWS, 2)).round(3), columns=["a", "b"])
    frame["zone"] = np.array(list("pqr"))[np.arange(ROWS) % 3]
    frame["item"] = [f"i{number // 6}" for number in range(ROWS)]
    frame["kind"] = [f"k{number // 6 % 2}" for number in range(ROWS)]
    frame["day"] = pd.date_range("2020-01-01", periods=ROWS).strftime("%Y-%m-%d")
    frame["count"] = generator.integers(1, 6, ROWS)
    frame["price"] = (9 + 2 * frame["a"] + generator.normal(size=ROWS) / 9).round(3)
    frame["label"] = np.where(frame["a"] + frame["b"] > 0, "yes", "no")
    path = tmp_path_factory.mktemp("resolved") / "table.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_resolved_config_is_taken_and_means_the_same(table, tmp_path, kind):
    given = KINDS[kind]
    data = {"file": str(table), "target": "price", "features": ["a", "b", "zone"]}
    data = {key: value for key, value in (data | given.get("data", {})).items() if value}
    config = {"epochs": 2, **given, "data": data}
    run = begin(load(config), dry=True)
    (tmp_path / "config.yaml").write_text(as_yaml(run.data_set.config, tmp_path))
    again = begin(load(tmp_path / "config.yaml"), dry=True)
    assert plain(again.data_set.config) == plain(run.data_set.config)
    np.testing.assert_array_equal(again.model.network.stored, run.model.network.stored)
