"""What every test of a model needs: one of each task and output, trained on a small table."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest

import ann_cli

CASES = {
    "regression linear": {"target": "price"},
    "regression sigmoid": {
        "target": "price",
        "output_activation": "sigmoid",
        "scaling": "minmax",
    },
    "huber": {"target": "price", "loss": {"name": "huber", "threshold": 0.5}},
    "perceptron of a number": {"target": "price", "layers": []},
    "softmax of two": {"target": "two"},
    "softmax of three": {"target": "three"},
    "squared error of classes": {"target": "three", "loss": "half_squared_error"},
    "sigmoid of two": {"target": "two", "output_activation": "sigmoid"},
    "sigmoid of three": {"target": "three", "output_activation": "sigmoid"},
    "hinge of two": {"target": "two", "loss": "hinge"},
    "hinge of three": {"target": "three", "output_activation": "linear"},
    "threshold of two": {"target": "two", "output_activation": "threshold", "layers": []},
    "threshold of three": {"target": "three", "loss": "perceptron"},
    "float64": {"target": "three", "precision": "float64"},
}
TARGETS = ("price", "two", "three")


def table(rows=60, seed=0):
    """Return numbers with holes, texts with holes, booleans, and three targets to choose from."""
    generator = np.random.default_rng(seed)
    area = generator.normal(100, 20, rows)
    zone = generator.choice(["012", "no", "ü,\n"], rows)
    frame = pd.DataFrame({"area": area, "age": generator.integers(0, 90, rows), "zone": zone})
    frame["new"] = generator.choice([True, False], rows)
    frame["price"] = 1000 * area + 500 * frame["age"] + generator.normal(0, 5000, rows)
    frame["two"] = np.where(area > 100, "yes", "no")
    frame["three"] = np.array(["a", "b", "012"])[np.digitize(area, [90, 110])]
    frame["age"] = frame["age"].where(generator.random(rows) > 0.1)
    frame["zone"] = frame["zone"].where(generator.random(rows) > 0.1)
    return frame


@cache
def trained(name):
    """Return a case's model as trained, the bytes of its weights file, and new rows."""
    keys = dict(CASES[name])
    target, scaling = keys.pop("target"), keys.pop("scaling", "standard")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        table().to_csv(path, index=False)
        data = {
            "file": str(path),
            "target": target,
            "exclude": [each for each in TARGETS if each != target],
            "scaling": scaling,
        }
        config = {"data": data, "layers": [{"units": 5}], "epochs": 4, **keys}
        run = ann_cli.train({**config, "save_to": str(Path(folder) / "run")})
        return run.model, run.path.read_bytes(), table(40, seed=1).drop(columns=list(TARGETS))


@pytest.fixture(params=CASES)
def case(request):
    """Each case in turn."""
    return trained(request.param)


@pytest.fixture
def one():
    """Return the function that gives a case by its name."""
    return trained
