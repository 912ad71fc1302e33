"""Layers that do not fit: the line, the shape that arrives, the one that is wanted."""

import numpy as np
import pandas as pd
import pytest

from ann_cli.config.read import load
from ann_cli.errors import ConfigError
from ann_cli.run import begin

CASES = {
    "{units: 16}\n  - {embedding: 3}": (4, "layers.1", "and 16 numbers arrive from the layer"),
    "{embedding: 3}": (3, "layers.0", "the table has none among its 2 numbers"),
    "residual:\n    - {units: 8}": (3, "layers.0", "they give 8 numbers, and 2 numbers arrive"),
    "{units: 4}\n  - residual:\n    - {units: 4}\n    - {embedding: 2}": (
        6, "layers.1.residual.1", "and 4 numbers arrive from the layer before it",
    ),
    "{units: 4}\n  - {normalize: batch}\nbatch_size: 1": (
        4, "layers.1", "batch normalization compares the rows of a step, and a step has one row",
    ),
}  # fmt: skip


@pytest.mark.parametrize("layers", CASES)
def test_what_does_not_fit_is_told_where_it_stands(tmp_path, layers):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 3)), columns=["a", "b", "y"])
    frame.to_csv(tmp_path / "rows.csv", index=False)
    path = tmp_path / "c.yaml"
    path.write_text(f"data: {{file: rows.csv, target: y}}\nlayers:\n  - {layers}\n")
    line, key, message = CASES[layers]
    with pytest.raises(ConfigError) as caught:
        begin(load(path), dry=True)
    (problem,) = caught.value.problems
    assert problem.place == f"{path}:{line}: {key}"
    assert message in problem.message
    assert problem.remedy
