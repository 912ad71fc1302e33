"""What to be careful about is said where it is measured, and nothing where all is well."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from ann_cli.insight import careful
from ann_cli.insight.curves_of_classes import ReliabilityBin
from ann_cli.insight.outcomes import NumberOutcomes
from ann_cli.tasks import TASKS

WELL = {
    "training": {"rows": 900, "rmse": 10.0, "accuracy": 0.91},
    "validation": {"rows": 100, "rmse": 10.5, "accuracy": 0.9},
    "test": {"rows": 100, "rmse": 10.5, "accuracy": 0.9},
    "epochs": 50,
    "best_epoch": 40,
    "verdict": {"linear": {"verdict": "beats", "measure": "errors", "low": 1.0, "high": 2.0}},
    "warnings": [],
    "interval": {"coverage": 0.91, "level": 0.9, "rows": 100},
}
WORSE = {"verdict": "is worse than", "measure": "errors", "low": -2.0, "high": -1.0}
CASES = [
    ("test", {}, {}, []),
    ("validation", {}, {}, ["also chose epoch 40 of 50"]),
    ("training", {}, {}, ["All 900 rows that judge the network trained it"]),
    ("test", {"verdict": {"linear": WORSE}}, {}, ["is worse than the baseline “linear”"]),
    (
        "test",
        {"test": {"rows": 100, "rmse": 14}},
        {},
        ["RMSE is 14 on test rows and 10 on training"],
    ),
    ("test", {"warnings": ["layer 1: all dead"]}, {}, ["Layer 1: all dead."]),
    ("test", {"interval": {"coverage": 0.7, "level": 0.9, "rows": 100}}, {}, ["hold 70.0% of 100"]),
    ("test", {"interval": None}, {"latest_by": "day"}, ["no order of time"]),
    ("test", {}, {"latest_by": "day"}, ["which is by time"]),
]


def model(task="regression", latest_by=None):
    data = SimpleNamespace(latest_by=latest_by)
    config = SimpleNamespace(folds=1, data=data)
    return SimpleNamespace(config=config, task=TASKS[task](), calibration=SimpleNamespace(rows=80))


@pytest.mark.parametrize(("judge", "metrics", "data", "expected"), CASES)
def test_what_the_metrics_tell(judge, metrics, data, expected):
    found = list(careful.from_metrics(model(**data), WELL | metrics, judge))
    assert len(found) == len(expected)
    for each, part in zip(found, expected, strict=True):
        assert part in each.sentence


def test_accuracy_that_falls_is_told():
    told = careful.from_metrics(
        model("classification"), WELL | {"test": {"rows": 9, "accuracy": 0.6}}, "test"
    )
    assert [each.topic for each in told] == ["Known by heart"]
    assert list(careful.from_metrics(model("classification"), WELL, "test")) == []


def test_a_column_that_tells_the_target_alone(set_up, table):
    generator = np.random.default_rng(0)
    for target, figure in (("price", "an R² of 0.9"), ("three", "100.0% of rows right")):
        again = table.copy()
        noise = generator.normal(size=len(table)) * 0.5
        again["copy"] = table["price"] + noise if target == "price" else table["three"] + "!"
        again["noise"] = generator.normal(size=len(table))
        started = set_up(target, again, data={"leakage": "ignore"})
        rows = pd.read_csv(started.model.config.data.file)
        found = {
            each.sentence.split()[1]: each.sentence
            for each in careful.of_leakage(started.model, rows)
        }
        # The three classes are made of a.
        assert set(found) == ({"copy"} if target == "price" else {"copy", "a"})
        assert figure in found["copy"]


def test_classes_that_are_rare_or_nearly_all():
    rows = {"a": 95, "b": 5, "c": 0}
    found = [
        each.sentence
        for each in careful.of_classes(
            [
                {"class": name, "rows": rows[name], "recall": 0.8 if rows[name] else None}
                for name in rows
            ]
        )
    ]
    interval = binomtest(4, 5).proportion_ci(method="wilson")
    assert "Class c has no row" in found[0]
    assert f"{interval.low:.0%} to {interval.high:.0%}" in found[1]
    assert "95.0% of the rows are of class a" in found[2]
    assert len(found) == 3
    assert not list(careful.of_classes([{"class": each, "rows": 50, "recall": 1} for each in "ab"]))


def test_few_rows_many_rows_and_what_is_off():
    generator = np.random.default_rng(0)
    squares = generator.normal(size=20_000) ** 2
    assert not list(careful.of_few_rows(squares, accuracy=False))
    (found,) = careful.of_few_rows(squares[:40], accuracy=False)
    root = np.sqrt(squares[:40].mean())
    assert f"{root:.3g}, rests on 40 rows" in found.sentence
    assert list(careful.of_few_rows(squares[:4000], accuracy=False, overlap=100))
    assert not list(careful.of_few_rows(squares > 2, accuracy=True))
    assert "rests on 40 rows" in next(careful.of_few_rows(squares[:40] > 2, True)).sentence
    good, bad = ReliabilityBin(50, 0.6, 0.55, 0.4, 0.7), ReliabilityBin(80, 0.9, 0.6, 0.5, 0.7)
    assert not list(careful.of_reliability([good]))
    assert (
        "says 90% it happens in 60% of 80 rows"
        in next(careful.of_reliability([good, bad])).sentence
    )
    errors = generator.normal(size=(500, 1))
    zero = np.zeros_like(errors)
    assert not list(careful.of_errors(NumberOutcomes(("y",), errors, zero)))
    assert (
        "too low by" in next(careful.of_errors(NumberOutcomes(("y",), errors + 1, zero))).sentence
    )
    errors[:5] *= 30
    assert (
        "squared errors of y"
        in next(careful.of_errors(NumberOutcomes(("y",), errors, zero))).sentence
    )
