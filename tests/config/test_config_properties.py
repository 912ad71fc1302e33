"""What holds for any config: it loads or says why not, and what is written loads again."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from ann_cli.config.entry_schema import plain
from ann_cli.config.plain_config import as_yaml
from ann_cli.config.read import load
from ann_cli.config.schema import schema
from ann_cli.config.starter import starter
from ann_cli.engine.activations import hidden
from ann_cli.engine.initializers import INITIALIZERS
from ann_cli.engine.losses import LOSSES
from ann_cli.engine.optimizers import OPTIMIZERS
from ann_cli.engine.schedules import SCHEDULES
from ann_cli.errors import ConfigError

QUICK = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CHECK = Draft7Validator(schema())
names = st.text(min_size=1, max_size=12)


def entries(table: dict[str, Any], *others: str) -> st.SearchStrategy[Any]:
    """Return names, and mappings with settings in the middle of their bounds."""

    def mapping(entry: Any) -> st.SearchStrategy[Any]:
        keys = {
            # As a file has it: a list, where the default is a tuple.
            each.name: st.sampled_from([plain(each.default), [0.25] if each.kind is list else 0.25])
            for each in entry.settings()
        }
        return st.fixed_dictionaries({"name": st.just(entry.name)}, optional=keys)

    return st.one_of(st.sampled_from([*table, *others]), *map(mapping, table.values()))


def numbers(**bounds: Any) -> st.SearchStrategy[float]:
    return st.floats(allow_nan=False, allow_infinity=False, **bounds)


layers = st.fixed_dictionaries(
    {"units": st.integers(1, 10**6)},
    optional={"activation": entries(hidden()), "dropout": numbers(min_value=0, max_value=0.99)},
)
data = st.fixed_dictionaries(
    {"file": names, "target": st.just("the target")},
    optional={
        "features": st.none() | st.lists(names, min_size=1, unique=True),
        "exclude": st.lists(names),
        "types": st.dictionaries(names, st.sampled_from(["number", "category", "boolean"])),
        "scaling": st.sampled_from(["standard", "robust", "minmax", "none"]),
        "sample_weight": st.none() | names,
        "validation": numbers(min_value=0, max_value=0.99) | st.sampled_from([0, "v.csv", "no"]),
    },
)
positive = numbers(min_value=1e-300)
configs = st.fixed_dictionaries(
    {"data": data},
    optional={
        "task": st.sampled_from(["auto", "regression", "classification"]),
        "layers": st.lists(layers, max_size=3),
        "output_activation": st.sampled_from(["auto", "linear", "sigmoid", "softmax"]),
        "loss": entries(LOSSES, "auto"),
        "optimizer": entries(OPTIMIZERS),
        "schedule": entries(SCHEDULES),
        "initializer": entries(INITIALIZERS, "auto"),
        "epochs": st.integers(0),
        "batch_size": st.integers(1) | st.just("full"),
        "shuffle": st.booleans(),
        "l1": numbers(min_value=0),
        "l2": numbers(min_value=0) | st.just("auto"),
        "gradient_clip": st.none() | positive,
        "class_weight": st.none() | st.just("balanced") | st.dictionaries(names, positive),
        "early_stopping": st.none() | st.fixed_dictionaries({"patience": st.integers(1)}),
        "precision": st.sampled_from(["float32", "float64"]),
        "seed": st.integers(0, 2**63 - 1),
        "save_to": st.none() | names,
    },
)


@QUICK
@given(configs)
@example({"data": {"file": "x", "target": "y", "types": {"no": "number", "<<": "category"}}})
@example({"data": {"file": "-", "target": "a\nb", "exclude": ["k" * 300, "", "~", "\x85"]}})
def test_as_yaml_round_trips(tmp_path: Path, values: dict[str, Any]) -> None:
    config = _loaded(values)
    path = tmp_path / "c.yaml"
    path.write_bytes(as_yaml(config, config.folder).encode())
    assert load(path) == config


@QUICK
@given(configs)
def test_schema_accepts_what_load_accepts(values: dict[str, Any]) -> None:
    config = _loaded(values)
    CHECK.validate(values)
    CHECK.validate(yaml.safe_load(as_yaml(config, ".")))


def _loaded(values: dict[str, Any]) -> Any:
    """Load a config in which lower may lie above upper, the one rule that no schema can say."""
    for layer in values.get("layers", []):
        activation = layer.get("activation")
        if isinstance(activation, dict) and activation["name"] == "randomized_relu":
            activation.update(lower=0.125, upper=0.25)
    return load(values)


def explains(error: ConfigError) -> None:
    assert error.problems
    assert all(each.message and "Input should" not in each.message for each in error.problems)


SIGNS = "[ ] { } , - : ? & * ! | > ' \" # % @ ` ~ --- ... << \\ \t \n \r \x85 \u2028 \ufeff"
WORDS = "data: file: target: layers: units: activation: relu optimizer: name: adam loss: x 1 0.5"
words = st.sampled_from(SIGNS.split(" ") + WORDS.split(" "))
LEAST = "data: {file: x, target: y}\n"


@settings(QUICK, max_examples=150)
@given(st.text() | st.lists(words).map("".join) | st.lists(words).map(" ".join))
@example("\n  ")
@example("? ")
@example("{? a, ? b}")
@example("%YAML 1.2\n---\na: 1")
def test_any_text_loads_or_says_why_not(tmp_path: Path, text: str) -> None:
    path = tmp_path / "any.yaml"
    for content in (text, LEAST + text):
        path.write_bytes(content.encode())
        try:
            load(path)
        except ConfigError as error:
            explains(error)


@QUICK
@given(st.binary())
def test_any_bytes_load_or_say_why_not(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError):
        load(path)


KEYS = """
    data data.types data.file layers layers.0 layers.0.activation layers.0.activation.slope
    optimizer optimizer.name optimizer.name.name loss.threshold batch_size class_weight.a.b
    early_stopping early_stopping.patience seed x x.y.0
"""
keys = st.sampled_from(KEYS.split())


@settings(QUICK, max_examples=100)
@given(st.lists(st.tuples(keys | st.text(), st.text() | words), max_size=3))
def test_any_set_loads_or_says_why_not(pairs: list[tuple[str, str]]) -> None:
    try:
        load({"data": {"file": "x", "target": "y"}}, [f"{key}={value}" for key, value in pairs])
    except ConfigError as error:
        explains(error)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(keys | st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(QUICK, max_examples=100)
@given(st.dictionaries(keys, anything, max_size=4))
@example({"seed": 10**5000})
@example({"optimizer": {"name": None}, "loss": {"name": {}}, "schedule": {"name": []}})
def test_any_mapping_loads_or_says_why_not(values: dict[str, Any]) -> None:
    try:
        load({"data": {"file": "x", "target": "y"}, **values})
    except ConfigError as error:
        explains(error)


column = st.text() | st.sampled_from(["no", "~", "- a", "a: b", "#", "a #b", "{", "1.50", "null"])


@QUICK
@given(column, st.lists(st.tuples(column, st.sampled_from(["number", "category"]), st.text())))
def test_starter_loads_for_any_columns(
    tmp_path: Path, target: str, columns: list[tuple[str, str, str]]
) -> None:
    path = tmp_path / "new.yaml"
    path.write_bytes(starter("a b: #.csv", target, columns, "auto").encode())
    config = load(path)
    assert (config.data.file, config.data.target) == ("a b: #.csv", target)
    assert config == load({"data": {"file": "a b: #.csv", "target": target}})
