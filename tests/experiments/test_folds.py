"""Cross-validation: what a fold's training has seen, its scores, and what they come to."""

import io
import pickle
from math import inf

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import PredefinedSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import ann_cli
from ann_cli.config.read import load
from ann_cli.data.rows.preparation import prepare
from ann_cli.errors import ConfigError, DataError, DivergedError
from ann_cli.experiments.executors import InThisProcess
from ann_cli.experiments.fold_training import FoldOutcome, train_fold
from ann_cli.experiments.folds import CrossValidation, FoldsPlan, evaluate
from ann_cli.report.folds import begin, show
from ann_cli.report.terminal import Terminal
from ann_cli.tasks.metrics import METRICS


def made(rows=90):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(rows, 3)), columns=["a", "b", "c"])
    frame["zone"] = random.choice(["p", "q", "r"], rows)
    frame["who"] = [f"g{each}" for each in random.integers(0, 12, rows)]
    frame["day"] = random.permutation(rows) + 0.5
    noise = random.normal(0, 1, rows)
    frame["price"] = 50 + 10 * frame["a"] * frame["b"] + 3 * (frame["zone"] == "q") + noise
    frame["label"] = np.where(frame["a"] + 0.3 * noise > 0, "yes", "no")
    return frame


@pytest.fixture
def frame():
    return made()


@pytest.fixture
def config(tmp_path, frame):
    """A config for the price, by what the other columns but some say."""
    frame.to_csv(tmp_path / "data.csv", index=False)
    return {
        "data": {
            "file": str(tmp_path / "data.csv"),
            "target": "price",
            "exclude": ["label", "who", "day"],
        },
        "layers": [{"units": 4}],
        "epochs": 3,
        "precision": "float64",
        "save_to": str(tmp_path / "run"),
    }


def with_data(config, **keys):
    return config | {"data": config["data"] | keys}


WAYS = {
    "at random": {},
    "grouped": {"group": "who", "exclude": ["label", "day"]},
    "ordered": {"time": "day", "exclude": ["label", "who"]},
    "by class": {"target": "label", "exclude": ["price", "who", "day"]},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [0, 2])
def test_nothing_of_a_fold_is_in_what_it_is_predicted_with(config, frame, tmp_path, way, number):
    """Whatever stands in its cells, the training is the same to the bit."""

    def trained():
        plan = FoldsPlan(load(with_data(config, leakage="ignore", **WAYS[way])), 3)
        fold = plan.trainings[number]
        run = fold.begin()
        for _ in run.epochs():
            pass
        tested = fold.folds == number
        record = run.model.encoder.to_dict(), run.model.config, run.progress.best
        return tested, record, run.model.network.stored.tobytes()

    tested, before, weights = trained()
    for name in ("a", "b", "c"):
        frame[name] = frame[name].astype(object)
        frame.loc[tested, name] = [
            f"{each}e7" if each % 2 else "oops" for each in range(tested.sum())
        ]
    frame.loc[tested, "c"] = "so many texts that all rows together would make it a category"
    frame.loc[tested, "zone"] = "a zone of their own"
    if way != "by class":  # classes decide on the folds
        frame.loc[tested, "price"] *= -1000
    frame.to_csv(tmp_path / "data.csv", index=False)
    again, after, same = trained()
    assert (again == tested).all()
    assert after == before
    assert same == weights


def test_the_linear_baseline_is_scikit_learns_cross_val_score(config, frame):
    """With half of the rows to validate, too: a linear model chooses no epoch."""
    columns = ["a", "b", "c", "zone"]
    linear = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["zone"]), remainder="passthrough"),
        LinearRegression(),
    )
    for validation in (0, 0.5):
        result = evaluate(with_data(config, validation=validation), folds=4)
        split = PredefinedSplit(result.predictions["fold"])
        expected = cross_val_score(linear, frame[columns], frame["price"], cv=split, scoring="r2")
        found = [each.scores["linear"]["r2"] for each in result.outcomes]
        assert found == pytest.approx(list(expected), rel=1e-9)


def test_scores_are_those_of_the_predictions(config, frame):
    result = evaluate(config, folds=4)
    rows = result.predictions
    assert list(rows["row"]) == list(range(1, len(frame) + 1))
    assert list(rows["actual"]) == list(frame["price"])
    for outcome in result.outcomes:
        own = rows[rows["fold"] == outcome.fold]
        expected = r2_score(own["actual"], own["prediction"])
        assert outcome.scores["network"]["r2"] == pytest.approx(expected)
    by_class = evaluate(with_data(config, target="label", exclude=["price"]), folds=3, repeats=2)
    rows = by_class.predictions
    assert list(rows) == ["row", "repeat", "fold", "actual", "prediction"] + [
        f"probability_{each}" for each in ("no", "yes")
    ]
    for outcome in by_class.outcomes:
        own = rows[(rows["fold"] == outcome.fold) & (rows["repeat"] == outcome.repeat)]
        expected = accuracy_score(own["actual"], own["prediction"])
        assert outcome.scores["network"]["accuracy"] == pytest.approx(expected)
    assert np.allclose(rows[["probability_no", "probability_yes"]].sum(axis=1), 1)


def test_intervals_and_verdict_by_hand(config):
    result = evaluate(config, folds=5, baselines="all")
    values = [each.scores["network"]["r2"] for each in result.outcomes]
    overlap = 90 / (4 * 90)
    error = np.sqrt((1 / 5 + overlap) * np.var(values, ddof=1))
    low, high = stats.t.interval(0.95, 4, np.mean(values), error)
    found = result.scores["network"]["r2"]
    assert (found.low, found.high) == pytest.approx((low, high))
    squared = {
        name: [
            each.scores[name]["rmse"] ** 2 - each.scores["network"]["rmse"] ** 2
            for each in result.outcomes
        ]
        for name in ("mean", "linear", "gradient_boosting")
    }
    for name, values in squared.items():
        error = np.sqrt((1 / 5 + overlap) * np.var(values, ddof=1))
        low, high = stats.t.interval(1 - 0.05 / 3, 4, np.mean(values), error)
        found = result.differences[name]
        assert (found.low, found.high) == pytest.approx((low, high))


NUMBERS_OF_ROWS = {
    "only their numbers": lambda frame: np.arange(len(frame)) + 1,
    "from 0": lambda frame: np.arange(len(frame)),
    "a number that is none": lambda frame: np.arange(len(frame)) * 2.0,
}


@pytest.mark.parametrize("case", NUMBERS_OF_ROWS)
def test_a_fold_leaves_out_the_columns_that_a_training_does(config, frame, tmp_path, case):
    """Rows have the numbers of the file, also where some of them are left out."""
    frame = frame.assign(who=NUMBERS_OF_ROWS[case](frame))
    frame.to_csv(tmp_path / "data.csv", index=False)
    given = load(with_data(config, exclude=["label", "day"]))
    alone = prepare(given, np.random.default_rng(0)).encoder.input_columns
    assert ("who" in alone) == (case == "a number that is none")
    for fold in FoldsPlan(given, 3).trainings:
        assert fold.begin().model.encoder.input_columns == alone


LIMITS = {
    **dict.fromkeys(["loss", "log_loss", "rmse", "mae", "mase", "pinball_loss"], (0, inf)),
    **dict.fromkeys(["mean_poisson_deviance", "mean_gamma_deviance"], (0, inf)),
    **dict.fromkeys(["quantization_error", "reconstruction_error"], (0, inf)),
    **dict.fromkeys(["accuracy", "balanced_accuracy", "f1_macro", "roc_auc"], (0, 1)),
    **dict.fromkeys(["average_precision", "purity", "topographic_error"], (0, 1)),
    **dict.fromkeys(["ndcg@10", "recall@10", "coverage"], (0, 1)),
    "brier_score": (0, 2),  # all of it on one wrong class of many: 1² + 1²
    "r2": (-inf, 1),
}
"""What each score can be, by what it is."""


def test_every_metric_has_its_limits():
    assert LIMITS.keys() == METRICS.keys() | {"loss"}


@pytest.mark.parametrize("name", LIMITS)
def test_no_interval_goes_beyond_what_its_metric_can_be(name):
    """Of two folds whose scores differ, on each side of the range and in the middle of it."""
    least, most = LIMITS[name]
    bottom, top = max(least, -2.0), min(most, 2.0)
    for values in ((bottom, bottom + 0.1), (top - 0.1, top), (bottom + 0.4, bottom + 0.6)):
        found = of_two("regression", {name: values}, (0, 0)).scores["network"][name]
        low, high = half_shared(values)
        expected = (np.mean(values), max(low, least), min(high, most))
        assert (found.mean, found.low, found.high) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("task", "most"), [("classification", 1), ("ranking", 1), ("regression", inf)]
)
def test_no_difference_goes_beyond_what_rows_can_lose(task, most):
    found = of_two(task, {"loss": (1, 1)}, (-0.1, 0.3)).differences["mean"]
    low, high = half_shared((-0.1, 0.3))
    assert (found.low, found.high) == pytest.approx((max(low, -most), min(high, most)))


def of_two(task, scores, differences):
    """Return a cross-validation of two folds with these scores and differences."""
    outcomes = [
        FoldOutcome(
            1, at + 1, 50, 50, 1, 1, 0.0,
            {"network": {name: values[at] for name, values in scores.items()}},
            {"mean": differences[at]}, {},
        )
        for at in (0, 1)
    ]  # fmt: skip
    return CrossValidation(task, 100, 2, 1, 0, outcomes, ())


def half_shared(values):
    """Return the interval of two trainings, each on as many rows as test it."""
    return stats.t.interval(0.95, 1, np.mean(values), np.std(values, ddof=1) * (1 / 2 + 1) ** 0.5)


def test_the_results_do_not_depend_on_the_number_of_processes(config, forked):
    def results(jobs):
        found = evaluate(config, folds=2, repeats=2, jobs=jobs)
        scores = [(each.scores, each.differences, each.rows) for each in found.outcomes]
        return scores, found.predictions.to_csv()

    assert results(1) == results(2)


def test_a_repeat_is_the_evaluation_with_the_next_seed(config, tmp_path):
    repeated = evaluate(config, folds=3, repeats=2)
    alone = evaluate(config, folds=3, overrides=["seed=1"])
    assert [each.scores for each in repeated.outcomes[3:]] == [
        each.scores for each in alone.outcomes
    ]
    assert not (tmp_path / "run").exists()


def test_one_row_a_fold(config, tmp_path):
    made(30).to_csv(tmp_path / "data.csv", index=False)
    result = evaluate(config | {"epochs": 1}, folds=30)
    assert result.scores["network"]["r2"] is None  # a single row varies in nothing
    assert result.scores["network"]["mae"].mean > 0
    assert result.differences["mean"].standing == "cannot be told apart from"


def test_a_class_of_one_row_is_predicted_and_not_scored(config, frame, tmp_path):
    frame.loc[5, "label"] = "perhaps"
    frame.to_csv(tmp_path / "data.csv", index=False)
    result = evaluate(with_data(config, target="label", exclude=["price"]), folds=3)
    assert any(note.startswith("1 row not scored") for note in result.notes)
    assert sum(each.rows for each in result.outcomes) == 89
    assert result.predictions["actual"][5] == "perhaps"
    assert result.predictions["prediction"][5] in ("yes", "no")
    assert (result.predictions.filter(like="probability").sum(axis=1) - 1).abs().max() < 1e-9


def test_cells_that_are_no_target_are_told_and_the_rows_of_a_fold_by_their_side(
    config, frame, tmp_path
):
    frame["price"] = frame["price"].astype(object)
    frame.loc[::9, "price"] = "ongoing"
    frame["a"] = frame["a"].astype(object)
    frame.loc[::2, "a"] = "?"
    frame.to_csv(tmp_path / "data.csv", index=False)
    plan = FoldsPlan(load(config), 3)
    assert "left out 10 rows without a target" in plan.notes
    assert any(
        'they are not what the column holds: "ongoing" (line 2' in note for note in plan.notes
    )
    test = [
        note for note in plan.example.data_set.notes if note.startswith("test rows: column a: ? (")
    ]
    own = [note for note in plan.example.data_set.notes if note.startswith("column a: ? (")]
    assert (len(test), len(own)) == (1, 1)


REFUSED = {
    "standard input": ({"file": "-"}, {}, ConfigError, "standard input can be read once"),
    "streamed": ({"stream": True}, {}, ConfigError, "these are streamed"),
    "repeats by time": ({"time": "day"}, {"repeats": 2}, ConfigError, "the same in every repeat"),
    "too many": ({}, {"repeats": 4000}, ConfigError, "12,000 trainings"),
    "one fold": ({}, {"folds": 1}, ConfigError, "at least 2"),
    "a fold too small": (
        {"validation": 0.001},
        {},
        DataError,
        "data.csv: in fold 1: 60 rows with validation: 0.001 leave 60 to train, 0 to validate",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_folded_is_refused(config, case):
    keys, choices, kind, message = REFUSED[case]
    with pytest.raises(kind, match=message):
        evaluate(with_data(config, **keys), **{"folds": 3, **choices})


def test_a_fold_that_diverges_is_told_by_its_number(config):
    keys = {"optimizer": {"name": "sgd", "learning_rate": 1e6}, "epochs": 40}
    plan = FoldsPlan(load(config | keys), 3, 2)
    with pytest.raises(DivergedError, match=r"in fold 2 of repeat 2: training diverged"):
        train_fold(plan.trainings[4])


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"target": ["price", "a"]},
        {"target": "label", "exclude": ["price", "who", "day"]},
        {"time": "day", "exclude": [], "window": 4, "horizon": 2},
    ],
    ids=["a number", "numbers", "classes", "a series"],
)
def test_what_crosses_from_a_process_to_another_is_no_frame(config, data):
    """One has pyarrow beside pandas, and the command that asked has not: texts are packed by it."""
    given = with_data(config, **data)
    plan = FoldsPlan(load(given), 3, predicts=True)
    outcome = train_fold(plan.trainings[0])
    assert any(name.startswith("prediction") for name in outcome.predictions)
    for each in (plan.trainings[0], outcome):
        assert b"pandas" not in pickle.dumps(each)


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("target", ["price", "label"])
def test_the_table_fits(config, width, target):
    keys = {"target": target, "exclude": ["price" if target == "label" else "label"], "test": 0.2}
    plan = FoldsPlan(load(with_data(config, **keys)), 3, which="all")
    result = plan.result(dict(plan.train(InThisProcess())))
    terminal = Terminal(io.StringIO(), width=width)
    begin(terminal, plan, 1)
    show(terminal, plan, result)
    text = terminal.stream.getvalue()
    assert max(map(len, text.splitlines())) <= width
    words = " ".join(text.split())
    assert "3 folds: 3 trainings, each up to 3 epochs" in words
    assert "gradient boosting" in words
    assert "The network " in words
    assert "data.test has no use here" in words
    assert ("3 trainings leave these intervals wide" in words) == ("told apart" in words)


def test_a_score_that_a_baseline_lacks_is_a_dash(config):
    loss = {"name": "quantile", "quantiles": [0.1, 0.9]}
    plan = FoldsPlan(load(config | {"loss": loss}), 3)
    result = plan.result(dict(plan.train(InThisProcess())))
    assert result.scores["network"]["pinball_loss"].mean > 0
    assert "pinball_loss" not in result.scores["linear"]
    terminal = Terminal(io.StringIO(), width=200)
    show(terminal, plan, result)
    linear = next(line for line in terminal.stream.getvalue().splitlines() if " linear " in line)
    assert linear.endswith("-")


def test_it_is_offered_in_python(config):
    assert ann_cli.evaluate is evaluate


def test_an_ensemble_is_evaluated_as_any_training(config):
    keys = {"ensemble": {"members": 4, "folds": 2}}
    result = evaluate(config | keys, folds=3, baselines="all")
    alone = evaluate(with_data(config, validation=0), folds=3, baselines="all")
    for own, other in zip(result.outcomes, alone.outcomes, strict=True):
        assert own.training_rows == 60
        assert own.scores["gradient_boosting"] == other.scores["gradient_boosting"]
        assert own.scores["linear"]["r2"] == pytest.approx(other.scores["linear"]["r2"])
