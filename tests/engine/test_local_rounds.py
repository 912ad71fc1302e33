"""Replicas that train by themselves and are averaged: against plain training, and by hand."""

import numpy as np
import pytest

from ann_cli.config.read import load
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.rounds import Point, Round, average, in_pairs
from ann_cli.errors import ConfigError
from ann_cli.run import begin

PLAIN = {"layers": [{"units": 3, "activation": "tanh"}], "precision": "float64", "epochs": 3}
SGD = {"optimizer": {"name": "sgd", "learning_rate": 0.1}}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    generator = np.random.default_rng(1)
    x = generator.normal(size=(100, 2))
    lines = [f"{a:.5f},{b:.5f},{a * b + a:.5f}" for a, b in x]
    path = tmp_path_factory.mktemp("rounds") / "d.csv"
    path.write_text("\n".join(["a,b,y", *lines, ""]))
    return str(path)


@pytest.fixture
def trained(table):
    """trained(**keys): the parameters and the losses after a training."""

    def train(**keys):
        asked = load({"data": {"file": table, "target": "y"}, **PLAIN, **keys})
        with begin(asked, dry=True) as run:
            losses = [record["loss"] for record in run.epochs()]
            return run.model.network.stored.copy(), losses

    return train


@pytest.mark.parametrize("optimizer", ["adam", "momentum"])
def test_one_replica_in_the_order_of_the_file_is_plain_training_to_the_bit(trained, optimizer):
    keys = {"shuffle": False, "optimizer": optimizer, "batch_size": 3}
    plain, losses = trained(**keys)
    averaged, its_losses = trained(**keys, cluster={"replicas": 1})
    assert averaged.tobytes() == plain.tobytes()
    assert its_losses == pytest.approx(losses, rel=1e-12)


@pytest.mark.parametrize(
    ("keys", "stride"),
    [({"batch_size": 2}, 40 / 14), ({"batch_size": 40}, 2), ({"batch_size": "full"}, 1)],
)
def test_a_step_stands_for_those_that_one_network_takes_meanwhile(table, keys, stride):
    """Of 80 rows three replicas have 27 at most; as much of Adam's means is left after them."""
    asked = {"data": {"file": table, "target": "y"}, **PLAIN, "cluster": {"replicas": 3}}
    with begin(load(asked | keys | {"epochs": 1}), dry=True) as run:
        its = run.trainer.replicas_of(run.data_set.training)[0].trainer.optimizer
        (record,) = run.epochs()
    assert record["learning_rate"] == pytest.approx(0.001 * stride)
    assert its.learning_rate == record["learning_rate"]
    assert (its.beta1, its.beta2) == (0.9**stride, 0.999**stride)


@pytest.mark.parametrize("replicas", [2, 3, 7])
def test_a_step_each_of_all_rows_is_one_step_of_the_whole_gradient(trained, replicas):
    """Of 80 rows some replicas have one more, and count as much more."""
    plain, losses = trained(**SGD, batch_size="full", epochs=20)
    cluster = {"replicas": replicas}
    averaged, its_losses = trained(**SGD, batch_size="full", epochs=20, cluster=cluster)
    np.testing.assert_allclose(averaged, plain, rtol=1e-10)
    np.testing.assert_allclose(its_losses, losses, rtol=1e-10)


def test_a_step_of_two_is_as_long_as_the_two_of_one_network(trained, table):
    """Each has a step an epoch, where one network has two: it is one of all rows, twice as long."""
    twice = {"optimizer": {"name": "sgd", "learning_rate": 0.2}}
    plain, _ = trained(**twice, batch_size="full", epochs=4)
    averaged, _ = trained(**SGD, batch_size=40, epochs=4, cluster={"replicas": 2})
    np.testing.assert_allclose(averaged, plain, rtol=1e-10)
    keys = {"data": {"file": table, "target": "y"}, **PLAIN, **SGD, "batch_size": 40}
    with begin(load({**keys, "cluster": {"replicas": 2}}), dry=True) as run:
        assert [record["learning_rate"] for record in run.epochs()] == [0.2] * 3
        assert "2 times as long: the learning rate is 0.2 in place of 0.1" in run.data_set.notes[-1]


def test_an_outer_step_of_size_1_without_momentum_is_the_average(trained):
    plain, _ = trained(cluster={"replicas": 3})
    stepped, _ = trained(cluster={"replicas": 3, "outer": {"momentum": 0, "learning_rate": 1}})
    np.testing.assert_allclose(stepped, plain, rtol=1e-9)


def test_an_outer_step_has_nesterovs_momentum(table):
    """Two averages, each 1 further than the parameters: by hand with momentum ½ and rate 0.1."""
    asked = load(
        {"data": {"file": table, "target": "y"}, **PLAIN, **SGD}
        | {"cluster": {"replicas": 2, "outer": {"momentum": 0.5, "learning_rate": 0.1}}}
    )
    with begin(asked, dry=True) as run:
        trainer, theta = run.trainer, run.model.network.theta
        start = theta.copy()
        found = [start + 0.1 * (1 + 0.5)]  # the velocity is 1
        found.append(found[0] + 0.1 * (1 + 0.5 * 1.5))  # and then ½ + 1
        for expected in found:
            trainer._move(Point(trainer.network.stored + 1, trainer.state[:0], 0.0, 1), 1)
            np.testing.assert_allclose(theta, expected, rtol=1e-12)


def test_an_average_counts_rows_and_has_the_shape_of_a_tree():
    points = [Point(np.array([value]), np.zeros((1, 1)), 1.0, rows) for value, rows in
              [(1.0, 3), (2.0, 1), (7.0, 0), (4.0, 2), (5.0, 4)]]  # fmt: skip
    found = in_pairs(points, average)
    assert found.stored[0] == pytest.approx((3 + 2 + 8 + 20) / 10, rel=1e-15)
    assert (found.rows, found.loss) == (10, 5.0)
    assert in_pairs("abcde", lambda a, b: f"({a}{b})") == "(((ab)(cd))e)"


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_a_round_follows_from_its_arguments_alone(table, dropout):
    """However rounds were lost or repeated before, and whoever takes it, its bits are the same."""
    layers = [{"units": 4, "dropout": dropout}]
    asked = load({"data": {"file": table, "target": "y"}, "layers": layers, "batch_size": 4}
                 | {"cluster": {"replicas": 2}})  # fmt: skip
    with begin(asked, dry=True) as run:
        trainer = run.trainer
        start = Point(trainer.network.stored, trainer.state)
        rounds = [Round(1, 0, 2, 0, 10), Round(1, 2, 3, 2, 10), Round(2, 3, 4, 13, 10)]
        used, _ = trainer.replicas_of(run.data_set.training)
        in_course = [used(start, each).stored.tobytes() for each in rounds]
        again = [used(start, each).stored.tobytes() for each in rounds[::-1]][::-1]
        fresh = []
        for each in rounds:
            first, _ = trainer.replicas_of(run.data_set.training)
            fresh.append(first(start, each).stored.tobytes())
    assert in_course == again == fresh
    assert len({*fresh}) == 3


def test_rounds_grow_and_divide_an_epoch_evenly(table):
    lengths = []

    def take(start, now):
        lengths.append((now.epoch, now.count))
        return Point(start.stored, start.state, 1.0, now.count)

    asked = load({"data": {"file": table, "target": "y", "validation": 0}, **PLAIN}
                 | {"batch_size": 1, "cluster": {"replicas": 1}, "epochs": 4})  # fmt: skip
    with begin(asked, dry=True) as run:
        run.trainer.take_round = take
        for _ in run.epochs():
            pass
    by_epoch = [[count for epoch, count in lengths if epoch == each] for each in (1, 2, 3, 4)]
    assert [sum(each) for each in by_epoch] == [100] * 4
    assert by_epoch[0][:3] == [8, 8, 8]
    assert by_epoch[3] == [50, 50]


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"optimizer": "random_search"}, "optimizer"),
        ({"layers": [], "data": {"target": "kind"}, "output_activation": "threshold"}, "output"),
        ({"ensemble": {"members": 2, "folds": 1}}, "ensemble"),
        ({"cluster": {"replicas": 90}}, "cluster"),
    ],
)
def test_what_cannot_be_averaged_is_refused(tmp_path, keys, key):
    lines = [f"{at},{'pq'[at % 2]},{at % 7}" for at in range(100)]
    (tmp_path / "d.csv").write_text("\n".join(["a,kind,y", *lines, ""]))
    data = {"file": str(tmp_path / "d.csv"), "target": "y"} | keys.get("data", {})
    asked = {"layers": [{"units": 2}], "cluster": {}} | keys | {"data": data}
    with pytest.raises(ConfigError, match=key):
        begin(load(asked), dry=True)


def test_a_config_without_layers_has_one_network(table):
    asked = load({"data": {"file": table, "target": "y"}, "cluster": {}})
    with begin(asked, dry=True) as run:
        assert run.data_set.config.ensemble is None


def test_rows_go_in_turn_to_replicas(table):
    rows = Rows(np.arange(10.0).reshape(5, 2), np.arange(5.0)[:, None], np.arange(5.0))
    asked = load({"data": {"file": table, "target": "y"}, **PLAIN, "cluster": {"replicas": 2}})
    with begin(asked, dry=True) as run:
        parts = [each.rows for each in run.trainer.replicas_of(rows)]
    assert [each.y[:, 0].tolist() for each in parts] == [[0, 2, 4], [1, 3]]
    assert [each.weight.tolist() for each in parts] == [[0, 2, 4], [1, 3]]
