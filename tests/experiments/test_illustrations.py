"""What the article's pictures show: the same numbers as by NumPy, or by `ann train`."""

from pathlib import Path

import numpy as np
import pytest

from ann_cli.config.read import load
from ann_cli.experiments.illustrations import boundary, dead_shares, descent, losses, trials
from ann_cli.run import begin

ARTICLE = Path(__file__).parents[2] / "configs" / "article"
TWO = ("data.features=[area, age]", "initializer={name: small_random, scale: 2}", "seed=2")


def test_steps_on_the_surface_are_those_of_a_training():
    config = ARTICLE / "brute_force.yaml"
    way = ("{name: sgd, learning_rate: 0.01}", "1", 1)
    path = descent(config, TWO, *way)
    chosen = (f"optimizer={way[0]}", "batch_size=1", "epochs=1", "engine=numpy")
    run = begin(load(config, (*TWO, *chosen)), dry=True)
    rows = run.data_set.training
    first = run.model.network.theta[:2].copy()
    for _ in run.epochs():
        pass
    assert path.weights[0] == pytest.approx(first)
    assert path.weights[-1] == pytest.approx(run.model.network.theta[:2])
    assert len(path.weights) == len(rows) + 1 == path.computed[-1] + 1

    # With full batches, by the formula: w - rate × Xᵀ(Xw - y) / rows, and half the mean square.
    path = descent(config, TWO, "{name: sgd, learning_rate: 0.1}", "full", 3)
    x, y, w = rows.x.astype(float), rows.y[:, 0].astype(float), first.astype(float)
    for step in range(4):
        assert path.weights[step] == pytest.approx(w, abs=1e-5)
        assert path.loss[step] == pytest.approx(((x @ w - y) ** 2).mean() / 2, rel=1e-5)
        w -= 0.1 * x.T @ (x @ w - y) / len(rows)
    assert path.computed.tolist() == [0, len(rows), 2 * len(rows), 3 * len(rows)]
    assert path.rows_to(path.loss[2]) == 2 * len(rows)
    assert path.rows_to(0.0) is None


def test_one_weight_has_its_lowest_loss_near_the_correlation():
    found = trials(ARTICLE / "brute_force.yaml")
    rows = begin(load(ARTICLE / "brute_force.yaml"), dry=True).data_set.training
    r = np.corrcoef(rows.x[:, 0], rows.y[:, 0])[0, 1]
    assert abs(found.weights[found.loss.argmin(), 0] - r) <= 0.025
    assert found.loss.min() == pytest.approx((1 - r**2) / 2, abs=1e-3)


def test_no_line_separates_xor_and_a_hidden_layer_does():
    one, other = (boundary(ARTICLE / f"{name}.yaml", 9) for name in ("xor", "xor_hidden_layer"))
    assert (one.right, other.right) == (3, 4)
    assert one.actual.tolist() == [0, 1, 1, 0]
    # Points of the grid at 0 and 1 are those of the rows: the same shares on either way.
    at = [int(np.abs(other.x - value).argmin()) for value in (0, 1)]
    near = other.predicted[np.ix_(at, at)]
    assert (near >= 0.5).tolist() == [[False, True], [True, False]]


def test_units_of_relu_die_and_those_of_leaky_relu_do_not():
    def shares(name: str) -> list[float]:
        chosen = [f"layers.{at}.activation={name}" for at in (0, 1)]
        return dead_shares(ARTICLE / "dying.yaml", [*chosen, "epochs=3"])

    assert shares("leaky_relu") == [0, 0, 0]
    died = shares("relu")
    assert 0 < died[0] < died[-1] < 1


def test_what_came_before_a_divergence_is_kept():
    found = losses(ARTICLE / "learning_rate.yaml", ["optimizer.learning_rate=2"])
    assert 5 < len(found) < 100
    assert found[-1] > found[0] * 1e6
