"""Every `auto` resolved, what makes no sense refused, and the text that loads again."""

import json
from pathlib import Path
from typing import Any

import pytest

from ann_cli.config.complete import check_dropout, complete
from ann_cli.config.plain_config import as_dict, as_yaml
from ann_cli.config.read import load
from ann_cli.config.spec import Config
from ann_cli.config.stepless import STEPLESS
from ann_cli.errors import ConfigError


def config(**keys: Any) -> Config:
    data = {"file": "x.csv", "target": "y", **keys.pop("data", {})}
    return load({"data": data, **keys})


RESOLVED = [
    # task, output_activation, loss as given; then as resolved
    ("regression", "auto", "auto", "linear", "half_squared_error"),
    ("regression", "linear", "auto", "linear", "half_squared_error"),
    ("regression", "auto", "huber", "linear", "huber"),
    ("regression", "auto", "half_squared_error", "linear", "half_squared_error"),
    ("classification", "auto", "auto", "softmax", "cross_entropy"),
    ("classification", "sigmoid", "auto", "sigmoid", "cross_entropy"),
    ("classification", "linear", "auto", "linear", "hinge"),
    ("classification", "threshold", "auto", "threshold", "perceptron"),
    ("classification", "auto", "cross_entropy", "softmax", "cross_entropy"),
    ("classification", "auto", "half_squared_error", "softmax", "half_squared_error"),
    ("classification", "auto", "hinge", "linear", "hinge"),
    ("classification", "auto", "perceptron", "threshold", "perceptron"),
    ("classification", "sigmoid", "half_squared_error", "sigmoid", "half_squared_error"),
]


@pytest.mark.parametrize(("task", "output", "loss", "output_then", "loss_then"), RESOLVED)
def test_auto_is_resolved(
    task: str, output: str, loss: str, output_then: str, loss_then: str
) -> None:
    done = complete(config(output_activation=output, loss=loss), task, 3, True)
    assert (done.task, done.output_activation, done.loss.name) == (task, output_then, loss_then)
    assert done.output_activation in done.loss.outputs
    assert done.initializer == "auto"


def test_a_few_rows_are_not_held_back_by_the_penalty() -> None:
    assert complete(config(), "regression", 0, True, rows=4).l2 == 0.01


@pytest.mark.parametrize(
    ("optimizer", "given", "then"),
    [("adam", "auto", 2 / 500), ("sgd", "auto", 0), ("adamw", "auto", 0), ("adam", 0.3, 0.3)],
)
def test_the_penalty_follows_the_rows(optimizer: str, given: object, then: float) -> None:
    done = complete(config(optimizer=optimizer, l2=given), "regression", 0, True, rows=500)
    assert done.l2 == then


def test_a_config_that_names_its_layers_has_no_penalty_that_it_does_not_name() -> None:
    layers = [{"units": 8}]
    for keys, then in (
        ({"layers": layers}, 0),
        ({"layers": layers, "l2": "auto"}, 2 / 500),
        ({"layers": layers, "l2": 0.3}, 0.3),
        ({"l2": "auto"}, 2 / 500),
        ({}, 2 / 500),
    ):
        done = complete(config(**keys), "regression", 0, True, rows=500)
        assert done.l2 == then
        assert (done.schedule.name, done.gradient_clip, done.l1) == ("constant", None, 0)
        assert load(as_dict(done)) == done


PERCEPTRON: dict[str, Any] = {"layers": [], "output_activation": "threshold"}
RULE = ({"name": "sgd", "learning_rate": 1}, 1, {"name": "zeros"})


@pytest.mark.parametrize(
    ("keys", "then"),
    [
        (PERCEPTRON, RULE),
        ({"layers": [], "loss": "perceptron"}, RULE),
        ({**PERCEPTRON, "batch_size": "full"}, (RULE[0], "full", RULE[2])),
        ({**PERCEPTRON, "optimizer": "adam"}, ("adam", 1, RULE[2])),
        ({**PERCEPTRON, "initializer": "glorot_normal"}, (*RULE[:2], "glorot_normal")),
        ({"output_activation": "threshold"}, ("adam", 32, "auto")),
        ({"layers": []}, ("adam", 32, "auto")),
    ],
)
def test_a_perceptron_learns_by_its_rule_where_nothing_is_given(
    keys: dict[str, Any], then: tuple[Any, ...]
) -> None:
    done = complete(config(**keys), "classification", 3, True, rows=500)
    optimizer, batch_size, initializer = then
    expected = config(optimizer=optimizer, batch_size=batch_size, initializer=initializer)
    for key in ("optimizer", "batch_size", "initializer"):
        assert getattr(done, key) == getattr(expected, key), key
    named = "layers" in keys
    assert done.l2 == (2 / 500 if done.optimizer.name == "adam" and not named else 0)
    assert complete(done, "classification", 3, True, rows=500) == done
    # As written out it trains the same.
    assert load(as_dict(done)) == done


def test_sigmoid_for_regression_needs_a_target_between_0_and_1() -> None:
    given = config(output_activation="sigmoid", data={"scaling": "minmax"})
    assert complete(given, "regression", 0, True).loss.name == "half_squared_error"


def test_settings_and_origin_are_kept() -> None:
    given = load({"data": {"file": "x", "target": "y"}}, ["loss={name: huber, threshold: 3}"])
    done = complete(given, "regression", 0, True)
    assert done.loss.threshold == 3
    assert done.place("loss") == "--set loss"
    assert given.task == "auto"


SEARCHED: list[dict[str, Any]] = [
    {"schedule": "cosine"},
    {"dropout_schedule": "cosine"},
    {"l1": 0.1},
    {"l2": 0.1},
    {"gradient_clip": 1},
    {"early_stopping": {}},
    {"layers": [{"units": 1, "dropout": 0.5}]},
]


@pytest.mark.parametrize("name", STEPLESS)
@pytest.mark.parametrize("keys", SEARCHED, ids=lambda keys: next(iter(keys)))
def test_without_steps_is_refused_what_would_not_be_heeded(keys: dict[str, Any], name: str) -> None:
    given = config(optimizer=name, **keys)
    if name == "newton" and "early_stopping" in keys:
        assert complete(given, "regression", 0, True)
        return
    with pytest.raises(ConfigError) as caught:
        complete(given, "regression", 0, True)
    (problem,) = caught.value.problems
    assert problem.place == next(iter(keys))
    assert f"has no use with {name}" in problem.message
    assert complete(config(**keys), "regression", 0, True)


def test_a_dropout_that_changes_over_time_is_one_of_some_layer() -> None:
    layers = [{"units": 2, "dropout": 0.2}]
    with pytest.raises(ConfigError) as caught:
        check_dropout(config(dropout_schedule="cosine"))
    (problem,) = caught.value.problems
    assert problem.place == "dropout_schedule"
    assert problem.message.endswith("and no layer has one")
    # One of the forms that have the key is enough; a form with a key of its own is told by it.
    some = {"variations": [{"layers": layers}, {}], "folds": 1}
    check_dropout(config(dropout_schedule="cosine", ensemble=some))
    some = {"variations": [{"layers": layers}, {"dropout_schedule": "cosine"}], "folds": 1}
    with pytest.raises(ConfigError) as caught:
        check_dropout(config(ensemble=some))
    assert caught.value.problems[0].place == "ensemble.variations.1.dropout_schedule"


def test_brute_force_as_written_out_is_the_same() -> None:
    done = complete(config(optimizer="brute_force"), "regression", 0, True, rows=500)
    assert done.l2 == 0
    assert load(json.loads(json.dumps(as_dict(done)))) == done


REFUSED: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("regression", {"output_activation": "softmax"}, "output_activation", "softmax makes classes",
     "use linear or sigmoid"),
    ("regression", {"output_activation": "threshold"}, "output_activation", "threshold makes "
     "classes", "use linear or sigmoid"),
    ("regression", {"output_activation": "sigmoid"}, "output_activation", "sigmoid gives 0 to 1 "
     "only", "minmax"),
    ("regression", {"output_activation": "sigmoid", "data": {"scaling": "robust"}},
     "output_activation", "scaled by robust", "minmax"),
    ("regression", {"loss": "cross_entropy"}, "loss", "cross_entropy is a loss for classification",
     "use half_squared_error or mean_absolute_error or huber"),
    ("classification", {"loss": "huber"}, "loss", "huber is a loss for regression", "hinge"),
    ("classification", {"loss": "hinge", "output_activation": "softmax"}, "loss", "hinge does not "
     "go with the output activation softmax", "use output_activation: linear, or loss: cross"),
    ("classification", {"loss": "half_squared_error", "output_activation": "threshold"}, "loss",
     "half_squared_error does not go", "loss: perceptron"),
    ("regression", {"class_weight": "balanced"}, "class_weight", "class_weight is for "
     "classification", "remove it"),
    ("regression", {"early_stopping": {}}, "early_stopping", "early stopping needs validation",
     "data.validation: 0.2"),
    ("regression", {"weight_decay_schedule": "flat_cos"}, "weight_decay_schedule", "adam has no "
     "weight_decay", "use optimizer: adamw or lion"),
    ("regression", {"layers": [{"skip": [{"units": 2}, {"units": 2, "weight_decay": 0}]}]},
     "layers.0.skip.1.weight_decay", "adam has no weight_decay", "use optimizer: adamw or lion"),
    ("regression", {"ensemble": {"variations": [{"optimizer": "lion", "layers": [{"scale": 1,
     "weight_decay": 1}]}, {"layers": [{"scale": 1, "weight_decay": 1}]}]}},
     "ensemble.variations.1.layers.0.weight_decay", "adam has no weight_decay", "adamw"),
    *(
        (task, keys | {"optimizer": "newton"}, "optimizer", "is no such pair", "optimizer: adam")
        for task, keys in (
            ("regression", {"loss": "huber"}),
            ("regression", {"output_activation": "exponential"}),
            ("regression", {"loss": "mean_absolute_error"}),
            ("classification", {"output_activation": "sigmoid", "loss": "half_squared_error"}),
        )
    ),
    ("regression", {"weight_decay_schedule": "step", "optimizer": "brute_force"},
     "weight_decay_schedule", "brute_force has no weight_decay", "adamw"),
    ("regression", {"ensemble": {"variations": [{"optimizer": "adamw", "weight_decay_schedule":
     "cosine"}, {"weight_decay_schedule": "cosine"}]}},
     "ensemble.variations.1.weight_decay_schedule", "adam has no weight_decay", "adamw"),
]  # fmt: skip


@pytest.mark.parametrize(("task", "keys", "place", "message", "remedy"), REFUSED)
def test_nonsense_is_refused(
    task: str, keys: dict[str, Any], place: str, message: str, remedy: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        complete(config(**keys), task, 3, "early_stopping" not in keys)
    (problem,) = caught.value.problems
    assert problem.place == place
    assert message in problem.message
    assert remedy in problem.remedy


def test_all_nonsense_at_once() -> None:
    given = config(
        output_activation="softmax", loss="hinge", class_weight="balanced", early_stopping={}
    )
    with pytest.raises(ConfigError) as caught:
        complete(given, "regression", 0, False)
    assert {each.place for each in caught.value.problems} == {
        "output_activation",
        "loss",
        "class_weight",
        "early_stopping",
    }


def test_one_class_is_none() -> None:
    with pytest.raises(ConfigError, match="at least 2 classes, and the target has 1"):
        complete(config(), "classification", 1, True)


def test_yaml_points_at_the_same_data(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    path = tmp_path / "configs" / "a.yaml"
    path.write_text("data: {file: ../x.csv, target: y, validation: v.csv}")
    run = tmp_path / "runs" / "a"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text(as_yaml(load(path), run))
    again = load(run / "config.yaml")
    assert Path(again.resolve(again.data.file)).resolve() == (tmp_path / "x.csv").resolve()
    assert again.data.file == "../../x.csv"
    assert again.data.validation == "../../configs/v.csv"
    assert "difference" not in (run / "config.yaml").read_text()  # it is no series


def test_yaml_leaves_absolute_paths_and_standard_input(tmp_path: Path) -> None:
    given = config(data={"file": "-", "validation": str(tmp_path / "v.csv")})
    (tmp_path / "c.yaml").write_text(as_yaml(given, tmp_path))
    again = load(tmp_path / "c.yaml")
    assert (again.data.file, again.data.validation) == ("-", str(tmp_path / "v.csv"))


def test_dict_is_json_and_loads_again() -> None:
    given = config(save_to="here", loss={"name": "huber", "threshold": 2}, batch_size="full")
    values = json.loads(json.dumps(as_dict(given)))
    assert values["data"]["file"] == "x.csv"
    assert values["loss"] == {"name": "huber", "threshold": 2.0}
    assert values["layers"][0] == {"units": 64, "activation": {"name": "relu"}, "dropout": 0.0}
    assert "save_to" not in values
    assert load({**values, "save_to": "here"}) == given


def test_schedules_that_change_nothing_are_not_in_the_dict() -> None:
    """Weights of a config without these keys have the bytes that they had before there were any."""
    keys = {"weight_decay_schedule", "dropout_schedule"}
    assert not keys & as_dict(config(dropout_schedule="constant")).keys()
    optimizer: dict[str, Any] = {"name": "adamw"}
    given = config(optimizer=optimizer, **dict.fromkeys(sorted(keys), "flat_cos"))
    values = json.loads(json.dumps(as_dict(given)))
    assert keys <= values.keys()
    assert load(values) == given
    variation = {"dropout_schedule": {"name": "flat_cos", "flat": 0.25}}
    some = config(ensemble={"variations": [{}, variation]})
    assert [form.dropout_schedule.name for form in some.forms] == ["constant", "flat_cos"]
    assert load(as_dict(some)) == some


def test_a_layers_own_decay_is_written_where_there_is_one() -> None:
    """null is the optimizer's, and 0 is none at all."""
    layers = [{"units": 2, "weight_decay": each} for each in (None, 0, 0.5)]
    given = config(layers=layers, optimizer="adamw")
    written = as_dict(given)["layers"]
    assert [each.get("weight_decay", "none") for each in written] == ["none", 0.0, 0.5]
    assert load(json.loads(json.dumps(as_dict(given)))) == given
