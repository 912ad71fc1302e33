"""What tests of insight need: a training set up on a table with numbers and texts."""

import numpy as np
import pandas as pd
import pytest

from ann_cli.config.read import load
from ann_cli.run import begin

TARGETS = ("price", "two", "three")


ROWS = 60


@pytest.fixture
def table():
    """Numbers, one of them with holes, a text, and three targets to choose from."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(ROWS, 2)), columns=["a", "b"])
    frame["zone"] = generator.choice(["north", "south", "west"], ROWS)
    frame["price"] = 100 + 10 * frame["a"] * frame["b"] + 5 * (frame["zone"] == "west")
    frame["two"] = np.where(frame["a"] > frame["b"], "yes", "no")
    frame["three"] = np.array(["p", "q", "r"])[np.digitize(frame["a"], [-0.5, 0.5])]
    frame["b"] = frame["b"].where(generator.random(ROWS) > 0.1)
    return frame


@pytest.fixture
def configured(tmp_path, table):
    """Return the function that writes a table and gives a config for it."""

    def configured(target="price", frame=None, data=None, **keys):
        path = tmp_path / "data.csv"
        (table if frame is None else frame).to_csv(path, index=False)
        exclude = [each for each in TARGETS if each != target]
        given = {"file": str(path), "target": target, "exclude": exclude, **(data or {})}
        base = {"layers": [{"units": 4}], "precision": "float64", "save_to": str(tmp_path / "run")}
        return load({"data": given, **base, **keys})

    return configured


@pytest.fixture
def set_up(configured):
    """Return the function that sets a training up on a table, and writes no file of a run."""
    return lambda *arguments, **keys: begin(configured(*arguments, **keys), dry=True)
