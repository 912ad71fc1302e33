"""A search space in the config's own words: what it means, and what is wrong in it."""

import pytest

from ann_cli.config.entry_schema import plain
from ann_cli.config.read import load, read
from ann_cli.config.search_words import Choose
from ann_cli.config.space import Space
from ann_cli.config.tree import parse
from ann_cli.config.write import as_written, block
from ann_cli.engine.optimizers import Adam, Sgd
from ann_cli.errors import ConfigError

HEAD = "data: {file: x.csv, target: y}\n"
WORDS = """\
layers:
  choose:
    - [{units: {range: [4, 16], log: true}, activation: {choose: [relu, mish]}}]
    - [{units: {range: [4, 16], log: true}, dropout: 0.1}, {dropout: {range: [0, 0.5]}}]
optimizer:
  choose: [sgd, {name: adam, learning_rate: {range: [1e-4, 1e-1], log: true}}]
batch_size: {range: [8, 64]}
l2: {choose: [auto, {range: [1e-6, 1e-2], log: true}]}
early_stopping: {patience: {range: [2, 9]}}
"""


def space(tmp_path, text, *overrides):
    (tmp_path / "c.yaml").write_text(HEAD + text)
    return Space(read(tmp_path / "c.yaml").changed(overrides))


def greatest(word):
    return len(word.options) - 1 if isinstance(word, Choose) else word.high


def least(word):
    return 0 if isinstance(word, Choose) else word.low


def test_words_may_stand_wherever_a_value_may(tmp_path):
    found = space(tmp_path, WORDS)
    first, last = (found.filled(pick).checked() for pick in (least, greatest))
    assert [plain(each, brief=True) for each in first.layers] == [
        {"units": 4, "activation": "relu", "dropout": 0.0}
    ]
    assert (first.optimizer, first.batch_size, first.l2) == (Sgd(), 8, "auto")
    assert [each.summary() for each in last.layers] == ["16 relu", "dropout 0.5"]
    assert (last.optimizer, last.batch_size, last.l2) == (Adam(learning_rate=0.1), 64, 0.01)
    assert last.early_stopping.patience == 9


def test_what_is_not_tuned_has_its_default_and_a_key_that_has_none_a_value(tmp_path):
    config = space(tmp_path, WORDS).check()
    assert config == load({"data": {"file": "x.csv", "target": "y"}, "early_stopping": {}})
    needed = space(tmp_path, "layers: [{units: {range: [4, 16], log: true}, dropout: 0.1}]\n")
    assert needed.check().layers[0].units == 8  # the middle of a logarithmic range


def test_equal_words_of_one_key_are_one_parameter(tmp_path):
    names = [each.name for each in space(tmp_path, WORDS).words.values()]
    assert names == [
        *("layers", "layers.0.units", "layers.0.activation", "layers.0.units", "layers.1.dropout"),
        *("optimizer", "optimizer.learning_rate", "batch_size", "l2", "l2 (range)"),
        "early_stopping.patience",
    ]


def test_whole_numbers_stay_whole_and_others_are_short_and_in_range(tmp_path):
    found = space(tmp_path, "batch_size: {range: [1, 9]}\nl1: {range: [0.00012344, 2]}\n").words
    whole, rate = found.values()
    assert whole.shown(7.0) == "7"
    assert rate.shown(0.123456789) == "0.1235"
    assert rate.shown(rate.low) == "0.00012344"
    (number,) = space(tmp_path, "l1: {range: [1, 2]}\n").words.values()
    assert number.shown(1.5) == "1.5"  # of a key that takes any number


WRONG = [
    ("l1: {range: [2, 1]}", "l1", "range goes from 2 to 1"),
    ("l1: {range: [1, 1]}", "l1", "range goes from 1 to 1"),
    ("l1: {range: [0, 1], log: true}", "l1", "above 0"),
    ("l1: {range: [0, 1], log: yes}", "l1", "true or false"),
    ("l1: {range: [0]}", "l1", "two numbers"),
    ("l1: {range: [0, inf]}", "l1", "two numbers"),
    ("l1: {range: [0, x]}", "l1", "two numbers"),
    ("l1: {range: [0, 1], lgo: true}", "l1", "lgo cannot stand beside range"),
    ("l1: {range: [0, 1], choose: [1, 2]}", "l1", "range cannot stand beside choose"),
    ("epochs: {range: [1, 2.5]}", "epochs", "whole numbers"),
    ("loss: {range: [1, 2]}", "loss", "takes none"),
    ("loss: {choose: [huber]}", "loss", "two or more"),
    ("loss: {choose: huber}", "loss", "two or more"),
    ("loss: {choose: [huber, huber]}", "loss", "twice: huber"),
    ("loss: {choose: [hubr, huber]}", "loss", "'hubr' is not a loss"),
    ("batch_size: {range: [0, 8]}", "batch_size", "at least 1"),
    ("l1: {range: [-1, 1]}", "l1", "at least 0"),
    ("epoch: {range: [1, 9]}", "epoch", "unknown key"),
    ("layers: [{units: {choose: [2, -2]}}]", "layers.0.units", "at least 1"),
    ("optimizer: {choose: [sgd, {name: adam, beta1: {choose: [0.5, 2]}}]}", "optimizer.beta1", "2"),
    ("seed: {choose: [1, 2]}", "seed", "by chance"),
    ("save_to: {choose: [a, b]}", "save_to", "no run folders"),
    ("ensemble: {choose: [null, {folds: 4}]}", "ensemble", "folds differs within: the same rows"),
    ("ensemble: {choose: [{folds: 2}, {folds: 4}]}", "ensemble", "tune a config for each value"),
]


@pytest.mark.parametrize(("text", "key", "message"), WRONG, ids=range(len(WRONG)))
def test_a_space_that_says_nonsense_is_refused_where_it_stands(tmp_path, text, key, message):
    with pytest.raises(ConfigError) as error:
        space(tmp_path, f"precision: float32\n{text}\n").check()
    assert {each.place for each in error.value.problems} == {f"{tmp_path / 'c.yaml'}:3: {key}"}
    assert message in str(error.value)


CHOICE, RANGE = (
    "did you mean choose? for example {choose:",
    "did you mean range? for example {range:",
)
MISSPELT = [
    ("layers: [{units: 4, activation: {chose: [relu, mish]}}]", "layers.0.activation", CHOICE),
    ("layers: {choice: [[], [{units: 4}]]}", "layers", CHOICE),
    ("layers: [{chosse: [{units: 4}, {units: 8}]}]", "layers.0", CHOICE),
    ("layers: [{units: {rnage: [4, 8], log: true}}]", "layers.0.units", RANGE),
    ("layers: [{units: {choose: [4, {rang: [5, 8]}]}}]", "layers.0.units", RANGE),
    ("layers: {choose: [[], [{units: {Range: [5, 8]}}]]}", "layers.0.units", RANGE),
    ("batch_size: {Choose: [8, 16]}", "batch_size", CHOICE),
    ("optimizer: {chose: [adam, sgd]}", "optimizer", CHOICE),
    ("optimizer: {choose: [sgd, {name: adam, beta1: {rage: [0, 1]}}]}", "optimizer.beta1", RANGE),
    ("optimizer: {learning_rate: {ranges: [0, 1], lgo: true}}", "optimizer.learning_rate", RANGE),
    ("early_stopping: {chose: [null, {patience: 3}]}", "early_stopping", CHOICE),
    ("ensemble: {members: {chose: [4, 8]}}", "ensemble.members", CHOICE),
    ("class_weight: {chose: [balanced, {a: 2}]}", "class_weight", CHOICE),
    ("model: {chose: [network, som]}", "model", CHOICE),
    ("l1: {range: [0, 1], lgo: true}", "l1", "did you mean log? for example {range:"),
    ("l1: {range: [0, 1], Log: true}", "l1", "did you mean log? for example {range:"),
]


@pytest.mark.parametrize(("text", "key", "remedy"), MISSPELT, ids=range(len(MISSPELT)))
def test_a_misspelt_word_is_told_where_it_stands(tmp_path, text, key, remedy):
    with pytest.raises(ConfigError) as error:
        assert not space(tmp_path, f"{text}\n").words
    (problem,) = error.value.problems
    assert problem.place == f"{tmp_path / 'c.yaml'}:2: {key}"
    assert problem.remedy.startswith(remedy)


NO_WORDS = [
    "target_transform: {rang: log, chose: none}",
    "features: [rang, chose], exclude: [range]",
    "types: {chose: {order: [S, M]}}",
]


@pytest.mark.parametrize("keys", NO_WORDS)
def test_what_has_a_use_at_its_place_is_no_misspelt_word(tmp_path, keys):
    (tmp_path / "c.yaml").write_text(f"data: {{file: x.csv, target: y, {keys}}}\n")
    assert not Space(read(tmp_path / "c.yaml")).words


def test_rows_cannot_be_searched_for(tmp_path):
    with pytest.raises(ConfigError, match=r"--set data.types.a: the same rows"):
        space(tmp_path, "", "data.types.a={choose: [number, category]}").check()


def test_a_space_on_the_command_line_is_placed_there(tmp_path):
    with pytest.raises(ConfigError, match=r"^--set optimizer.learning_rate: expected a number"):
        space(tmp_path, "", "optimizer.learning_rate={range: [-1, 1]}").check()


@pytest.mark.parametrize("mapping", ["class_weight", "data.types"])
def test_a_class_or_a_column_may_be_called_as_the_words_are(tmp_path, mapping):
    value = "2" if mapping == "class_weight" else "category"
    assert not space(tmp_path, "", f"{mapping}={{range: {value}, choose: {value}}}").words


def test_only_tuning_takes_a_space(tmp_path):
    found = space(tmp_path, WORDS)
    with pytest.raises(ConfigError, match="ann tune") as error:
        found.draft.config()
    places = [each.place.partition(": ")[2] for each in error.value.problems]
    assert places == ["layers", "optimizer", "batch_size", "l2", "early_stopping.patience"]


HARD = """\
data:
  {file: "-", target: no, features: [012, 1e3, 'null', 2.50, '', ~x, "a\\tb"], missing: ['~']}
layers:
  - {units: "8", activation: {name: leaky_relu, slope: .2}, dropout: 5e-1}
class_weight: {yes: 1_000, 'no': 0x10}
gradient_clip:
"""


def test_a_tree_is_written_as_it_reads():
    value = parse(HARD, "c").value
    assert parse(block(as_written(value)), "c").value == value


def test_combinations_are_counted_where_they_are_few(tmp_path):
    text = """\
layers: {choose: [[], [{units: {choose: [2, 3]}, activation: {choose: [relu, mish]}}]]}
epochs: {range: [1, 3]}
"""
    found = space(tmp_path, text).combinations(15)
    assert len(found) == len({str(each) for each in found}) == (1 + 2 * 2) * 3
    assert space(tmp_path, text).combinations(14) == []
    assert space(tmp_path, "l1: {range: [0, 1]}\n").combinations(10**6) == []
