"""Sequences that are classified: a row an example, in the order of time, whatever its length."""

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.config.read import load
from ann_cli.data.open_table import open_table
from ann_cli.data.rows.tables import windowed
from ann_cli.errors import ConfigError, DataError
from ann_cli.run import Predictions, evaluate


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Sequences of 8 to 15 steps: slow waves, fast ones, and noise, their steps in no order."""
    generator, rows = np.random.default_rng(0), []
    for number in range(150):
        t, kind = np.arange(generator.integers(8, 16)), number % 3
        speed = (1.0, 2.2, 0.0)[kind]
        wave = (
            np.sin(speed * t + generator.uniform(0, 6)) if speed else generator.normal(size=len(t))
        )
        for step, value in zip(t, wave, strict=True):
            rows.append((f"e{number}", step, round(value, 4), ("slow", "fast", "noise")[kind]))
    frame = pd.DataFrame(rows, columns=["id", "t", "x", "label"])
    path = tmp_path_factory.mktemp("sequences") / "sequences.csv"
    frame.sample(frac=1, random_state=0).to_csv(path, index=False)
    return path


def config_of(file, layers=None, **data):
    asked = {"file": str(file), "target": "label", "series": "id", "time": "t", "window": "auto"}
    asked |= {"validation": 0.2, "test": 0.2, **data}
    config = {"data": asked, "save_to": str(file.with_suffix("")), "epochs": 30}
    config |= {"layers": layers or [{"gru": 8}]}
    return config | {"optimizer": {"name": "adam", "learning_rate": 0.01}}


def test_examples_by_hand(tmp_path):
    path = tmp_path / "examples.csv"
    path.write_text("id,t,x,y,label\nb,2,5,6,no\na,1,1,2,yes\nb,1,3,4,no\nb,3,7,8,no\n")
    config = load(config_of(path))
    table = windowed(open_table(path), config, None)
    kinds = table.kinds("classification")
    found = table.read(kinds)
    assert list(found) == ["x -2", "y -2", "x -1", "y -1", "x 0", "y 0", "label"]
    assert found.iloc[0].tolist() == [3, 4, 5, 6, 7, 8, "no"]
    assert found.iloc[1, :4].isna().all()  # the shorter one has none of its first steps
    assert found.iloc[1, 4:].tolist() == [1, 2, "yes"]
    short = windowed(open_table(path), load(config_of(path, window=2)), None)
    assert short.read({"x -1": "number", "x 0": "number"}).iloc[0].tolist() == [5, 7]
    assert "of longer ones the last 2 steps enter" in short.notes()


def test_a_recurrent_network_tells_them_apart_where_a_linear_one_cannot(file):
    run = ann_cli.train(config_of(file))
    assert run.model.config.data.window == 15
    assert run.model.encoder.shape == (15, 1)
    assert run.metrics["test"]["accuracy"] > 0.8
    assert run.metrics["baselines"]["linear"]["accuracy"] < 0.6
    assert run.metrics["rows"] == 150


def test_saved_and_loaded_it_predicts_the_same_from_a_file_and_a_frame(file):
    loaded = ann_cli.load(ann_cli.train(config_of(file, [{"units": 8}])).path)
    (from_file,) = Predictions(loaded, str(file), probabilities=True)
    frame = pd.read_csv(file)
    from_frame = loaded.predict(frame.drop(columns="label"), probabilities=True)
    pd.testing.assert_frame_equal(from_frame, from_file)
    assert from_frame["id"].tolist() == frame["id"].unique().tolist()
    # In another order of its rows, and of one example alone, the prediction is the same.
    alone = loaded.predict(frame[frame["id"] == "e7"][::-1], probabilities=True)
    expected = from_file[from_file["id"] == "e7"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, expected)
    found = evaluate(loaded, str(file))
    assert found.rows == 150
    assert set(found.sides) == {"training", "validation", "test"}


def test_streamed_it_trains_on_the_same_examples(file):
    layers = [{"units": 8}]
    runs = [
        ann_cli.train(
            {**config_of(file, layers, stream=stream, validation=0, test=0)} | {"shuffle": False}
        )
        for stream in (False, True)
    ]
    first, second = (run.model.network.theta.tobytes() for run in runs)
    assert first == second


def test_what_is_no_example_is_refused(file, tmp_path):
    path = tmp_path / "examples.csv"
    path.write_text("id,t,x,label\na,1,1,yes\na,2,2,no\nb,1,3,no\n")
    with pytest.raises(DataError, match="several values of label in 1 of 2 examples: a"):
        ann_cli.train(config_of(path))
    path.write_text("id,t,x,label\na,1,red,yes\nb,1,blue,no\n")
    with pytest.raises(DataError, match="column x holds text"):
        ann_cli.train(config_of(path))
    with pytest.raises(ConfigError, match="nothing comes after an example"):
        ann_cli.train(config_of(file, known=["x"]))
