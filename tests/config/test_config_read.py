"""A config read from a file, standard input, a mapping and the command line."""

import io
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from ann_cli.config.read import load, read
from ann_cli.config.spec import Config
from ann_cli.engine.activations import LeakyRelu, Relu, Tanh
from ann_cli.engine.losses import Huber
from ann_cli.engine.optimizers import Adam, Momentum, Sgd
from ann_cli.engine.schedules import Constant, Cosine
from ann_cli.errors import ConfigError

CONFIGS = Path(__file__).parents[2] / "configs"
LEAST = "data: {file: x.csv, target: y}\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "house.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_are_those_of_the_design() -> None:
    config = load({"data": {"file": "x.csv", "target": "y"}})
    assert [(each.units, each.activation, each.dropout) for each in config.layers] == [
        (64, Relu(), 0.0),
        (64, Relu(), 0.0),
    ]
    assert config.optimizer == Adam()
    assert config.schedule == Constant()
    assert (config.loss, config.initializer, config.output_activation) == ("auto",) * 3
    assert (config.epochs, config.batch_size, config.seed, config.shuffle) == (200, 32, 0, True)
    assert (config.data.validation, config.data.scaling) == (0.2, "standard")
    assert config.early_stopping is config.gradient_clip is config.class_weight is None


def test_every_value_is_read_from_text(tmp_path: Path) -> None:
    config = load(
        written(
            tmp_path,
            """\
data:
  file: "-"
  target: no
  features: [012, 1e3, 'null', 2.50]
  types: {a.b: number, yes: category}
  validation: other.csv
task: classification
layers:
  - {units: "8", activation: {name: leaky_relu, slope: .2}, dropout: 5e-1}
  - {units: 1_000, activation: tanh}
loss: {name: huber, threshold: 2}
optimizer: {name: momentum, learning_rate: 1e-2, momentum: 0.8}
schedule: cosine
epochs: 0
batch_size: full
shuffle: no
class_weight: {no: 2, 1.50: .5}
gradient_clip: 1
early_stopping: {patience: 3}
precision: float64
seed: 9223372036854775807
""",
        )
    )
    assert config.data.target == "no"
    assert config.data.features == ["012", "1e3", "null", "2.50"]
    assert config.data.types == {"a.b": "number", "yes": "category"}
    assert config.data.validation == "other.csv"
    assert [each.units for each in config.layers] == [8, 1000]
    assert [each.activation for each in config.layers] == [LeakyRelu(0.2), Tanh()]
    assert config.layers[0].dropout == 0.5
    assert config.loss == Huber(2.0)
    assert config.optimizer == Momentum(0.01, 0.8)
    assert config.schedule == Cosine()
    assert (config.epochs, config.batch_size, config.shuffle) == (0, "full", False)
    assert config.class_weight == {"no": 2.0, "1.50": 0.5}
    assert config.early_stopping is not None
    assert config.early_stopping.patience == 3
    assert config.seed == 2**63 - 1


def test_python_values_are_those_of_the_file(tmp_path: Path) -> None:
    file = load(written(tmp_path, LEAST + "batch_size: 8\nshuffle: false\nclass_weight: {1: 2}"))
    mapping = load(
        {
            "data": {"file": Path("x.csv"), "target": "y"},
            "batch_size": 8,
            "shuffle": False,
            "class_weight": {1: 2.0},
        }
    )
    assert file == mapping
    assert file != load(written(tmp_path, LEAST))


def test_python_refuses_what_the_file_refuses() -> None:
    with pytest.raises(ConfigError, match=r"epochs: expected a whole number .* found 'true'"):
        load({"data": {"file": "x", "target": "y"}, "epochs": True})
    with pytest.raises(ConfigError, match="epochs: expected a whole number"):
        load({"data": {"file": "x", "target": "y"}, "epochs": 2.5})


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_configs_load_and_find_their_data(path: Path) -> None:
    config = load(path)
    header = pd.read_csv(config.resolve(config.data.file), nrows=0).columns
    data = config.data
    named = {data.target, *data.exclude, data.user, data.item, data.rating, data.label}
    assert named - {None} <= set(header)
    assert config.name == path.stem


def test_remembers_where_it_came_from(tmp_path: Path) -> None:
    path = written(tmp_path, LEAST + "\noptimizer:\n  name: adam\n  learning_rate: 0.1\n")
    config = load(path, ["optimizer.beta1=0.5"])
    assert config.place("optimizer.learning_rate") == f"{path}:5: optimizer.learning_rate"
    assert config.place("optimizer.beta2") == f"{path}:3: optimizer.beta2"
    assert config.place("optimizer.beta1") == "--set optimizer.beta1"
    assert config.folder == tmp_path
    assert config.name == "house"
    assert config.resolve("a/x.csv") == str(tmp_path / "a/x.csv")
    assert config.resolve("-") == "-"
    assert config.resolve("/x.csv") == "/x.csv"
    assert config.run_folder() == Path("runs/house")
    assert load(path, ["save_to=elsewhere"]).run_folder() == Path("elsewhere")


def test_a_mapping_has_no_file() -> None:
    config = load({"data": {"file": "x.csv", "target": "y"}}, ["seed=3"])
    assert config.place("data.file") == "data.file"
    assert config.place("seed") == "--set seed"
    assert (config.folder, config.name) == (Path(), "run")
    assert config.resolve("x.csv") == "x.csv"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = SimpleNamespace(buffer=io.BytesIO(b"\xef\xbb\xbf" + LEAST.encode() + b"epochs: 3"))
    monkeypatch.setattr("sys.stdin", stdin)
    config = load("-")
    assert (config.epochs, config.name, config.folder) == (3, "run", Path())
    assert config.place("epochs") == "standard input:2: epochs"


def overridden(*texts: str, **keys: object) -> Config:
    return load({"data": {"file": "x.csv", "target": "y"}, **keys}, texts)


def test_set_overrides() -> None:
    assert overridden("epochs=3").epochs == 3
    assert overridden("epochs=3", "epochs=4").epochs == 4
    assert overridden("optimizer=sgd").optimizer == Sgd()
    assert overridden("optimizer.learning_rate=.5").optimizer == Adam(learning_rate=0.5)
    rate = overridden("optimizer.learning_rate=.5", optimizer="sgd")
    assert rate.optimizer == Sgd(0.5)
    both = overridden("optimizer=sgd", "optimizer.learning_rate=.5")
    assert both.optimizer == Sgd(0.5)
    assert [each.units for each in overridden("layers.1.units=8").layers] == [64, 8]
    assert [each.units for each in overridden("layers.0.units=8").layers] == [8, 64]
    assert [each.units for each in overridden("layers=[{units: 8}]").layers] == [8]
    assert overridden("layers=[]").layers == []
    leaky = overridden("layers.0.activation={name: leaky_relu}", "layers.0.activation.slope=.3")
    assert leaky.layers[0].activation == LeakyRelu(0.3)
    assert overridden("early_stopping.patience=7").early_stopping.patience == 7  # type: ignore[union-attr]
    assert overridden("save_to=", save_to="x").save_to is None
    assert overridden("data.types.a.b=number").data.types == {"a.b": "number"}
    assert overridden("class_weight.a.b=2").class_weight == {"a.b": 2.0}
    assert overridden("data.target=a=b").data.target == "a=b"


def test_set_leaves_the_defaults_alone() -> None:
    overridden("layers.0.units=8", "data.exclude=[a]")
    assert [each.units for each in overridden().layers] == [64, 64]
    assert overridden().data.exclude == []


def test_what_was_read_once_gives_one_config_after_another(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("data: {file: x.csv, target: y}\nlayers: [{units: 3}]\n")
    draft = read(path)
    path.unlink()
    assert draft.config(["layers.0.units=5", "epochs=7"]).layers[0].units == 5
    plain = draft.config()
    assert (plain.layers[0].units, plain.epochs) == (3, 200)
    assert plain.place("layers.0.units") == f"{path}:2: layers.0.units"
    assert draft.config(["epochs=7"]).place("epochs") == "--set epochs"
