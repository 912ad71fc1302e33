"""What is to be varied: split as a person means it, or refused in plain words."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ann_cli.config.read import read
from ann_cli.engine.activations import hidden
from ann_cli.errors import ConfigError
from ann_cli.experiments.variations import activation_variations, split_values, variations

DRAFT = read({"data": {"file": "x.csv", "target": "y"}, "layers": [{"units": 3}, {"units": 2}]})


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,32,full", ["1", "32", "full"]),
        (" sgd , adam ", ["sgd", "adam"]),
        ("[{units: 8}],[]", ["[{units: 8}]", "[]"]),
        ("{name: sgd, learning_rate: 0.1},adam", ["{name: sgd, learning_rate: 0.1}", "adam"]),
        ("[[1, 2], [3]],x", ["[[1, 2], [3]]", "x"]),
        ("\"a,b\",'c,d'", ['"a,b"', "'c,d'"]),
        ("['a]', b],c", ["['a]', b]", "c"]),
        ("it's,that's", ["it's", "that's"]),
        (r'"a\",b",c', [r'"a\",b"', "c"]),
        ("null", ["null"]),
    ],
)
def test_values_end_at_the_commas_outside_of_brackets_and_quotes(text, values):
    assert split_values(text, "--vary x") == values


scalars = st.integers() | st.booleans() | st.text(st.characters(codec="ascii", categories=["L"]))
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(scalars, inner), max_leaves=8
)


@settings(max_examples=50)
@given(st.lists(values, min_size=1, max_size=4))
def test_whatever_yaml_writes_on_a_line_comes_apart_again(given_values):
    texts = [
        yaml.safe_dump([one], default_flow_style=True, width=float("inf")).strip()
        for one in given_values
    ]
    assert split_values(",".join(texts), "--vary x") == texts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{units: 8}", "the [ is not closed"),
        ("[{units: 8]", "the ] closes nothing"),
        ("a]", "the ] closes nothing"),
        ("1,,2", "a value is missing"),
        ("", "a value is missing"),
        ("1,", "a value is missing"),
    ],
)
def test_what_cannot_be_split_is_told(text, message):
    with pytest.raises(ConfigError, match=r"--vary x: ") as error:
        split_values(text, "--vary x")
    assert message in str(error.value)


def test_all_combinations_the_last_key_changing_fastest():
    made = variations(["batch_size=1,full", "optimizer=sgd,adam"])
    assert [each.name for each in made] == [
        "batch_size=1 optimizer=sgd",
        "batch_size=1 optimizer=adam",
        "batch_size=full optimizer=sgd",
        "batch_size=full optimizer=adam",
    ]
    assert made[0].overrides == ("batch_size=1", "optimizer=sgd")


def test_a_whole_mapping_does_not_undo_a_key_in_it():
    (made,) = variations(["optimizer.learning_rate=0.5", "optimizer=sgd"])
    assert DRAFT.config(made.overrides).optimizer.learning_rate == 0.5


def test_values_have_their_types():
    (made,) = variations(["layers=[{units: 8, activation: relu}]", "epochs=3", "l1=1e-3"])
    layers = [{"units": 8, "activation": "relu"}]
    assert made.values() == {"layers": layers, "epochs": 3, "l1": 0.001}
    (made,) = variations(["gradient_clip=null", "shuffle=false", "data.exclude=[NaN, a]"])
    assert made.values() == {
        "gradient_clip": None,
        "shuffle": False,
        "data.exclude": ["NaN", "a"],
    }


def test_all_that_is_wrong_at_once():
    with pytest.raises(ConfigError) as error:
        variations(["x", "seed=1,2", "epochs=[1", "l2=1,2", "l2=3", "=4", "a..b=1"])
    places = [problem.place for problem in error.value.problems]
    assert places == [
        "--vary x", "--vary seed", "--vary epochs", "--vary l2", "--vary", "--vary a..b"
    ]  # fmt: skip


def test_every_hidden_activation_stands_in_every_layer():
    made = activation_variations(DRAFT, (), "")
    assert [each.name for each in made] == list(hidden())
    for each in made:
        config = DRAFT.config(each.overrides)
        assert [layer.activation.name for layer in config.layers] == [each.name] * 2


def test_an_activation_may_have_settings():
    made = activation_variations(DRAFT, (), "{name: leaky_relu, slope: 0.2},relu")
    assert DRAFT.config(made[0].overrides).layers[1].activation.slope == 0.2
    assert made[0].values() == {"activation": {"name": "leaky_relu", "slope": 0.2}}


def test_no_hidden_layer_is_told():
    with pytest.raises(ConfigError, match="no hidden layer"):
        activation_variations(DRAFT, ("layers=[]",), "")


def test_a_problem_names_the_option_that_made_it():
    (made,) = variations(["optimizer=adm"])
    with pytest.raises(ConfigError) as error:
        DRAFT.config(("epochs=-1", *made.overrides))
    places = [made.placed(each).place for each in error.value.problems]
    assert sorted(places) == ["--set epochs", "--vary optimizer"]
