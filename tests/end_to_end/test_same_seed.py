"""Equal trainings give equal bytes, and the weights file is one that NumPy opens."""

import json

import numpy as np
import yaml


def weights_of(ann_in, folder, config, *overrides):
    folder.mkdir(exist_ok=True)
    changes = [argument for each in overrides for argument in ("--set", each)]
    return folder / ann_in(folder, "train", config, *changes).stdout.rstrip("\n")


def test_the_same_seed_gives_the_same_bytes(ann_in, warm_in, tmp_path, houses):
    one = weights_of(ann_in, tmp_path / "a", houses.config, "save_to=x", "epochs=3")
    other = weights_of(warm_in, tmp_path / "b", houses.config, "save_to=deep/y", "epochs=3")
    seeded = weights_of(warm_in, tmp_path / "c", houses.config, "save_to=x", "epochs=3", "seed=1")
    assert one != other
    assert one.read_bytes() == other.read_bytes()
    assert one.read_bytes() != seeded.read_bytes()
    with np.load(one) as first, np.load(seeded) as second:
        assert not np.array_equal(first["layers.0.weights"], second["layers.0.weights"])


def test_numpy_opens_the_weights(penguins):
    with np.load(penguins.weights, allow_pickle=False) as file:
        names = ["layers.0.weights", "layers.0.bias", "layers.1.weights", "layers.1.bias"]
        assert set(file.files) == {*names, "metadata"}
        metadata = json.loads(str(file["metadata"]))
        inputs = len(metadata["columns"])
        assert [file[name].shape for name in names] == [(inputs, 6), (6,), (6, 3), (3,)]
        assert {file[name].dtype for name in names} == {np.dtype(np.float32)}
    assert metadata["classes"] == ["Adelie", "Chinstrap", "Gentoo"]
    assert metadata["seed"] == 0
    keys = {"format", "config", "encoder", "columns", "classes", "metrics", "versions", "seed"}
    assert keys <= set(metadata)


def test_no_epochs_write_the_initial_weights(warm_in, tmp_path, houses):
    settings = ("epochs=0", "initializer=zeros", "layers=[]")
    path = weights_of(warm_in, tmp_path / "a", houses.config, *settings, "save_to=x")
    with np.load(path) as file:
        assert not file["layers.0.weights"].any()
    first = weights_of(warm_in, tmp_path / "a", houses.config, "epochs=0", "save_to=y")
    again = weights_of(warm_in, tmp_path / "b", houses.config, "epochs=0", "save_to=y")
    slow = weights_of(
        warm_in, tmp_path / "a", houses.config, "optimizer={name: sgd, learning_rate: 1e-30}",
        "epochs=1", "save_to=z",
    )  # fmt: skip
    assert first.read_bytes() == again.read_bytes()
    with np.load(first) as one, np.load(slow) as other:
        assert one["layers.0.weights"].any()
        np.testing.assert_array_equal(one["layers.0.weights"], other["layers.0.weights"])


def test_the_run_folders_config_trains_to_the_same_weights(warm_in, tmp_path, penguins):
    resolved = penguins.folder / "run" / "config.yaml"
    config = yaml.safe_load(resolved.read_text())
    assert config["task"] == "classification"
    assert config["output_activation"] == "softmax"
    again = weights_of(warm_in, tmp_path, resolved, "save_to=again")
    with np.load(again) as one, np.load(penguins.weights) as other:
        assert one.files == other.files
        for name in set(one.files) - {"metadata"}:  # which holds the paths as they were written
            np.testing.assert_array_equal(one[name], other[name])
