"""Permutation importance beside scikit-learn's, and where mathematics gives it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance as sklearn_importance

from ann_cli.insight import importance
from ann_cli.insight.importance import permutation_importance
from ann_cli.insight.inspection import read_rows

SCORERS = {
    "r2": "r2",
    "rmse": "neg_root_mean_squared_error",
    "accuracy": "accuracy",
    "log_loss": "neg_log_loss",
}
KINDS = {"price": ("r2", "rmse"), "two": ("accuracy", "log_loss"), "three": ("accuracy",)}
REPEATS = 40


class Estimator:
    """A model as scikit-learn asks for one."""

    def __init__(self, model):
        self.model = model
        self.classes_ = np.array(model.classes)
        self._estimator_type = "classifier" if model.classes else "regressor"

    def fit(self, x, y):
        """Nothing: it is trained."""

    def predict(self, frame):
        return self.model.predict(frame)["prediction"].to_numpy()

    def predict_proba(self, frame):
        return self.model.predict(frame, True).filter(like="probability_").to_numpy()

    def __sklearn_tags__(self):
        from sklearn.utils import ClassifierTags, RegressorTags, Tags, TargetTags

        kind = "classifier" if self.model.classes else "regressor"
        return Tags(
            estimator_type=kind,
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags() if self.model.classes else None,
            regressor_tags=None if self.model.classes else RegressorTags(),
        )


def trained(set_up, target):
    started = set_up(target, optimizer={"name": "adam", "learning_rate": 0.02}, epochs=60)
    for _ in started.epochs():
        pass
    model = started.model
    source = model.config.data.file
    x, y, _ = read_rows(model, source)
    return model, x, y, pd.read_csv(source)


@pytest.mark.parametrize(("target", "metrics"), KINDS.items())
def test_it_is_scikit_learns_on_the_same_predictions(set_up, target, metrics):
    model, x, y, frame = trained(set_up, target)
    found = permutation_importance(model, x, y, REPEATS, np.random.default_rng(0))
    columns = [feature.name for feature in model.encoder.features]
    theirs = sklearn_importance(
        Estimator(model),
        frame[columns],
        frame[target],
        scoring=[SCORERS[metric] for metric in metrics],
        n_repeats=REPEATS,
        random_state=1,
    )
    for metric in metrics:
        expected = theirs[SCORERS[metric]]
        for each in found:
            at = columns.index(each.column)
            mean, spread = expected.importances_mean[at], expected.importances_std[at]
            interval = each.worse[metric]
            # The means of two samples of 40 differ by less than four of their standard errors.
            assert abs(interval.mean - mean) < 4 * spread * np.sqrt(2 / REPEATS) + 1e-9, each
            assert interval.high - interval.mean == pytest.approx(
                2.023 * spread / np.sqrt(REPEATS - 1), rel=0.6
            )
    means = [each.worse[metrics[0]].mean for each in found]
    assert means == sorted(means, reverse=True)


def test_a_linear_network_where_mathematics_gives_it(set_up):
    """A shuffled column adds 2 w² variance to the squared error of y = Σ w x."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(4000, 2)), columns=["a", "b"])
    frame["price"] = 3 * frame["a"] - frame["b"]
    started = set_up(frame=frame, layers=[], data={"scaling": "none", "exclude": []})
    model = started.model
    model.network.layers[0].weights[:, 0] = 3, -1
    x, y, _ = read_rows(model, model.config.data.file)
    found = permutation_importance(model, x, y, 20, generator)
    assert [each.column for each in found] == ["a", "b"]
    for each, weight in zip(found, (3, 1), strict=True):
        rise = np.sqrt(2) * weight * frame[each.column].std(ddof=0)
        assert each.worse["rmse"].mean == pytest.approx(rise, rel=0.01)
        assert each.worse["r2"].mean == pytest.approx(
            rise**2 / frame["price"].var(ddof=0), rel=0.02
        )


def test_a_column_moves_as_one_and_alone(set_up, monkeypatch):
    started = set_up()
    model = started.model
    x, y, _ = read_rows(model, model.config.data.file)
    seen = []

    def score(model, x, y, fold):
        seen.append(x.copy())
        return {"r2": 0.0, "rmse": 0.0}

    monkeypatch.setattr(importance, "_scores", score)
    permutation_importance(model, x, y, 3, np.random.default_rng(0))
    whole, *shuffled = seen
    assert (whole == x).all()
    parts = {"a": [0], "b": [1, 2], "zone": [3, 4, 5]}
    assert len(shuffled) == 3 * len(parts)
    for at, (_, inputs) in enumerate(parts.items()):
        for one in shuffled[3 * at : 3 * at + 3]:
            others = [each for each in range(6) if each not in inputs]
            assert (one[:, others] == x[:, others]).all()
            assert (one[:, inputs] != x[:, inputs]).any()
            assert sorted(map(tuple, one[:, inputs])) == sorted(map(tuple, x[:, inputs]))


def test_a_metric_that_is_no_number_has_no_importance(set_up, monkeypatch):
    model = set_up().model
    x, y, _ = read_rows(model, model.config.data.file)
    monkeypatch.setattr(importance, "_scores", lambda *_: {"r2": None, "rmse": 1.0})
    for each in permutation_importance(model, x, y, 3, np.random.default_rng(0)):
        assert each.worse["r2"] is None
        assert each.worse["rmse"].mean == 0
