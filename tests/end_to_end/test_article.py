"""Each config of the article does what its comment says."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

import ann_cli
from ann_cli.cli.arguments import EXAMPLES
from ann_cli.config.read import load

CONFIGS = Path(__file__).parents[2] / "configs"
ARTICLE = CONFIGS / "article"
THROUGH_THE_COMMAND = {
    *("house_prices", "penguins", "digits", "fashion"),  # test_main_job.py
    *("air_passengers", "sunspots", "electricity"),  # test_series.py
}
ALL = sorted(CONFIGS.rglob("*.yaml"))


@pytest.fixture
def metrics(tmp_path):
    """Return the function that trains a config of the article and gives its metrics."""

    def metrics(name, *overrides):
        settings = [f"save_to={tmp_path / 'run'}", *overrides]
        return ann_cli.train(ARTICLE / f"{name}.yaml", settings).metrics

    return metrics


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_config_trains(path, tmp_path):
    config = load(path)
    assert Path(config.resolve(config.data.file)).is_file()
    if path.stem in THROUGH_THE_COMMAND:
        return
    short = ["epochs=1", f"save_to={tmp_path}"]
    short += ["pretraining.epochs=1"] * (config.model == "boltzmann")
    run = ann_cli.train(path, short)
    assert run.path.is_file()


def test_the_wheel_brings_the_article_to_an_empty_folder(ann, tmp_path):
    assert ann("train", "configs/article/xor.yaml").stdout == "runs/xor/weights.npz\n"
    assert os.listdir(tmp_path) == ["runs"]
    brought = {each.name for each in (EXAMPLES / "configs" / "article").iterdir()}
    assert brought == {each.name for each in ARTICLE.iterdir()}


@pytest.mark.parametrize("path", sorted(ARTICLE.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_comment_names_its_claim_and_its_command(path):
    text = path.read_text()
    assert text.startswith("# Claim: ")
    assert "# Look at: " in text
    assert re.findall(r"ann (?:train|compare) (\S+)", text)[0] == f"configs/article/{path.name}"


def test_a_perceptron_separates_penguins(ann):
    said = ann("train", ARTICLE / "perceptron.yaml").stderr
    found = re.search(r"linearly separable: no error on 275 training rows after epoch (\d+)", said)
    assert 1 < int(found[1]) < 200
    assert "softmax always decides (the linear baseline): accuracy" in said
    assert "chose the epoch" not in said  # the training rows did


def test_threshold_units_leave_rows_undecided_and_softmax_none(metrics):
    found = metrics("undecided")
    assert found["perceptron"]["separable"] is None
    assert min(found["training"]["undecided"].values()) > 0
    softmax = metrics("undecided", "output_activation=softmax")
    assert "undecided" not in softmax["training"]
    assert softmax["validation"]["accuracy"] > found["validation"]["accuracy"]


def test_xor_fails_with_a_line_and_not_with_a_hidden_layer(ann, metrics):
    said = ann("train", ARTICLE / "xor.yaml").stderr
    assert "not separated in 200 epochs: kept the weights with the fewest errors (1 of 4" in said
    assert metrics("xor_hidden_layer")["training"]["accuracy"] == 1


def test_brute_force_draws_one_weight_and_two_and_refuses_six(ann, tmp_path):
    config = ARTICLE / "brute_force.yaml"
    one = ann("train", config).stderr
    assert one.count("◆") == 1
    assert "weight of area" in one
    assert "61 trials" in one
    history = (tmp_path / "runs" / "brute_force" / "history.csv").read_text().splitlines()
    assert history[0] == "epoch,loss,layers.0.weights.0.0"
    assert len(history) == 62
    two = ann("train", config, "--set", "data.features=[area, age]").stderr
    assert "3,721 trials" in two
    told = (line for line in two.splitlines() if "ann predict" not in line)  # long as its path
    assert max(map(len, told)) <= 80
    six = "layers=[{units: 3, activation: tanh}]"
    for command in ("train", "check"):
        said = ann(command, config, "--set", six, status=2).stderr
        assert "6 weights at 61 points: 5.2e10 trials" in said
        assert "the curse of dimensionality" in said


def test_more_trials_than_the_history_holds_keep_those_that_were_best(ann, tmp_path):
    config = ARTICLE / "brute_force.yaml"
    said = ann("train", config, "--set", "optimizer.points=10001", "--set", "save_to=run").stderr
    assert "10,001 trials" in said
    assert "◆" not in said
    rows = (tmp_path / "run" / "history.csv").read_text().splitlines()[1:]
    losses = [float(row.split(",")[1]) for row in rows]
    assert len(losses) < 10_001
    assert losses == sorted(losses, reverse=True)
    found = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert found["epochs"] == found["brute_force"]["trials"] == 10_001
    assert found["brute_force"]["loss"] == losses[-1]
    assert found["best_epoch"] == int(rows[-1].split(",")[0])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_row_by_row_leaves_the_local_minimum_that_full_batch_stays_in(metrics, seed):
    out = metrics("local_minimum", f"seed={seed}")["training"]["loss"]
    stays = metrics("local_minimum", f"seed={seed}", "batch_size=full")["training"]["loss"]
    assert out == pytest.approx(1 / 12, abs=1e-3)
    # The dip itself, by the formula: the lowest loss of weights between -0.5 and 0.
    weights = np.linspace(-0.5, 0, 5001)
    near, far = (1 / (1 + np.exp(-distance * weights)) for distance in (1, 10))
    dip = (20 * (1 - near) ** 2 + 4 * far**2) / 2 / 24
    assert stays == pytest.approx(dip.min(), abs=1e-5)


def test_learning_rates_too_small_right_and_too_large(ann, metrics):
    small = metrics("learning_rate", "optimizer.learning_rate=0.0001")["training"]["r2"]
    right = metrics("learning_rate")
    assert small < 0.1
    # 100 steps at the right rate are where least squares is.
    assert right["validation"]["r2"] == pytest.approx(right["baselines"]["linear"]["r2"], abs=1e-3)
    large = ["--set", "optimizer.learning_rate=2"]
    said = ann("train", ARTICLE / "learning_rate.yaml", *large, status=6).stderr
    assert "diverged" in said


def test_linear_layers_are_one_line_however_deep(metrics):
    found = metrics("linear")
    line = found["baselines"]["linear"]["r2"]
    assert found["training"]["r2"] == pytest.approx(line, abs=1e-3)


def test_units_that_died_are_told_and_leaky_ones_live(ann, metrics):
    said = ann("train", ARTICLE / "dying.yaml").stderr
    assert re.search(r"note: layer 1: \d+% of units fire on no training row", said)
    leaky = (f"layers.{layer}.activation=leaky_relu" for layer in (0, 1))
    assert metrics("dying", *leaky)["warnings"] == []


def test_from_zeros_nothing_is_learned_but_the_mean(metrics):
    """In a fifth of the config's epochs."""
    zeros = metrics("first_weights", "initializer=zeros", "epochs=12")
    assert zeros["training"]["r2"] < 0.01
    assert metrics("first_weights", "epochs=12")["training"]["r2"] > 0.6
