"""Train, predict, evaluate: the figures agree with each other and with scikit-learn's."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
)


def table(text):
    return pd.read_csv(io.StringIO(text), dtype=object, keep_default_na=False)


@pytest.mark.parametrize(
    ("name", "data", "rows"),
    [
        ("house_prices", "house_prices.csv", 2930),
        ("penguins", "penguins.csv", 344),
        ("digits", "digits.csv", 1797),
        ("fashion", "fashion_2000.csv.gz", 2000),
    ],
)
def test_the_wheel_brings_its_examples_to_an_empty_folder(ann, tmp_path, name, data, rows):
    # All filters and rows would take seconds: those of digits are shown below.
    few = ("layers.0.conv=2", "layers.2.conv=2", "data.validation=0.9") * (name == "fashion")
    short = [word for each in ("epochs=1", *few) for word in ("--set", each)]
    trained = ann("train", f"configs/{name}.yaml", *short)
    assert trained.stdout == f"runs/{name}/weights.npz\n"
    assert [each.name for each in tmp_path.iterdir()] == ["runs"]
    weights = tmp_path / "runs" / name / "weights.npz"
    predicted = table(ann("predict", weights, f"datasets/{data}").stdout)
    assert list(predicted) == ["prediction"]
    assert len(predicted) == rows
    if name == "penguins":  # evaluate finds a table as predict does
        scored = ann("evaluate", weights, f"datasets/{data}", "--json").stdout
        assert json.loads(scored)["rows"] > 0


@pytest.mark.parametrize("name", ["house_prices", "penguins"])
def test_both_data_sets_from_the_config_to_predictions(ann, checkout, tmp_path, name):
    data = checkout / "datasets" / f"{name}.csv"
    config = checkout / "configs" / f"{name}.yaml"
    trained = ann("train", config, "--set", "epochs=2", "--set", f"data.file={data}")
    weights = tmp_path / "runs" / name / "weights.npz"
    assert trained.stdout == f"runs/{name}/weights.npz\n"
    files = {
        "weights.npz",
        "metrics.json",
        "history.csv",
        "config.yaml",
        "checkpoint.npz",
        "SHA256SUMS",
    }
    assert {each.name for each in weights.parent.iterdir()} == files
    assert len(table((weights.parent / "history.csv").read_text())) == 2
    predicted = table(ann("predict", weights, data).stdout)
    assert len(predicted) == len(data.read_text().splitlines()) - 1


def test_images_through_a_convolutional_network(ann, checkout, tmp_path):
    trained = ann("train", checkout / "configs" / "digits.yaml", "--set", "epochs=1")
    assert trained.stdout == "runs/digits/weights.npz\n"
    assert "conv 16 relu → max pool 2 → conv 32 relu" in trained.stderr
    scores = json.loads((tmp_path / "runs" / "digits" / "metrics.json").read_text())
    side = scores["test"] or scores["validation"]
    assert side["accuracy"] > 3 * scores["baselines"]["majority"]["accuracy"]


def test_regression_figures_are_those_of_scikit_learn(ann, houses):
    predicted = table(ann("predict", houses.weights, houses.validation).stdout)
    assert list(predicted) == ["prediction"]
    actual = pd.read_csv(houses.validation)["price"]
    made = predicted["prediction"].astype(float)
    expected = {
        "r2": r2_score(actual, made),
        "rmse": root_mean_squared_error(actual, made),
        "mae": mean_absolute_error(actual, made),
    }
    evaluated = json.loads(ann("evaluate", houses.weights, houses.validation, "--json").stdout)
    metrics = json.loads((houses.folder / "run" / "metrics.json").read_text())
    assert evaluated["rows"] == metrics["validation"]["rows"] == 200
    for name, value in expected.items():
        assert evaluated["metrics"][name] == pytest.approx(value, rel=1e-6)
        assert metrics["validation"][name] == pytest.approx(value, rel=1e-6)
    assert evaluated["metrics"]["loss"] == pytest.approx(metrics["validation"]["loss"], rel=1e-6)
    assert expected["r2"] > 0.3


def test_baselines_are_those_of_the_validation_rows(houses):
    actual = pd.read_csv(houses.validation)["price"]
    mean = pd.read_csv(houses.folder / "training.csv")["price"].mean()
    baselines = json.loads((houses.folder / "run" / "metrics.json").read_text())["baselines"]
    constant = np.full(len(actual), mean)
    assert baselines["mean"]["r2"] == pytest.approx(r2_score(actual, constant), rel=1e-6)
    assert baselines["mean"]["mae"] == pytest.approx(mean_absolute_error(actual, constant))
    assert baselines["linear"]["r2"] > 0.3


def test_class_figures_are_those_of_scikit_learn(ann, penguins):
    printed = ann("predict", penguins.weights, penguins.validation, "--probabilities").stdout
    predicted = table(printed)
    actual = pd.read_csv(penguins.validation)["species"]
    labels = sorted(set(actual))
    assert list(predicted) == ["prediction", *(f"probability_{label}" for label in labels)]
    shares = predicted.drop(columns="prediction").astype(float).to_numpy()
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-7)
    assert [labels[best] for best in shares.argmax(axis=1)] == list(predicted["prediction"])
    evaluated = json.loads(ann("evaluate", penguins.weights, penguins.validation, "--json").stdout)
    metrics = json.loads((penguins.folder / "run" / "metrics.json").read_text())
    shares /= shares.sum(axis=1, keepdims=True)
    expected = {
        "accuracy": accuracy_score(actual, predicted["prediction"]),
        "f1_macro": f1_score(actual, predicted["prediction"], average="macro"),
        "log_loss": log_loss(actual, shares, labels=labels),
    }
    assert expected["accuracy"] > 0.7
    for name, value in expected.items():
        assert evaluated["metrics"][name] == pytest.approx(value, rel=1e-6)
        assert metrics["validation"][name] == pytest.approx(value, rel=1e-6)


def test_evaluate_prints_a_csv_of_the_same_figures(ann, houses):
    listed = table(ann("evaluate", houses.weights, houses.validation).stdout)
    document = json.loads(ann("evaluate", houses.weights, houses.validation, "--json").stdout)
    figures = dict(zip(listed["metric"], listed["value"].astype(float), strict=True))
    assert figures == pytest.approx(document["metrics"], rel=1e-8)


def test_a_single_row_is_told_in_the_singular(ann, houses, tmp_path):
    lines = houses.validation.read_text().splitlines(keepends=True)
    (tmp_path / "one.csv").write_text("".join(lines[:2]))
    assert " on 1 row " in ann("evaluate", houses.weights, "one.csv").stderr
    assert ", on 1 row;" in ann("inspect", houses.weights, "--data", "one.csv").stderr


@pytest.mark.parametrize("which", ["houses", "penguins"])
def test_columns_are_bound_by_name(ann, tmp_path, request, which):
    trained = request.getfixturevalue(which)
    whole = table(trained.validation.read_text())
    target = "price" if which == "houses" else "species"
    expected = ann("predict", trained.weights, trained.validation).stdout
    variants = {
        "reversed": whole[list(whole)[::-1]],
        "extra": whole.assign(note="a, b", more="1"),
        "bare": whole.drop(columns=target),
    }
    for name, variant in variants.items():
        variant.to_csv(tmp_path / f"{name}.csv", index=False)
        assert ann("predict", trained.weights, f"{name}.csv").stdout == expected, name


def test_order_of_rows_is_kept(ann, tmp_path, houses):
    whole = table(houses.validation.read_text())
    whole[::-1].to_csv(tmp_path / "back.csv", index=False)
    forth = table(ann("predict", houses.weights, houses.validation).stdout)
    back = table(ann("predict", houses.weights, "back.csv").stdout)
    assert list(back["prediction"]) == list(forth["prediction"])[::-1]
    assert len(set(back["prediction"])) > 100


def test_missing_cells_and_unknown_categories_are_predicted_and_counted(ann, tmp_path, penguins):
    header = "island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex"
    rows = [
        "Torgersen,39.1,18.7,181,3750,male",
        "Atlantis,,18.7,181,,male",
        "Mu,39.1,,181,3750,",
        "Biscoe,,,,,",
    ]
    (tmp_path / "new.csv").write_text("\n".join([header, *rows, ""]))
    finished = ann("predict", penguins.weights, "new.csv")
    assert set(table(finished.stdout)["prediction"]) <= {"Adelie", "Chinstrap", "Gentoo"}
    assert len(table(finished.stdout)) == 4
    assert finished.stderr == "note: column island: values not seen in training in 2 cells\n"


def test_append_keeps_every_cell_byte_for_byte(ann, tmp_path, houses):
    cells = ["007,1e3,2,NA,a b", '1000.50,3,4.0,"12","with, comma"', '900,1,2.,+5,"a ""word"""']
    (tmp_path / "odd.csv").write_text("\n".join(["area,bedrooms,distance,age,ü", *cells, ""]))
    appended = ann("predict", houses.weights, "odd.csv", "--append").stdout
    assert list(table(appended)) == ["area", "bedrooms", "distance", "age", "ü", "prediction"]
    alone = table(ann("predict", houses.weights, "odd.csv").stdout)["prediction"]
    source = table((tmp_path / "odd.csv").read_text())
    pd.testing.assert_frame_equal(table(appended), source.assign(prediction=alone))


def test_id_keeps_one_column_as_it_is(ann, tmp_path, houses):
    lines = ["area,bedrooms,distance,age,house", "1000,2,3,4,012", "900,1,2,5,None"]
    (tmp_path / "named.csv").write_text("\n".join(lines))
    kept = table(ann("predict", houses.weights, "named.csv", "--id", "house").stdout)
    assert list(kept) == ["house", "prediction"]
    assert list(kept["house"]) == ["012", "None"]


def test_the_formats_say_the_same(ann, penguins):
    arguments = ("predict", penguins.weights, penguins.validation, "--probabilities")
    expected = table(ann(*arguments).stdout)
    lines = ann(*arguments, "--format", "jsonl").stdout.splitlines()
    document = json.loads(ann(*arguments, "--json").stdout)
    assert [json.loads(line) for line in lines] == document["predictions"]
    assert len(lines) == len(expected)
    for row, given in zip(document["predictions"], expected.to_dict("records"), strict=True):
        assert {name: str(value) for name, value in row.items()} == {
            name: value if name == "prediction" else str(float(value))
            for name, value in given.items()
        }


def test_standard_input_is_a_table_like_any_other(ann, houses):
    text = houses.validation.read_text()
    expected = ann("predict", houses.weights, houses.validation).stdout
    assert ann("predict", houses.weights, "-", input=text).stdout == expected
    evaluated = ann("evaluate", houses.weights, "-", "--json", input=text).stdout
    assert evaluated == ann("evaluate", houses.weights, houses.validation, "--json").stdout


def test_train_reads_its_data_and_its_config_from_standard_input(ann, houses, tmp_path):
    text = (houses.folder / "training.csv").read_text()
    settings = ("--set", 'data.file="-"', "--set", "epochs=1", "--set", "data.validation=0.2")
    ann("train", houses.config, *settings, "--set", "save_to=a", input=text)
    file = houses.folder / "training.csv"
    config = f"data: {{file: {file}, target: price}}\nepochs: 1\nsave_to: b\n"
    assert ann("train", "-", input=config).stdout == "b/weights.npz\n"
    assert (tmp_path / "a" / "weights.npz").is_file()
    assert (tmp_path / "b" / "weights.npz").is_file()


def test_a_bare_dash_is_standard_input_for_set_too(ann, houses):
    text = (houses.folder / "training.csv").read_text()
    ann("check", houses.config, "--set", "data.file=-", input=text)


def test_every_json_document_is_strict_json(ann, houses, tmp_path):
    def refuse(constant):
        raise AssertionError(constant)

    (tmp_path / "one.csv").write_text("area,bedrooms,distance,age,price\n1000,2,3,4,100000\n")
    overrides = ("--set", "epochs=1", "--set", "save_to=x")
    told = {}
    for arguments in (
        ("train", houses.config, *overrides),
        ("check", houses.config),
        ("predict", houses.weights, houses.validation),
        ("evaluate", houses.weights, houses.validation),
        ("evaluate", houses.weights, "one.csv"),
        ("init", houses.validation, "--target", "price"),
        ("schema",),
    ):
        printed = ann(*arguments, "--json").stdout
        told[arguments[0]] = json.loads(printed, parse_constant=refuse)
    assert set(told["train"]) >= {"weights", "metrics"}
    assert told["train"]["weights"] == "x/weights.npz"
    assert told["train"]["metrics"] == json.loads((tmp_path / "x" / "metrics.json").read_text())
    assert told["check"]["rows"] == 600
    assert told["evaluate"] == {"rows": 1, "metrics": told["evaluate"]["metrics"]}
    assert told["evaluate"]["metrics"]["r2"] is None


def test_what_init_writes_trains(ann, checkout, tmp_path):
    data = checkout / "datasets" / "penguins.csv"
    (tmp_path / "penguins.yaml").write_text(ann("init", data, "--target", "species").stdout)
    assert ann("check", "penguins.yaml").stdout == ""
    assert not (tmp_path / "runs").exists()
    assert (
        ann("train", "penguins.yaml", "--set", "epochs=1").stdout == "runs/penguins/weights.npz\n"
    )
