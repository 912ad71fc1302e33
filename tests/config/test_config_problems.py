"""What is said about a config that cannot be used: message, place and remedy of each kind."""

from pathlib import Path

import pytest

from ann_cli.config.read import load
from ann_cli.errors import ConfigError, FileError, Problem
from ann_cli.tasks import TASKS

LEAST = "data: {file: x.csv, target: y}\n"


def problems(text: str | bytes, folder: Path, *overrides: str) -> list[Problem]:
    path = folder / "x.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load(path, overrides)
    assert caught.value.exit_status == 2
    found = caught.value.problems
    assert not any("Input should" in str(each) for each in found)
    return [
        Problem(each.message, each.place.removeprefix(f"{folder}/"), each.remedy) for each in found
    ]


VALUES = [
    # what stands on line 2; the key; what is said; a part of the remedy
    ("epochs: ten", "epochs", "expected a whole number of at least 0, found 'ten'", ""),
    ("epochs: -1", "epochs", "expected a whole number of at least 0, found -1", ""),
    ("epochs: 1.5", "epochs", "expected a whole number of at least 0, found 1.5", ""),
    ("epochs:", "epochs", "expected a whole number of at least 0, found nothing", ""),
    ("epochs: {a: 1}", "epochs", "expected a whole number of at least 0, found a mapping", ""),
    ("seed: 9223372036854775808", "seed", "expected a whole number of at least 0 and below "
     "9223372036854775808, found 9223372036854775808", ""),
    ("batch_size: ful", "batch_size", "expected a whole number of at least 1, or full, found "
     "'ful'", "did you mean full?"),
    ("batch_size: 0", "batch_size", "expected a whole number of at least 1, or full, found 0", ""),
    ("l1: .nan", "l1", "expected a number of at least 0, found '.nan'", ""),
    ("l2: nan", "l2", "expected a number of at least 0, or auto, found nan", ""),
    ("gradient_clip: 0", "gradient_clip", "expected a number above 0, or null, found 0", ""),
    ("shuffle: maybe", "shuffle", "expected true or false, found 'maybe'", ""),
    ("task: clasification", "task", f"expected auto, {', '.join([*TASKS][:-1])} or {[*TASKS][-1]}, "
     "found 'clasification'", "did you mean classification?"),
    ("precision: 64", "precision", "expected float32 or float64, found 64", ""),
    ("class_weight: {a: 0}", "class_weight.a", "expected a number above 0, found 0", ""),
    ("class_weight: 3", "class_weight", "expected a mapping, or balanced, or null, found 3", ""),
    ("early_stopping: yes", "early_stopping", "expected a mapping with the key patience, or null, "
     "found 'yes'", "for example {patience: 20}"),
    ("early_stopping: 7", "early_stopping", "expected a mapping with the key patience, or null, "
     "found 7", "for example {patience: 7}"),
    ("ensemble: 9", "ensemble", "expected a mapping with the keys members, folds, variations, or "
     "null, found 9", "for example {members: 9}"),
    ("cluster: local", "cluster", "expected a mapping with the keys address, replicas, outer, or "
     "null, found 'local'", ""),
    ("save_to: ''", "save_to", "expected a path, or null, found ''", ""),
    ("layers: 3", "layers", "expected a list, found 3", "write a list, such as [{units: 64}]"),
    ("layers: {units: 3}", "layers", "expected a list, found a mapping", "such as [{units: 64}]"),
    ("layers: [{unts: 3}]", "layers.0", "no key here tells the kind of the layer: unts",
     "did you mean units? give one of units, conv"),
    ("layers: [{activation: relu, droput: 1}]", "layers.0", "no key here tells the kind of the "
     "layer: activation, droput", "did you mean dropout? give one of units, conv"),
    ("gradient_clip: 50%", "gradient_clip", "expected a number above 0, or null, found '50%'",
     "write 0.5"),
    ("layers: [3]", "layers.0", "expected a mapping with one of the keys units, conv, pool, "
     "rnn, gru, lstm, embedding, dropout, normalize, residual, skip, scale, take, found 3", ""),
    ("layers: [{conv: 4, kernel: 0}]", "layers.0.kernel", "expected a whole number of at least 1, "
     "or a list of two numbers, such as [3, 5], found 0", ""),
    ("layers: [{conv: 4, stride: [1, 2, 3]}]", "layers.0.stride", "expected a whole number of at "
     "least 1, or a list of two numbers, such as [3, 5], found a list", ""),
    ("layers: [{pool: every}]", "layers.0.pool", "expected a whole number of at least 1, or a list "
     "of two numbers, such as [3, 5], or all, found 'every'", ""),
    ("layers: [{conv: 4, padding: full}]", "layers.0.padding", "'full' is not a padding",
     "allowed: same, valid"),
    ("layers: [{}]", "layers.0", "no key here tells the kind of the layer: nothing",
     "give one of units, conv, pool, rnn, gru, lstm"),
    ("layers: [{units: 1, residual: []}]", "layers.0",
     "a layer is of one kind, and these keys tell several: units, residual", "give one of units"),
    ("layers: [{residual: [{units: 0}]}]", "layers.0.residual.0.units",
     "expected a whole number of at least 1 and at most 1000000, found 0", ""),
    ("layers: [{residual: []}]", "layers.0.residual", "expected a list with at least one element, "
     "found an empty list", ""),
    ("layers: [{normalize: rows}]", "layers.0.normalize", "'rows' is not a normalization",
     "allowed: batch, layer"),
    ("layers: [{normalize: {name: layer, momentum: 1}}]", "layers.0.normalize.momentum",
     "unknown key 'momentum'", "momentum belongs to batch"),
    ("layers: [{embedding: 8, activation: relu}]", "layers.0.activation",
     "unknown key 'activation'", "a dense layer: layers: [{units: …, activation: …}]"),
    ("layers: [{dropout: x}]", "layers.0.dropout", "expected a number of at least 0 and below 1, "
     "found 'x'", ""),
    ("layers: [{units: 1000001}]", "layers.0.units", "expected a whole number of at least 1 and "
     "at most 1000000, found 1000001", ""),
    ("layers: [{units: 1, dropout: 1}]", "layers.0.dropout", "expected a number of at least 0 and "
     "below 1, found 1", ""),
    ("layers: [{units: 1, activation: rellu}]", "layers.0.activation", "'rellu' is not an "
     "activation", "did you mean relu? allowed: linear, sigmoid, tanh, relu"),
    ("layers: [{units: 1, activation: threshold}]", "layers.0.activation", "threshold cannot be in "
     "a hidden layer: its slope is 0 everywhere, so that nothing before it can learn",
     "use tanh, sigmoid or relu"),
    ("layers: [{units: 1, activation: {name: softmax}}]", "layers.0.activation", "softmax cannot "
     "be in a hidden layer: it makes one probability a class, which is for the output",
     "output_activation: softmax"),
    ("layers: [{units: 1, activation: {name: randomized_relu, lower: .5}}]", "layers.0.activation",
     "lower (0.5) is above upper (0.3333333333333333)", ""),
    ("optimizer: Adam", "optimizer", "'Adam' is not an optimizer", "did you mean adam?"),
    ("optimizer: {learning_rate: 1}", "optimizer", "a mapping here needs the key 'name', to say "
     "which optimizer it sets", "allowed: sgd, momentum"),
    ("optimizer: {nam: adam}", "optimizer", "a mapping here needs the key 'name', to say which "
     "optimizer it sets", "did you mean name? for example {name: sgd}"),
    ("optimizer: {name: momentum, momentum: 1}", "optimizer.momentum", "expected a number of at "
     "least 0 and below 1, found 1", ""),
    ("optimizer: {name: sgd, learning_rate: inf}", "optimizer.learning_rate", "expected a number "
     "above 0 and at most 1000000, found inf", ""),
    ("optimizer: {name: sgd, beta1: 1}", "optimizer.beta1", "unknown key 'beta1'",
     "beta1 belongs to adam, adamw, lion"),
    ("optimizer: {name: adam, learning_rat: 1}", "optimizer.learning_rat", "unknown key "
     "'learning_rat'", "did you mean learning_rate? keys here: name, learning_rate, beta1"),
    ("optimizer: [adam]", "optimizer", "expected sgd, momentum, nesterov, rmsprop, adagrad, adam, "
     "adamw, lion, newton or brute_force, or a mapping with a name and its settings, found a list",
     ""),
    ("optimizer: {name: brute_force, values: 1}", "optimizer.values", "expected a list of two "
     "numbers, such as [-1, 1], found 1", ""),
    ("optimizer: {name: brute_force, values: [1]}", "optimizer.values", "expected a list of two "
     "numbers, such as [-1, 1], found a list", ""),
    ("optimizer: {name: brute_force, values: [1, 1]}", "optimizer", "values goes from low to high, "
     "and 1.0 is not below 1.0", ""),
    ("optimizer: {name: brute_force, points: 1}", "optimizer.points", "expected a whole number of "
     "at least 2 and at most 1000000, found 1", ""),
    ("loss: {name: auto}", "loss", "auto has no settings", "allowed: half_squared_error"),
    ("loss: atuo", "loss", "'atuo' is not a loss", "did you mean auto? allowed: auto, half"),
    ("output_activation: relu", "output_activation", "expected auto, linear, threshold, sigmoid, "
     "exponential or softmax, found 'relu'", ""),
    ("learning_rate: 1", "learning_rate", "unknown key 'learning_rate'",
     "learning_rate belongs to optimizer: {name: adam, learning_rate: …}"),
    ("weight_decay: 0.1", "weight_decay", "unknown key 'weight_decay'",
     "weight_decay belongs to optimizer: {name: adamw, weight_decay: …}"),
    ("layers: [{units: 1, weight_decay: -1}]", "layers.0.weight_decay", "expected a number of at "
     "least 0, or null, found -1", ""),
    ("learning_rat: 1", "learning_rat", "unknown key 'learning_rat'",
     "did you mean learning_rate? learning_rate belongs to optimizer"),
    ("target: y", "target", "unknown key 'target'", "belongs under data: data: {target: …}"),
    ("units: 8", "units", "unknown key 'units'", "belongs to a layer: layers: [{units: …}]"),
    ("layer: 8", "layer", "unknown key 'layer'", "did you mean layers? keys here: data, model"),
    ("zzz: 8", "zzz", "unknown key 'zzz'", "keys here: data, model, task, recipe"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "key", "message", "remedy"), VALUES, ids=[v[0] for v in VALUES])
def test_a_value_that_is_not_allowed(
    line: str, key: str, message: str, remedy: str, tmp_path: Path
) -> None:
    (problem,) = problems(LEAST + line, tmp_path)
    assert problem.message == message
    assert problem.place == f"x.yaml:2: {key}"
    assert remedy in problem.remedy
    assert bool(remedy) == bool(problem.remedy)


DATA = [
    ("file: '', target: y", "data.file", "expected a path, found ''"),
    ("file: x", "data.target", "the key 'target' is missing"),
    ("file: x, target: y, features: []", "data.features", "expected a list with at least one "
     "element, or null, found an empty list"),
    ("file: x, target: y, features: [a, y]", "data.features", "the target 'y' cannot be a "
     "feature, too"),
    ("file: x, target: y, features: [a, a]", "data.features", "named twice: a"),
    ("file: x, target: y, validation: 1", "data.validation", "expected a number of at least 0 and "
     "below 1, or a path, found 1"),
    ("file: '-', target: y, validation: '-'", "data.validation", "standard input can be read once "
     "only, and data.file reads it"),
    ("file: x, target: y, types: {a: int}", "data.types.a", "expected number, category, "
     "boolean or date, or a mapping with the key date, order, hashed or words, found 'int'"),
    ("file: x, target: {y: 1}", "data.target", "expected a list with at least one "
        "element, or a name, or null, found a mapping"),
    ("file: x, target: []", "data.target", "expected a list with at least one element, "
        "or a name, or null, found an empty list"),
    ("file: x, target: [y, z, y]", "data.target", "named twice: y"),
    ("file: x, target: [y, z], features: [z]", "data.features", "the target 'z' cannot be a "
     "feature, too"),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "key", "message"), DATA, ids=[v[0] for v in DATA])
def test_data_that_is_not_allowed(keys: str, key: str, message: str, tmp_path: Path) -> None:
    (problem,) = problems(f"\ndata: {{{keys}}}", tmp_path)
    assert (problem.message, problem.place) == (message, f"x.yaml:2: {key}")


REMEDIES = [
    ("features: 'a, b'", "write a list: [a, b]"),
    ("exclude: a", "write a list: [a]"),
    ("missing: NA", "write a list: [NA]"),
    ("features: {a: b}", ""),
    ("validation: [0.2]", ""),
    ("image: 28", ""),
    ("target_range: 5", ""),  # of two numbers, which is said
    ("types: {a: {ordr: [x, y]}}", "did you mean order? give one of date, order, hashed, words"),
    ("types: {a: {format: x, hased: 4}}", "did you mean hashed? give one of date, order, hashed"),
    ("types: {a: {format: x}}", "give one of date, order, hashed, words"),
]


@pytest.mark.parametrize(("keys", "remedy"), REMEDIES, ids=[v[0] for v in REMEDIES])
def test_data_written_otherwise_is_told_how_to_write_it(keys, remedy, tmp_path):
    (problem,) = problems(f"data: {{file: x, target: y, {keys}}}", tmp_path)
    assert problem.remedy.startswith(remedy)
    assert bool(remedy) == bool(problem.remedy)


def test_a_missing_key_is_placed_where_its_mapping_starts(tmp_path: Path) -> None:
    (problem,) = problems("\nepochs: 3\n", tmp_path)
    assert (problem.place, problem.message) == ("x.yaml:2: data", "the key 'data' is missing")


def test_all_problems_come_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    text = "epochs: x\nlayers:\n  - units: 0\n  - units: 1\n    activation: x\ndata:\n  file: a\n"
    assert [each.place for each in problems(text, tmp_path)] == [
        "x.yaml:1: epochs",
        "x.yaml:3: layers.0.units",
        "x.yaml:5: layers.1.activation",
        "x.yaml:6: data.target",
    ]


SYNTAX = [
    ("", "x.yaml:1", "the config is empty"),
    ("# nothing\n", "x.yaml:1", "the config is empty"),
    ("\n- a\n", "x.yaml:2", "expected keys such as data: and layers:"),
    ("a:\n\tb: 2\n", "x.yaml:2, column 1", "a tab cannot indent"),
    ("a: 1\nb: c: d\n", "x.yaml:2, column 5", "a ':' is not expected here"),
    ("data: [1\nb: 2", "x.yaml:2, column 2", "a list that [ opened goes on wrongly (it began on "
     "line 1)"),
    ("data: {a: 1\nb: 2", "x.yaml:2, column 2", "a mapping that { opened goes on wrongly (it began "
     "on line 1)"),
    ("a: 'x\n", "x.yaml:2, column 1", "a quote is not closed (it began on line 1)"),
    ('a: "\\q"\n', "x.yaml:1, column 5", "an unknown escape after \\ in double quotes"),
    ("a: @x\n", "x.yaml:1, column 4", "no value can start with this character"),
    ("a: *.csv\n", "x.yaml:1, column 5", "no value can start with * or &"),
    ("a: 1\n\x07", "x.yaml:2", "a character that no YAML may hold: '\\x07'"),
    (b"a: 1\nb: \xff\n", "x.yaml:2", "not UTF-8 text: byte 0xff"),
    ("a: &b 1\n", "x.yaml:1", "&b repeats a part elsewhere"),
    ("a: !!python/name:x y\n", "x.yaml:1", "the tag !!python/name:x has no use here"),
    ("a: 1\n<<: {b: 1}\n", "x.yaml:2", "'<<' merges a part from elsewhere"),
    ("a: 1\nb: 2\na: 3\n", "x.yaml:3: a", "the key 'a' stands here twice, first on line 1"),
    ("a: 1\n---\nb: 1\n", "x.yaml:2", "a second document starts here"),
    ("? [a]\n: b\n", "x.yaml:1", "a key must be a plain word"),
    ("[" * 60, "x.yaml:1", "nested more than 50 deep"),
    ("#" * (2**20 + 1), "x.yaml", "larger than 1 MiB, which no config is"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "message"), SYNTAX, ids=range(len(SYNTAX)))
def test_a_file_that_is_no_config(
    text: str | bytes, place: str, message: str, tmp_path: Path
) -> None:
    (problem,) = problems(text, tmp_path)
    assert (problem.place, problem.message) == (place, message)
    assert problem.remedy


def test_what_yaml_offers_beyond_a_config_is_all_named(tmp_path: Path) -> None:
    found = problems("a: &b 1\nc: *b\nd: !x 3\nd: 4\n", tmp_path)
    assert [each.place for each in found] == [
        *(f"x.yaml:{line}" for line in (1, 2, 3)),
        "x.yaml:4: d",
    ]


def test_a_quoted_key_that_looks_like_a_merge_is_a_key(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(LEAST + "class_weight: {'<<': 2}")
    assert load(path).class_weight == {"<<": 2.0}


OVERRIDES = [
    ("x", "--set x", "expected KEY=VALUE, found 'x'"),
    ("=3", "--set", "expected KEY=VALUE, found '=3'"),
    ("a..b=3", "--set a..b", "expected KEY=VALUE, found 'a..b=3'"),
    ("epochs=[1", "--set epochs", "a list that [ opened goes on wrongly"),
    ("epochs=\udcff", "--set epochs", "a character that no YAML may hold: '\\udcff'"),
    ("epochs=x", "--set epochs", "expected a whole number of at least 0, found 'x'"),
    ("layers.2.units=3", "--set layers.2.units", "layers has no element '2'"),
    ("layers.x.units=3", "--set layers.x.units", "layers has no element 'x'"),
    ("layers=[{units: 0}]", "--set layers: layers.0.units", "expected a whole number of at least 1 "
     "and at most 1000000, found 0"),
    ("optimizer.lr=3", "--set optimizer.lr", "unknown key 'lr'"),
    ("loss.threshold=3", "--set loss.threshold: loss", "auto has no settings"),
    ("epoch=3", "--set epoch", "unknown key 'epoch'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "message"), OVERRIDES)
def test_a_set_that_cannot_be_used(text: str, place: str, message: str, tmp_path: Path) -> None:
    (problem,) = problems(LEAST, tmp_path, text)
    assert (problem.place, problem.message) == (place, message)


def test_a_set_takes_the_place_of_the_lines_beneath_it(tmp_path: Path) -> None:
    text = LEAST + "layers:\n  - units: 8\n"
    (problem,) = problems(text, tmp_path, "layers=[{units: 0}]")
    assert problem.place == "--set layers: layers.0.units"


def test_all_sets_that_cannot_be_used(tmp_path: Path) -> None:
    assert [each.place for each in problems(LEAST, tmp_path, "x", "epochs=3", "y")] == [
        "--set x",
        "--set y",
    ]


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "penguins.yaml").touch()
    with pytest.raises(ConfigError, match="no such file") as caught:
        load(tmp_path / "penguin.yaml")
    assert caught.value.problems[0].remedy == f"did you mean {tmp_path}/penguins.yaml?"
    with pytest.raises(ConfigError, match="no such file") as caught:
        load(tmp_path / "zzz")
    assert caught.value.problems[0].remedy == f"configs in {tmp_path}: penguins.yaml"
    for odd in (tmp_path / "none" / "x.yaml", "a\0b", tmp_path / "penguins.yaml" / "x"):
        with pytest.raises(ConfigError, match="no such file"):
            load(odd)
    with pytest.raises(ConfigError, match="this is a folder"):
        load(tmp_path)


def test_a_file_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(FileError, match="x\\.yaml: cannot be read: Permission denied"):
        load("x.yaml")


def test_depth_from_python_ends() -> None:
    deep: list[object] = []
    deep.append(deep)
    with pytest.raises(ConfigError, match="nested more than 50 deep"):
        load({"data": deep})
