"""The recipe: what a config without layers gets, and what it keeps of its own."""

import pytest
import yaml

from ann_cli.config import recipe
from ann_cli.config.complete import check_folds, complete
from ann_cli.config.plain_config import as_yaml
from ann_cli.config.read import load
from ann_cli.config.recipe import Facts
from ann_cli.config.solved_variations import narrowed
from ann_cli.config.stepless import STEPLESS
from ann_cli.engine.trainers.brute_force import SEARCHES
from ann_cli.errors import ConfigError

LEAST = {"data": {"file": "a.csv", "target": "y"}}


def config(data=None, **keys):
    return load({"data": LEAST["data"] | (data or {}), **keys})


def completed(given, rows=1000, numbers=5):
    assert recipe.is_asked_for(given, in_memory=True)
    return recipe.completed(recipe.with_folds(given), Facts(rows, numbers), given)


NOT_ASKED = {
    "layers": {"layers": [{"units": 3}]},
    "a perceptron": {"layers": []},
    "none": {"recipe": "none"},
    "compiled": {"engine": "numba"},
    "row by row": {"batch_size": 1},
    **{f"without steps: {name}": {"optimizer": name} for name in STEPLESS},
    "threshold": {"output_activation": "threshold"},
    "no ensemble": {"ensemble": None},
}


@pytest.mark.parametrize("keys", NOT_ASKED.values(), ids=NOT_ASKED)
def test_it_is_not_for_a_config_that_asks_for_one_network(keys):
    assert not recipe.is_asked_for(config(**keys), in_memory=True)


def test_streamed_rows_make_one_network():
    assert not recipe.is_asked_for(config(), in_memory=False)


@pytest.mark.parametrize("rows", [1, 45, 300, 2930, 4_999, 5_000, 54_000, 327_000, 10**7])
@pytest.mark.parametrize("numbers", [0, 1, 128, 129, 6832])
def test_work_is_bounded_in_steps_and_in_epochs(rows, numbers):
    found = completed(config(), rows, numbers)
    assert 32 <= found.batch_size <= 1024
    assert 14 <= found.epochs <= 400
    if found.epochs > 20:
        assert found.epochs * rows / found.batch_size <= 3100
    assert found.ensemble.members == 4 * found.variations
    assert {found.members(number) for number in range(found.variations)} == {4}
    assert (found.data.encoding.name == "piecewise") == (0 < numbers <= 128)
    check_folds(found)


def test_one_variation_is_linear():
    for rows in (300, 2930, 54_000):
        found = completed(config(), rows)
        forms = [found.variation(number).layers for number in range(found.variations)]
        assert any(all(layer.name == "take" for layer in form) for form in forms)


@pytest.mark.parametrize(
    ("rows", "dates", "expected"),
    [
        *((300, 1, (8, 0)), (3_000, 1, (30, 0)), (10_000, 1, (12, 200)), (20_000, 1, (12, 200))),
        *((90_000, 1, (12, 44)), (90_000, 3, (12, 14)), (10**7, 1, (12, 0))),
    ],
)
def test_dates_have_bins_and_of_many_rows_each_its_own_input(rows, dates, expected):
    given = config()
    found = recipe.completed(recipe.with_folds(given), Facts(rows, 0, None, dates), given)
    assert (found.data.encoding.date_bins, found.data.encoding.dates) == expected
    assert completed(config(), rows).data.encoding.date_bins == 0


def solved(given):
    return [each for each in given.forms if each.optimizer.name == "newton"]


WIDTHS = {"few inputs": (100, 900, 4), "many": (100, 1100, 3), "many values": (1100, 9000, 0)}


@pytest.mark.parametrize(("values", "inputs", "expected"), WIDTHS.values(), ids=WIDTHS)
def test_what_would_not_be_solved_soon_falls_away(values, inputs, expected):
    given = config()
    found = narrowed(completed(given), given, "regression", values, inputs)
    assert len(solved(found)) == expected
    assert found.ensemble.members == 4 * found.variations
    linear = [each for each in found.forms if all(layer.name == "take" for layer in each.layers)]
    assert [each.optimizer.name for each in linear] == ["newton" if expected else "adamw"]
    check_folds(found)


@pytest.mark.parametrize(
    ("keys", "task", "expected"),
    [
        ({"loss": "huber"}, "regression", 0),
        ({"output_activation": "exponential"}, "regression", 0),
        ({"loss": "half_squared_error"}, "regression", 4),
        ({"output_activation": "sigmoid"}, "classification", 4),
        ({"loss": "hinge"}, "classification", 0),
    ],
)
def test_what_cannot_be_solved_falls_away(keys, task, expected):
    given = config(**keys)
    found = narrowed(completed(given), given, task, 10, 90)
    assert len(solved(found)) == expected
    assert complete(found, task, 2 if task == "classification" else 0, True, 1000)


def test_named_members_stay_where_a_variation_falls_away():
    given = config(ensemble={"members": 28, "folds": 4})
    found = narrowed(completed(given), given, "regression", 2000, 9000)
    assert found.ensemble.members == 28
    assert found.variations == 4


NAMED = {
    "epochs": 7,
    "batch_size": 64,
    "l2": 0.5,
    "schedule": "constant",
    "optimizer": "sgd",
    "ensemble": {"members": 6, "folds": 3},
}


@pytest.mark.parametrize("key", NAMED)
def test_what_a_config_names_stays(key):
    given = config(**{key: NAMED[key]})
    found = completed(given)
    if key == "ensemble":
        assert (found.ensemble.members, found.ensemble.folds, found.variations) == (6, 3, 2)
    else:
        assert getattr(found, key) == getattr(given, key)
        every = [found.variation(number) for number in range(found.variations)]
        assert all(getattr(each, key) == getattr(given, key) for each in every)
    assert found.recipe == "none"


def test_columns_that_a_config_names_stay():
    given = config(data={"scaling": "minmax", "encoding": "none"})
    found = completed(given).data
    assert (found.scaling, found.encoding.name) == ("minmax", "none")


@pytest.mark.parametrize("data", [{"validation": 0.3}, {"validation": "b.csv"}, {"time": "when"}])
def test_named_validation_rows_judge_in_place_of_folds(data):
    found = completed(config(data=data))
    assert found.folds == 1
    assert found.ensemble.members == 2 * found.variations


def test_what_is_written_says_why_and_reads_as_the_same():
    found = complete(completed(config()), "regression", 0, True, 1000)
    text = as_yaml(found, ".")
    for key, why in found.reasons.items():
        (line,) = [each for each in text.splitlines() if each.endswith(f"  # {why}")]
        assert line.split(":")[0].strip() == key.split(".")[-1]
    assert {"data.scaling", "layers", "epochs", "ensemble"} <= found.reasons.keys()
    again = load(yaml.safe_load(text))
    assert not recipe.is_asked_for(again, in_memory=True)
    assert complete(again, "regression", 0, True, 1000) == found


WRONG = {
    "a multiple": (
        {"ensemble": {"members": 10, "folds": 4}},
        "ensemble.members",
        "use a multiple of folds, of at least 4: 8",
    ),
    "as many as variations": (
        {"ensemble": {"members": 4, "folds": 4, "variations": [{}, {"l2": 0.1}]}},
        "ensemble.members",
        "of at least 8: 8",
    ),
    "streamed": (
        {"ensemble": {}, "data": {"stream": True}},
        "ensemble.folds",
        "set data.stream: false, or set ensemble.folds: 1",
    ),
    "by time": ({"ensemble": {}, "data": {"time": "t"}}, "ensemble.folds", "remove data.time"),
    "other rows": (
        {"ensemble": {}, "data": {"validation": 0.2}},
        "data.validation",
        "remove it, or set ensemble.folds: 1",
    ),
}


@pytest.mark.parametrize(("keys", "place", "remedy"), WRONG.values(), ids=WRONG)
def test_folds_that_cannot_be_are_told(keys, place, remedy):
    with pytest.raises(ConfigError) as caught:
        check_folds(config(**keys))
    (problem,) = caught.value.problems
    assert problem.place == place
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"output_activation": "threshold", "layers": []}, "ensemble"),
        ({"optimizer": next(iter(SEARCHES))}, "ensemble"),
        ({"layers": [{"normalize": "batch"}]}, "ensemble.folds"),
        ({"variations": [{"layers": [{"residual": [{"normalize": "batch"}]}]}]}, "ensemble.folds"),
    ],
)
def test_what_an_ensemble_cannot_be_made_of_is_told(keys, place):
    keys = dict(keys)
    ensemble = {"variations": keys.pop("variations")} if "variations" in keys else {}
    given = config(ensemble=ensemble, **({"layers": [{"units": 3}]} | keys))
    task = ("classification", 2) if "output_activation" in keys else ("regression", 0)
    with pytest.raises(ConfigError) as caught:
        complete(given, *task, validated=True, rows=100)
    assert place in [problem.place for problem in caught.value.problems]


VARIED = """\
data: {file: a.csv, target: y}
layers: [{units: 3}]
batch_size: 1
ensemble:
  folds: 1
  variations:
    - {}
    - layers:
      - {units: 4}
      - {normalize: batch}
    - l2: 0.5
"""


def test_what_is_wrong_in_a_variation_has_the_place_of_the_variation(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(VARIED)
    given = load(path)
    with pytest.raises(ConfigError) as caught:
        complete(given, "regression", 0, validated=True, rows=100)
    (problem,) = caught.value.problems
    assert problem.place == f"{path}:10: ensemble.variations.1.layers.1"
    # What a variation does not name has the place that it has in the config.
    assert given.forms[2].place("layers.0") == given.place("layers.0") == f"{path}:2: layers.0"
    assert given.forms[2].place("l2") == f"{path}:11: ensemble.variations.2.l2"
