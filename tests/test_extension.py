"""Entries of one's own: a layer, a loss, an optimizer, a task, a metric, of this file alone."""

import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from ann_cli import load, train
from ann_cli.config.plain_config import as_yaml
from ann_cli.config.read import load as load_config
from ann_cli.config.read import read
from ann_cli.config.schema import paths, schema
from ann_cli.engine.layers import LAYERS
from ann_cli.engine.layers.layer import Layer, LayerEntry
from ann_cli.engine.losses import LOSSES, HalfSquaredError
from ann_cli.engine.optimizers import OPTIMIZERS, Optimizer
from ann_cli.engine.parameters import Parameter
from ann_cli.engine.settings import Entry, setting
from ann_cli.errors import ConfigError
from ann_cli.experiments.plan import Plan
from ann_cli.experiments.trainings import train_once
from ann_cli.experiments.variations import variations
from ann_cli.insight.gradient_check import check_gradients
from ann_cli.insight.inspection import inspect
from ann_cli.report.terminal import Terminal
from ann_cli.run import begin, evaluate
from ann_cli.tasks import TASKS
from ann_cli.tasks.metrics import METRICS, Metric
from ann_cli.tasks.regression import NumbersScores, Regression


@dataclass(frozen=True)
class Bend(LayerEntry):
    """Adds a share of each number's square, learned for each: {bend: 0.1}."""

    name = "bend"
    bend: float = setting(kind=float, help="the share that each begins with", ge=0, le=1)

    def layer(self, inputs):
        return BendLayer(self, inputs)


class BendLayer(Layer):
    """y = x + s x²."""

    def __init__(self, entry, inputs):
        super().__init__(entry, inputs)
        self.parameters = (Parameter("share", self.outputs, start=entry.bend),)

    def bind(self, values, slopes):
        self.share, self.slopes = values["share"], slopes

    def predict(self, x):
        return x + self.share * x * x

    def forward(self, x, generator):
        self.x = x
        return self.predict(x)

    def backward(self, slope, wanted=True):
        np.add.reduce(slope * self.x * self.x, axis=0, out=self.slopes["share"])
        return slope * (1 + 2 * self.share * self.x)


class Curve(Entry):
    """How a layer bends."""


class Parabola(Curve):
    """As a square does."""

    name = "parabola"


@dataclass(frozen=True)
class Bent(LayerEntry):
    """Has a table of its own: {curve: parabola}."""

    name = "bent"
    curve: Curve = setting(Parabola(), "how it bends", entries={"parabola": Parabola})


class Balanced(HalfSquaredError):  # noqa: N818
    """½ (actual - predicted)², and the same of the sum of all outputs."""

    name = "balanced"

    def rows(self, z, a, y):
        return super().rows(z, a, y) + 0.5 * np.square((a - y).sum(axis=-1))

    def delta(self, activation, z, a, y, out):
        together = (a - y).sum(axis=-1, keepdims=True)
        return super().delta(activation, z, a, y, out) + together


@dataclass(frozen=True)
class Amsgrad(Optimizer):
    """adam with the greatest square so far.

    v̂ ← max(v̂, v); θ ← θ - η m / (√v̂ + ε). Reddi et al. 2018, "On the convergence of Adam".
    """

    name = "amsgrad"
    state = ("mean", "square", "greatest")
    learning_rate: float = setting(0.01, "the size of a step", gt=0, le=1e6)
    beta: float = setting(0.9, "how long the past counts", ge=0, lt=1)

    @staticmethod
    def update(theta, grad, mean, square, greatest, learning_rate, beta):
        mean = beta * mean + (1.0 - beta) * grad
        square = beta * square + (1.0 - beta) * grad * grad
        greatest = np.maximum(greatest, square)
        return theta - learning_rate * mean / (np.sqrt(greatest) + 1e-8), mean, square, greatest


class Counts(Regression):
    """Whole numbers are predicted, and scored by how many are met."""

    name = "counts"
    decides = ("met", "rmse")
    importance = ("met", "r2")

    def decode(self, outputs, targets, output, probabilities):
        found = super().decode(outputs, targets, output, probabilities)
        return {name: np.round(values) for name, values in found.items()}

    def scorer(self, targets, output):
        return CountScores(targets)


class CountScores(NumbersScores):
    """The share of rows met, beside the scores of numbers."""

    def __init__(self, targets):
        super().__init__(targets)
        self.hits = self.rows = 0

    def add(self, y, outputs, weight):
        (target,) = self.targets
        actual, predicted = (np.round(target.decode(each)) for each in (y, outputs))
        self.hits += int((predicted == actual).sum())
        self.rows += len(y)
        return super().add(y, outputs, weight)

    def scores(self):
        return {**super().scores(), "met": self.hits / self.rows}


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    for table, entry, name in (
        (LAYERS, Bend, "bend"),
        (LOSSES, Balanced, "balanced"),
        (OPTIMIZERS, Amsgrad, "amsgrad"),
        (TASKS, Counts, "counts"),
        (METRICS, Metric("met", "met", "what it says", True), "met"),
    ):
        monkeypatch.setitem(table, name, entry)


@pytest.fixture
def config(tmp_path):
    x = np.random.default_rng(0).normal(size=(120, 2))
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "price": x[:, 0] ** 2 - 2 * x[:, 1]})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    return {
        "data": {"file": str(tmp_path / "rows.csv"), "target": "price"},
        "layers": [{"units": 3, "activation": "tanh"}, {"bend": 0.25}],
        "loss": "balanced",
        "optimizer": {"name": "amsgrad", "beta": 0.8},
        "epochs": 6,
        "save_to": str(tmp_path / "run"),
    }


def test_the_schema_and_the_config_know_them(config):
    kinds = schema()["definitions"]["Layer"]["anyOf"]
    (bend,) = (kind for kind in kinds if "bend" in kind["properties"])
    assert bend["description"].startswith("Adds a share")
    assert bend["properties"]["bend"]["maximum"] == 1
    assert "layers.0.bend" in paths()
    assert "amsgrad" in paths()["optimizer"]
    assert "balanced" in paths()["loss"]
    read_config = load_config(config)
    assert read_config.layers[1] == Bend(0.25)
    assert read_config.optimizer == Amsgrad(beta=0.8)
    assert "{bend: 0.25}" in as_yaml(read_config, ".")
    with pytest.raises(ConfigError, match="expected a number of at least 0 and at most 1") as found:
        load_config({**config, "layers": [{"bend": 2}]})
    assert found.value.problems[0].place == "layers.0.bend"
    with pytest.raises(ConfigError, match="did you mean beta"):
        load_config({**config, "optimizer": {"name": "amsgrad", "betta": 0.8}})


def test_a_layer_has_a_table_of_its_own(config, monkeypatch):
    monkeypatch.setitem(LAYERS, Bent.key(), Bent)
    assert load_config({**config, "layers": [{"curve": "parabola"}]}).layers == [Bent()]
    with pytest.raises(ConfigError, match="'parabel' is not a curve") as found:
        load_config({**config, "layers": [{"curve": "parabel"}]})
    assert found.value.problems[0].remedy == "did you mean parabola? allowed: parabola"


def test_the_gradient_check_knows_them(config):
    started = begin(load_config(config), dry=True)
    checks = check_gradients(started.model.network, started.data_set.training)
    assert list(checks) == ["0", "1", "2"]
    assert all(each.agrees for each in checks.values()), checks


def test_they_are_saved_and_loaded_and_inspected(config):
    run = train(config)
    assert run.metrics["engine"] == "numpy"
    again = load(run.path)
    frame = pd.read_csv(config["data"]["file"])
    assert again.predict(frame).equals(run.model.predict(frame))
    with np.load(run.path) as file:
        assert file["layers.1.share"].shape == (3,)
    _, bend, _ = inspect(again)["layers"]
    assert (bend["name"], bend["kind"], list(bend["parameters"])) == ("layer 2", "bend", ["share"])
    assert "layer_2_gradient" in run.history[0]


def test_a_training_goes_on_from_a_checkpoint(config, tmp_path):
    whole = train(config).path.read_bytes()
    cut = {**config, "checkpoint_every": 0, "save_to": str(tmp_path / "cut")}
    with begin(load_config(cut)) as started:
        for record in started.epochs():
            if record["epoch"] == 3:
                break
    assert train(cut, resume=True).path.read_bytes() == whole


def test_they_are_compared(config, tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(as_yaml(load_config(config), tmp_path))
    plan = Plan(read(path), (), variations(["optimizer=amsgrad,adam", "layers.1.bend=0,0.5"]), 2)
    # In this process: another one does not import this file under its name.
    found = plan.compare(
        {at: train_once(plan.draft.config(each)) for at, each in enumerate(plan.trainings)}
    )
    assert len(found.results) == 4
    assert {each.variation.values()["optimizer"] for each in found.results} == {"amsgrad", "adam"}


def test_a_task_with_a_metric_of_its_own(config, tmp_path):
    frame = pd.read_csv(config["data"]["file"])
    frame["visits"] = np.round(5 + 2 * frame["a"] - frame["b"]).astype(int)
    frame.to_csv(config["data"]["file"], index=False)
    config["data"]["target"] = "visits"
    config["data"]["exclude"] = ["price"]
    del config["loss"]
    assert "counts" in paths()["task"]
    run = train({**config, "task": "counts", "epochs": 60})
    predicted = run.model.predict(frame)["prediction"]
    assert (predicted == np.round(predicted)).all()
    found = evaluate(run.model, config["data"]["file"])
    assert found.scores["met"] == (predicted == frame["visits"]).mean()
    assert {"met", "r2", "rmse", "mae", "loss"} <= run.metrics["validation"].keys()
    assert load(run.path).task.name == "counts"
    terminal = Terminal(io.StringIO())
    terminal.finished(run)
    assert "met" in terminal.stream.getvalue()
    path = tmp_path / "c.yaml"
    path.write_text(as_yaml(load_config({**config, "task": "counts"}), tmp_path))
    plan = Plan(read(path), (), variations(["optimizer=amsgrad,adam"]), 2)
    assert plan.metric.name == "met"
    with pytest.raises(ConfigError, match="hinge is a loss for classification, and the task is"):
        train({**config, "task": "counts", "loss": "hinge"})
