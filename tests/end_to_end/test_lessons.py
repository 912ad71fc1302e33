"""trace, inspect and check --gradients, as a person and as a program call them."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score, root_mean_squared_error

import ann_cli


def first_layer(document):
    return document["steps"][0]["layers"][0]


def test_trace_starts_from_the_weights_that_train_starts_from(ann, houses, tmp_path):
    found = json.loads(ann("trace", houses.config, "--row", "3", "--json").stdout)
    ann("train", houses.config, "--set", "epochs=0", "--set", "save_to=x")
    with np.load(tmp_path / "x" / "weights.npz") as arrays:
        weights = arrays["layers.0.weights"]
    before = [each["before"] for each in first_layer(found)["weights"]]
    assert before == weights.T.ravel().tolist()
    line = (houses.folder / "training.csv").read_text().splitlines()[3]
    assert ",".join(found["cells"].values()) == line
    (step,) = found["steps"]
    assert step["cost"] == pytest.approx(0.5 * (step["actual"] - step["prediction"]) ** 2)
    assert step["layers"][-1]["slope"] == [pytest.approx(step["prediction"] - step["actual"])]


def test_trace_shows_a_person_the_seven_steps(ann, houses):
    finished = ann("trace", houses.config)
    assert finished.stdout == ""
    for number in range(1, 8):
        assert f"({number}) " in finished.stderr
    assert "(6) Training does this for every row, or for a batch of rows" in finished.stderr
    assert "2 of 16 units" in finished.stderr
    assert len(finished.stderr.splitlines()) < 60
    assert max(map(len, finished.stderr.splitlines())) <= 85
    assert "\x1b" not in finished.stderr
    assert not (houses.folder / "runs").exists()


def test_trace_reads_standard_input(ann, houses):
    rows = (houses.folder / "training.csv").read_text()
    arguments = ("--row", "2", "--steps", "2", "--json")
    validation = f"data.validation={houses.validation}"
    piped = ann(
        "trace", houses.config, *arguments, "--set", "data.file=-", "--set", validation, input=rows
    )
    assert piped.stdout == ann("trace", houses.config, *arguments).stdout
    assert len(json.loads(piped.stdout)["steps"]) == 2


def test_trace_says_what_is_wrong(ann, houses, tmp_path):
    failed = ann("trace", houses.config, "--row", "601", "--json", status=3)
    assert "there is no row 601" in failed.stderr
    assert "600 rows" in failed.stderr
    assert json.loads(failed.stdout)["error"]["kind"] == "data"
    assert "row" in ann("trace", houses.config, "--row", "0", status=2).stderr
    lines = (houses.folder / "training.csv").read_text().splitlines()
    lines[1] = lines[1][: lines[1].rindex(",") + 1]
    (tmp_path / "holes.csv").write_text("\n".join([*lines, ""]))
    holes = ("--set", f"data.file={tmp_path / 'holes.csv'}")
    assert "row 1 has no price" in ann("trace", houses.config, *holes, status=3).stderr
    fast = ("--set", "optimizer.learning_rate=1e6", "--set", "optimizer.name=sgd")
    assert "diverged" in ann("trace", houses.config, "--steps", "90", *fast, status=6).stderr


def test_inspect_names_what_the_weights_file_holds(ann, houses):
    found = json.loads(ann("inspect", houses.weights, "--json").stdout)
    with np.load(houses.weights) as arrays:
        for number, layer in enumerate(found["layers"]):
            weights = arrays[f"layers.{number}.weights"]
            assert layer["weights"] == weights.tolist()
            assert layer["zero_weights"] == (weights == 0).sum()
            looks = [unit["looks_at"][0] for unit in layer["units"]]
            assert looks == [layer["inputs"][at] for at in np.abs(weights).argmax(axis=0)]
    assert "data" not in found
    shown = ann("inspect", houses.weights)
    assert shown.stdout == ""
    assert "layer 1" in shown.stderr
    assert max(map(len, shown.stderr.splitlines())) <= 88


def test_inspect_with_data_counts_and_measures(ann, houses):
    arguments = ("--data", houses.validation, "--json", "--repeats", "5")
    printed = ann("inspect", houses.weights, *arguments)
    found = json.loads(printed.stdout)["data"]
    assert ann("inspect", houses.weights, *arguments).stdout == printed.stdout
    assert (found["rows"], found["repeats"]) == (200, 5)
    frame = pd.read_csv(houses.validation)
    assert {each["column"] for each in found["importance"]} == set(frame) - {"price"}

    model = ann_cli.load(houses.weights)

    def scores(table):
        made = model.predict(table)["prediction"]
        return r2_score(frame["price"], made), root_mean_squared_error(frame["price"], made)

    whole = scores(frame)
    best = found["importance"][0]
    generator = np.random.default_rng(0)
    drops = []
    for _ in range(5):
        shuffled = frame.assign(**{best["column"]: generator.permutation(frame[best["column"]])})
        drops.append(np.subtract(scores(shuffled), whole))
    r2, rmse = np.mean(drops, axis=0)
    assert best["r2"]["mean"] == pytest.approx(-r2, rel=0.25)
    assert best["rmse"]["mean"] == pytest.approx(rmse, rel=0.25)
    assert best["r2"]["low"] < best["r2"]["mean"] < best["r2"]["high"]


def test_inspect_data_without_the_target_or_unseen(ann, penguins, tmp_path):
    frame = pd.read_csv(penguins.validation).drop(columns="species")
    frame.loc[:2, "island"] = "Atlantis"
    frame.to_csv(tmp_path / "bare.csv", index=False)
    finished = ann("inspect", penguins.weights, "--data", "bare.csv", "--json")
    assert json.loads(finished.stdout)["data"]["importance"] is None
    assert "bare.csv has no species" in finished.stderr
    assert "column island: values not seen in training in 3 cells" in finished.stderr


def test_inspect_says_what_is_wrong(ann, houses, penguins):
    assert "no such file" in ann("inspect", "none.npz", status=4).stderr
    assert (
        "no column"
        in ann("inspect", houses.weights, "--data", penguins.validation, status=3).stderr
    )
    assert "repeats" in ann("inspect", houses.weights, "--repeats", "1", status=2).stderr


@pytest.mark.parametrize("which", ["houses", "penguins"])
def test_gradients_of_the_users_own_config(ann, request, which):
    trained = request.getfixturevalue(which)
    finished = ann("check", trained.config, "--gradients", "--json")
    found = json.loads(finished.stdout)
    assert [each["layer"] for each in found["gradients"]] == ["layer 1", "output"]
    assert sum(each["parameters"] for each in found["gradients"]) == found["parameters"]
    assert all(each["agrees"] for each in found["gradients"])
    assert max(each["relative_error"] for each in found["gradients"]) < 1e-6
    assert "agrees with central differences in every layer" in finished.stderr
    assert "gradients" not in json.loads(ann("check", trained.config, "--json").stdout)


def test_a_wrong_gradient_is_a_defect(environment, houses, tmp_path):
    broken = (
        "from ann_cli.engine.activations import Relu\n"
        "Relu.derivative = staticmethod(lambda z, a: (z > 0) * 1.01)\n"
        "from ann_cli.cli.main import main\nmain()\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", broken, "check", str(houses.config), "--gradients", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 1
    assert "WRONG" in finished.stderr
    assert "layer 1: back-propagation and central differences do not agree" in finished.stderr
    problems = json.loads(finished.stdout)["error"]["problems"]
    assert [each["place"] for each in problems] == ["layer 1"]


def test_a_search_has_no_steps_to_trace(ann):
    told = ann("trace", "configs/article/brute_force.yaml", "--row", "1", status=2)
    assert "a search by brute force takes no steps" in told.stderr
    assert "--set optimizer=sgd" in told.stderr
    ann("trace", "configs/article/brute_force.yaml", "--row", "1", "--set", "optimizer=sgd")
