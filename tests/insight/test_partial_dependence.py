"""How a prediction moves, beside predictions of changed tables, and where mathematics gives it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ann_cli.data.columns.encoder import Encoder
from ann_cli.insight import interaction, partial_dependence
from ann_cli.insight.association import strongest
from ann_cli.insight.cells import cells_of
from ann_cli.insight.interaction import strongest_pair
from ann_cli.insight.partial_dependence import TOGETHER, dependences
from ann_cli.model.model import Model


@pytest.fixture
def trained(set_up, table):
    """Return the function that trains on the table, and gives the model and the rows."""

    def trained(target):
        started = set_up(target, optimizer={"name": "adam", "learning_rate": 0.02}, epochs=40)
        for _ in started.epochs():
            pass
        return started.model, table

    return trained


def told(model: Model, frame: pd.DataFrame) -> pd.DataFrame:
    if not model.classes:
        return model.predict(frame)[["prediction"]]
    return model.predict(frame, True).filter(like="probability_").iloc[:, -2:]


@pytest.mark.parametrize("target", ["price", "two"])
def test_it_is_the_mean_of_predictions_of_changed_cells(trained, target):
    model, frame = trained(target)
    found = dependences(model, frame, ["zone", "b", "a"], np.random.default_rng(0))
    assert [each.grid.column for each in found.columns] == ["zone", "b", "a"]
    assert found.rows == len(frame)
    for each in found.columns:
        for at, cell in enumerate(each.grid.cells):
            changed = told(model, frame.assign(**{each.grid.column: cell})).to_numpy()[:, -1]
            assert each.mean[at, 0] == pytest.approx(changed.mean(), abs=1e-9)
            assert each.spread[at, 0] == pytest.approx(changed.std(), abs=1e-9)
            assert np.isin(each.lines[:, at, 0].round(9), changed.round(9)).all()
    zone, b, a = (each.grid for each in found.columns)
    assert zone.labels == tuple(frame["zone"].value_counts(sort=True).index)
    assert [each.has_missing for each in (zone, b, a)] == [False, True, False]
    assert b.values[[0, -1]].tolist() == [frame["b"].min(), frame["b"].max()]
    assert np.isin(b.values, frame["b"]).all()


def test_of_several_classes_each_has_its_own(trained):
    model, frame = trained("three")
    (found,) = dependences(model, frame, ["a"], np.random.default_rng(0)).columns
    assert found.mean.shape == (30, 3)
    assert found.mean.sum(axis=1) == pytest.approx(np.ones(30))


def of_function(set_up, monkeypatch, frame, function):
    """Return a model that predicts a function of the first inputs, whatever it learned."""
    frame["price"] = function(*frame[["a", "b"]].to_numpy().T)
    model = set_up(frame=frame, data={"scaling": "none", "exclude": []}).model

    def answers(model, x):
        return function(x[:, 0], x[:, 1])[:, np.newaxis]

    for module in (partial_dependence, interaction):
        monkeypatch.setattr(module, "answers", answers)
    return model, frame


@pytest.fixture
def together():
    """Two numbers that hang together: b is a with noise."""
    generator = np.random.default_rng(0)
    a = generator.normal(size=400)
    return pd.DataFrame({"a": a, "b": a + 0.1 * generator.normal(size=400)})


def test_effects_accumulate_where_columns_hang_together(set_up, monkeypatch, together):
    """Of a·b with b ≈ a the mean over all b is a·E b ≈ 0, and rows move along a²/2."""
    model, frame = of_function(set_up, monkeypatch, together, lambda a, b: a * b)
    (found,) = dependences(model, frame, ["a"], np.random.default_rng(0)).columns
    assert np.abs(found.mean[:, 0] - found.grid.values * frame["b"].mean()).max() < 1e-6
    assert found.with_most.column == "b"
    assert found.with_most.strength > 0.9 > TOGETHER
    curve = found.accumulated
    expected = curve.edges**2 / 2
    middle = curve.effects[:, 0].mean() - expected.mean()
    inner = slice(2, -2)
    assert curve.effects[inner, 0] - middle == pytest.approx(expected[inner], abs=0.15)
    assert curve.counts.sum() == 400
    halves = (curve.effects[1:, 0] + curve.effects[:-1, 0]) / 2
    assert curve.counts @ halves / 400 == pytest.approx(frame["price"].mean())


def test_effects_do_not_accumulate_where_columns_stand_alone(set_up, monkeypatch, together):
    together["b"] = np.random.default_rng(1).permutation(together["b"])
    model, frame = of_function(set_up, monkeypatch, together, lambda a, b: a - b)
    for each in dependences(model, frame, ["a", "b"], np.random.default_rng(0)).columns:
        assert each.with_most.strength < TOGETHER
        assert each.accumulated is None


def test_columns_hang_together_as_scipy_has_it():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"n": generator.exponential(size=500), "t": generator.choice([*"pqr"], 500)}
    )
    frame["m"] = frame["n"] ** 3 + generator.normal(size=500)
    frame["u"] = np.where(generator.random(500) < 0.7, frame["t"], "s")
    frame["v"] = np.where(frame["n"] > 1, "much", "little")
    kinds = {"n": "number", "t": "category", "u": "category", "v": "category"}
    encoder = Encoder.fit(frame, kinds, "m", "regression", "standard")
    cells = {each.name: cells_of(frame, each) for each in encoder.features}
    numbers = Encoder.fit(frame, {"m": "number"}, "n", "regression", "standard").features
    cells["m"] = cells_of(frame, numbers[0])

    def between(one, other):
        (found,) = strongest({each: cells[each] for each in (one, other)}, [one]).values()
        return found.strength

    assert between("n", "m") == pytest.approx(abs(stats.spearmanr(frame["n"], frame["m"])[0]))
    # Bias-corrected, and near what is not corrected (here 500 rows).
    crossed = pd.crosstab(frame["t"], frame["u"])
    v = stats.contingency.association(crossed, method="cramer")
    phi, rows, columns = v**2 * 2 - 2 * 3 / 499, 3 - 4 / 499, 4 - 9 / 499
    assert between("t", "u") == pytest.approx(np.sqrt(phi / (min(rows, columns) - 1)))
    # The share of the ranks' variance between groups, from the F test's statistic.
    ranks = frame["n"].rank()
    f = stats.f_oneway(*(ranks[frame["v"] == each] for each in ("much", "little"))).statistic
    assert between("v", "n") == pytest.approx(np.sqrt((f - 1) / (f + 498)))
    assert between("t", "n") < 0.15


def test_the_joint_part_of_a_pair(set_up, monkeypatch, together):
    """Of a·b with independent a and b nothing but the joint part is left, once both are centred."""
    together["b"] = np.random.default_rng(1).permutation(together["b"])
    together["c"] = np.random.default_rng(2).normal(size=400)
    model, frame = of_function(set_up, monkeypatch, together, lambda a, b: a * b + a)
    actual = frame[["price"]].to_numpy()
    found = strongest_pair(model, frame, actual, ["c", "a", "b"], np.random.default_rng(0))
    assert (found.first, found.second) == ("a", "b")
    # var(ab) / (var(ab) + var(a)), both variances 1
    assert found.strength.mean == pytest.approx(np.sqrt(0.5), abs=0.1)
    assert found.strength.low < found.strength.mean < found.strength.high
    assert found.moves == pytest.approx(1, abs=0.15)
    # What is taken away is an error then, as there is no other.
    assert found.helps.mean == pytest.approx(found.moves**2, rel=0.01)
    first, second = (np.array(each.cells) for each in (found.surface.first, found.surface.second))
    expected = first[:, None] * second + first[:, None]
    assert found.surface.mean == pytest.approx(expected, abs=1e-5)
    assert found.surface.counts.sum() == 400


def test_effects_that_add_up_have_no_pair(set_up, monkeypatch, together):
    model, frame = of_function(set_up, monkeypatch, together, lambda a, b: np.sin(a) + b**2)
    found = strongest_pair(
        model, frame, frame[["price"]].to_numpy(), ["a", "b"], np.random.default_rng(0)
    )
    assert found.strength.high < 1e-3
    assert found.surface is None


def test_a_joint_part_that_helps_no_prediction_has_no_surface(set_up, monkeypatch, together):
    """What a network makes of noise is no more than it: the joint part is there, and is wrong."""
    model, frame = of_function(set_up, monkeypatch, together, lambda a, b: a + 0.5 * a * b)
    noise = np.random.default_rng(3).normal(size=400)
    actual = (frame["a"] + noise).to_numpy()[:, np.newaxis]
    found = strongest_pair(model, frame, actual, ["a", "b"], np.random.default_rng(0))
    assert found.strength.low > 0.05
    assert found.helps.low < 0
    assert found.surface is None
