"""From a config and its CSV to arrays: what is chosen, dropped, split, weighed and refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ann_cli.config.read import load
from ann_cli.data.rows.preparation import prepare
from ann_cli.errors import ConfigError, DataError


def frame(rows=40):
    generator = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "a": generator.normal(5, 2, rows),
            "b": generator.normal(size=rows),
            "color": generator.choice(["red", "blue"], rows),
            "price": generator.normal(100, 10, rows),
            "label": np.array(["x", "y", "y", "z"] * (rows // 4)),
            "code": np.array(["007", "012"] * (rows // 2)),
            "count": generator.integers(1, 4, rows),
        }
    )


@pytest.fixture
def run(tmp_path):
    """Return the function that prepares a table for a target."""

    def run(target="price", table=None, data=None, **keys):
        path = tmp_path / "data.csv"
        (frame() if table is None else table).to_csv(path, index=False)
        keys = {"recipe": "none"} | keys
        config = load({"data": {"file": str(path), "target": target, **(data or {})}, **keys})
        return prepare(config, np.random.default_rng(1))

    return run


def test_the_rows_are_split_and_the_encoder_sees_the_training_rows_only(run):
    table = frame()
    data_set = run(data={"features": ["a", "b"]})
    training, held = data_set.training, data_set.validation
    assert (len(training.x), len(held.x)) == (32, 8)
    assert training.x.shape[1] == 2
    np.testing.assert_allclose(training.x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(training.x.std(axis=0), 1, rtol=1e-6)
    np.testing.assert_allclose(training.y.std(), 1, rtol=1e-6)
    a = data_set.encoder.features[0]
    together = np.concatenate([training.x, held.x])[:, 0] * a.scale + a.center
    np.testing.assert_allclose(np.sort(together), np.sort(table["a"]), rtol=1e-5)
    assert training.weight is None


def test_precision_decides_the_dtype(run):
    for precision in ("float32", "float64"):
        rows = run("label", precision=precision, class_weight="balanced").training
        assert {str(each.dtype) for each in (rows.x, rows.y, rows.weight)} == {precision}


def test_validation_0_leaves_all_rows_to_train(run):
    data_set = run(data={"validation": 0})
    assert data_set.validation is None
    assert len(data_set.training.x) == 40


def test_rows_without_a_target_are_dropped_and_counted(run):
    table = frame()
    table.loc[[3, 5, 20], "price"] = np.nan
    data_set = run(table=table, data={"validation": 0})
    assert data_set.dropped == 3
    assert len(data_set.training.x) == 37
    assert "left out 3 rows without price" in data_set.notes
    expected = table["price"].dropna()
    np.testing.assert_allclose(
        data_set.encoder.target.decode(data_set.training.y), expected, rtol=1e-6
    )


@pytest.mark.parametrize(
    ("target", "task", "why"),
    [
        ("price", "regression", "price has numbers with fractions"),
        ("label", "classification", "label is text"),
        ("count", "classification", "count has 3 different whole numbers only"),
    ],
)
def test_the_task_is_guessed_and_told(run, target, task, why):
    data_set = run(target)
    assert data_set.config.task == task
    assert data_set.kinds[target] == ("number" if task == "regression" else "category")
    assert data_set.notes[0] == f"{task}, as {why} (task: to choose)"


def test_the_task_is_chosen(run):
    assert run("count", task="regression").encoder.classes == ()
    data_set = run("count", task="classification")
    assert data_set.encoder.classes == ("1", "2", "3")
    assert data_set.notes == ()


def test_a_config_is_complete(run):
    config = run("label").config
    assert (config.output_activation, config.loss.name) == ("softmax", "cross_entropy")
    config = run("price").config
    assert (config.output_activation, config.loss.name) == ("linear", "half_squared_error")


def test_labels_keep_the_text_of_the_file(run):
    assert run("code").encoder.classes == ("007", "012")
    assert run("code", task="classification").encoder.classes == ("007", "012")


@pytest.mark.parametrize(
    ("output", "target", "outputs"),
    [
        ("softmax", "label", 3),
        ("sigmoid", "label", 3),
        ("softmax", "code", 2),
        ("sigmoid", "code", 1),
    ],
)
def test_the_outputs(run, output, target, outputs):
    data_set = run(target, output_activation=output, task="classification", data={"validation": 0})
    y = data_set.training.y
    assert y.shape == (40, outputs)
    actual = y.argmax(axis=1) if outputs > 1 else y[:, 0].astype(int)
    labels = np.array(data_set.encoder.classes)[actual]
    assert (labels == frame()[target]).all()


def test_sample_weights_have_mean_1_and_are_no_feature(run):
    data_set = run(data={"sample_weight": "count", "validation": 0})
    weight = frame()["count"]
    np.testing.assert_allclose(data_set.training.weight, weight / weight.mean(), rtol=1e-6)
    assert "count" not in data_set.encoder.input_columns


def test_sample_weights_hold_for_validation_too(run):
    data_set = run(data={"sample_weight": "count"})
    assert data_set.validation.weight.mean() == pytest.approx(1)
    assert len(set(data_set.validation.weight.tolist())) > 1


def test_class_weights(run):
    actual = frame()["label"].to_numpy()
    balanced = run("label", class_weight="balanced", data={"validation": 0}).training.weight
    for label in "xyz":
        assert balanced[actual == label].sum() == pytest.approx(40 / 3)
    given = run("label", class_weight={"z": 3}, data={"validation": 0}).training.weight
    assert given.mean() == pytest.approx(1)
    assert given[3] / given[0] == pytest.approx(3)
    both = run(
        "label", class_weight={"z": 3}, data={"validation": 0, "sample_weight": "count"}
    ).training.weight
    expected = frame()["count"] * np.where(actual == "z", 3, 1)
    np.testing.assert_allclose(both, expected / expected.mean(), rtol=1e-6)
    assert run("label", class_weight="balanced").validation.weight is None


@pytest.mark.parametrize("bad", [-1.0, np.nan])
def test_a_weight_missing_or_below_0(run, bad):
    table = frame()
    table.loc[7, "count"] = bad
    with pytest.raises(DataError, match="missing or below 0"):
        run(table=table, data={"sample_weight": "count"})


def test_weights_that_are_all_0(run):
    with pytest.raises(DataError, match="not 0 in all"):
        run(table=frame().assign(count=0), data={"sample_weight": "count", "validation": 0})


def test_a_class_weight_for_no_class(run):
    with pytest.raises(ConfigError, match=r"no class is called w, q\n  classes: x, y, z"):
        run("label", class_weight={"w": 2, "x": 1, "q": 2})


def test_another_csv_validates(run, tmp_path):
    other = frame()[5:15][::-1]
    other.loc[8, "label"] = None
    other[["label", "a", "b"]].to_csv(tmp_path / "other.csv", index=False)
    data = {"features": ["a", "b"], "validation": str(tmp_path / "other.csv")}
    data_set = run("label", data=data)
    assert len(data_set.training.x) == 40
    assert len(data_set.validation.x) == 9
    assert data_set.dropped == 0
    expected = data_set.training.x[[14, 13, 12, 11, 10, 9, 7, 6, 5]]
    np.testing.assert_allclose(data_set.validation.x, expected)


def test_unseen_values_in_the_validation_csv_are_told(run, tmp_path):
    other = frame().assign(color="green")
    other.to_csv(tmp_path / "other.csv", index=False)
    notes = run(data={"validation": str(tmp_path / "other.csv")}).notes
    assert "column color: values not seen in training in 40 validation cells" in notes


def test_an_unknown_class_in_the_validation_csv(run, tmp_path):
    other = frame()
    other.loc[2, "label"] = "w"
    other.to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(DataError, match="'w' did not occur in training"):
        run("label", data={"validation": str(tmp_path / "other.csv")})


def test_a_validation_csv_without_a_column(run, tmp_path):
    frame().drop(columns="color").to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(DataError, match=r"other\.csv: no column color"):
        run(data={"validation": str(tmp_path / "other.csv")})


def test_all_absent_columns_are_named_with_their_keys(run):
    with pytest.raises(DataError) as raised:
        run("prise", data={"exclude": ["id"], "types": {"colour": "category"}})
    places = [each.place for each in raised.value.problems]
    assert places == ["data.target", "data.exclude", "data.types"]
    assert "did you mean price?" in str(raised.value)
    assert "did you mean color?" in str(raised.value)


def test_nothing_left_to_learn_from(run):
    everything = [each for each in frame().columns if each != "price"]
    with pytest.raises(DataError, match="no column is left"):
        run(data={"exclude": everything})


OTHERS = {
    "the same table": (lambda own: own, "validation", {}, "40 of 40 validation rows stand among"),
    "most of it": (
        lambda own: own.tail(12),
        "test",
        {},
        "12 of 12 test rows stand among the train",
    ),
    "a few of its rows": (
        lambda own: pd.concat([own.head(5), own.tail(9) + own.tail(9)]),
        "test",
        {},
        "",
    ),
    "rows of its own": (lambda own: own + own, "test", {}, ""),
    "alike by what is named": (lambda own: own, "test", {"features": ["code", "count"]}, ""),
    "few different rows": (lambda own: own, "test", {"exclude": ["a", "b", "price", "count"]}, ""),
}


@pytest.mark.parametrize("case", OTHERS)
def test_another_table_with_the_rows_that_train_is_told(run, tmp_path, case):
    make, side, keys, told = OTHERS[case]
    make(frame()).to_csv(tmp_path / "other.csv", index=False)
    data = {side: str(tmp_path / "other.csv"), "validation": 0} | keys
    data |= {side: str(tmp_path / "other.csv")}
    found = run("label" if case == "few different rows" else "price", data=data).notes
    assert [note for note in found if note.startswith(told or "none")] == [
        note for note in found if "stand among the training rows" in note
    ]
    assert any("stand among the training rows" in note for note in found) == bool(told)


MISREAD = {
    "texts as numbers": ({"color": "number"}, ", where a number was expected"),
    "numbers as dates": ({"count": "date"}, ", where a date was expected"),
    "dates in another form": ({"day": {"date": "%Y/%d"}}, ", where a date as %Y/%d was expected"),
    "texts as yes and no": ({"color": "boolean"}, ", where true or false, yes or no was"),
}


@pytest.mark.parametrize("case", MISREAD)
def test_a_column_that_is_not_what_its_type_says_sends_to_the_type(run, case):
    types, message = MISREAD[case]
    days = pd.date_range("2024-01-01", periods=40).strftime("%d.%m.%Y")
    with pytest.raises(DataError) as error:
        run(table=frame().assign(day=days), data={"types": types})
    first = error.value.problems[0]
    assert message in first.message
    assert first.remedy == (
        "most cells are so: say in data.types what the column is, or fix the cells"
    )


@pytest.mark.parametrize(
    ("target", "remedy"),
    [
        ("price,a", "these are 2 columns: name each by itself, in a config as [price, a]"),
        ("price, a, count", "these are 3 columns: name each by itself, in a config as [price, a,"),
        ("price, area", "did you mean price? columns: a, b, color"),
        ("prize", "did you mean price? columns: a, b, color"),
    ],
)
def test_columns_named_together_are_told_apart(run, target, remedy):
    with pytest.raises(DataError) as error:
        run(target)
    assert error.value.problems[0].remedy.startswith(remedy)


TOO_FEW = {
    "a share without a row": (2, {}, {}, "2 rows with validation: 0.2 leave 2 to train, 0 to val"),
    "shares of groups": (2, {"group": "color"}, {}, "leave 2 to train, 0 to val"),
    "the latest": (2, {"time": "a", "validation": 0.5, "test": 0.4}, {}, "leave"),
    "streamed": (2, {"stream": True}, {}, "leave"),
    "one row to train": (3, {"validation": 0.7}, {}, "column price: the target is"),
    "no folds of an ensemble": (1, {}, {"recipe": "auto"}, "1 row cannot make folds"),
    "one group of an ensemble": (9, {"group": "one"}, {"recipe": "auto"}, "rows of one one stay"),
}


@pytest.mark.parametrize("case", TOO_FEW)
def test_too_few_rows_are_told_with_their_table(run, tmp_path, case):
    rows, data, keys, message = TOO_FEW[case]
    with pytest.raises(DataError) as error:
        run(table=frame().head(rows).assign(one="x"), data=data, **keys)
    (problem,) = error.value.problems
    assert problem.place.startswith(f"{tmp_path / 'data.csv'}")
    assert message in f"{problem.place.rpartition(', ')[2]}: {problem.message}"


def test_text_is_no_number(run):
    with pytest.raises(DataError, match="regression predicts a number") as raised:
        run("label", task="regression")
    assert raised.value.problems[0].place == "task"


def test_a_target_that_is_missing_everywhere(run):
    with pytest.raises(DataError, match="every cell of it is missing"):
        run(table=frame().assign(price=np.nan))


@given(st.integers(2, 60), st.floats(0, 0.9), st.integers(0, 9))
def test_every_row_is_on_one_side(tmp_path_factory, rows, share, seed):
    path = tmp_path_factory.mktemp("split") / "a.csv"
    pd.DataFrame({"a": range(rows), "y": np.arange(rows) + 0.5}).to_csv(path, index=False)
    data = {"file": str(path), "target": "y", "validation": share, "scaling": "none"}
    config = load({"data": data, "task": "regression", "recipe": "none"})
    try:
        data_set = prepare(config, np.random.default_rng(seed))
    except DataError as error:
        assert "validat" in str(error) or "nothing to learn" in str(error)  # noqa: PT017
        return
    held = data_set.validation.x[:, 0].tolist() if data_set.validation else []
    assert sorted(data_set.training.x[:, 0].tolist() + held) == list(range(rows))
    assert len(held) == round(share * rows)
