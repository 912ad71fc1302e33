"""How many digits of a prediction are printed: those that its precision carries."""

import numpy as np
import pandas as pd
import pytest

import ann_cli

SCALES = [1e-12, 1e-6, 0.03, 1.0, 47.0, 1e5, 1e9, 1.7e12, 1e20]


@pytest.fixture
def model(tmp_path):
    """model(targets, **keys): a model of numbers, and the frame that it was trained on."""

    def train(targets, **keys):
        frame = pd.DataFrame({"a": np.arange(60.0), "y": targets})
        frame.to_csv(tmp_path / "data.csv", index=False)
        data = {"file": str(tmp_path / "data.csv"), "target": "y", **keys.pop("data", {})}
        settings = {"layers": [], "epochs": 2, "task": "regression"}
        run = ann_cli.train({"data": data, "save_to": str(tmp_path / "run"), **settings, **keys})
        return run.model, frame

    return train


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("middle", [0.0, 1.7e12])
def test_a_printed_number_is_the_computed_one(model, scale, middle):
    if middle and scale < 1e-3:
        return
    targets = middle + scale * np.random.default_rng(0).normal(size=60)
    made, frame = model(targets)
    computed = made.predict(frame)["prediction"].to_numpy()
    number = made.number_format()
    printed = [number % each if number else repr(each) for each in computed.tolist()]
    away = np.abs(np.array(list(map(float, printed))) - computed).max()
    assert away < 1e-7 * made.encoder.target.scale
    if scale == 1e5:
        assert all(len(each.rpartition(".")[2]) == 3 for each in printed), printed[:2]


def test_float64_goes_there_and_back(model):
    made, _ = model(np.random.default_rng(0).normal(size=60), precision="float64")
    assert made.number_format() == ""


def test_numbers_left_as_they_are_are_those_of_float32(model):
    made, frame = model(np.arange(60.0) * 1000, data={"scaling": "none"})
    computed = made.predict(frame)["prediction"].to_numpy()
    printed = [made.number_format() % each for each in computed.tolist()]
    assert (np.array(printed, np.float32) == computed.astype(np.float32)).all()


def test_sigmoid_wants_a_target_from_0_to_1(tmp_path, model):
    keys = {"output_activation": "sigmoid", "data": {"scaling": "none"}}
    with pytest.raises(ann_cli.errors.ConfigError, match=r"y goes from [0-9]+ to"):
        model(np.arange(60.0) * 100, **keys)
    with pytest.raises(ann_cli.errors.ConfigError, match=r"y goes from -0\.5 to"):
        model(
            np.arange(60.0) / 60 - 0.5,
            data={"scaling": "none", "stream": True},
            output_activation="sigmoid",
        )
    made, frame = model(np.arange(60.0) / 60, **keys)
    assert made.predict(frame)["prediction"].between(0, 1).all()
