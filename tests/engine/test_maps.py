"""Self-organizing maps beside a hand's computation, scikit-learn, MiniSom, and themselves."""

import numpy as np
import pytest
from minisom import MiniSom
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import nan_euclidean_distances

from ann_cli.engine.maps.grid import TOPOLOGIES, Grid, Hexagonal, Rectangular
from ann_cli.engine.maps.map import Map
from ann_cli.engine.maps.plane import WIDE, Plane
from ann_cli.engine.parallel import use_threads
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.batch_rule import BatchRule
from ann_cli.engine.trainers.online_rule import OnlineRule

RULES = (BatchRule, OnlineRule)


def rows_of(x, dtype="float64", weight=None):
    x = np.asarray(x, dtype)
    return Rows(x, np.zeros((len(x), 0), dtype), weight)


def drawn(rows=300, inputs=4, missing=0.0, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(rows, inputs)) * np.linspace(2, 0.5, inputs)
    x[generator.random(x.shape) < missing] = np.nan
    return x


def training(
    rule, grid, inputs, radius=(2.0, 0.5), epochs=3, dtype="float64", weights=None, **keys
):
    """Return a training, compiled where that can be; with `weights` it begins there."""
    made = rule(Map(grid, inputs, 0, dtype), generators(0), epochs, radius, **keys)
    made.engine = "numba" if rule is OnlineRule else "numpy"
    if weights is not None:
        made.begin = lambda rows: None
        made.network.weights[...] = weights
    return made


def trained(made, rows):
    for _ in made.run(rows):
        pass
    return made.network


# ---- The grid


@pytest.mark.parametrize("topology", TOPOLOGIES.values())
def test_neighbours_are_the_units_within_reach(topology):
    grid = Grid(5, 4, topology)
    apart = pairwise_distances(grid.positions)
    near = {(int(a), int(b)) for a, b in np.argwhere(np.triu(apart < 1.5, 1))}
    if topology is Hexagonal:
        near = {(int(a), int(b)) for a, b in np.argwhere(np.triu(np.isclose(apart, 1), 1))}
    assert {tuple(pair) for pair in grid.pairs.tolist()} == near
    inner = 5  # in the second row, not at an end
    assert (grid.pairs == inner).sum() == (6 if topology is Hexagonal else 8)


@pytest.mark.parametrize("topology", TOPOLOGIES.values())
def test_the_neighbourhood_is_the_product_with_its_matrix(topology):
    grid = Grid(5, 4, topology)
    sums = drawn(20, 3)
    matrix = np.exp(-np.square(pairwise_distances(grid.positions)) / (2 * 1.3**2))
    np.testing.assert_allclose(grid.smoothed(sums, 1.3), matrix @ sums, rtol=1e-12)


# ---- The plane


@pytest.mark.parametrize("inputs", [6, WIDE + 6])
def test_the_plane_is_that_of_the_singular_values(inputs):
    x = np.random.default_rng(0).normal(size=(200, inputs)) * 0.05
    x += np.outer(np.sin(np.arange(200)), np.linspace(1, 2, inputs))
    x += np.outer(np.cos(3 * np.arange(200)), np.linspace(-1, 1, inputs)) + 7
    plane = Plane.of(rows_of(x))
    _, sizes, directions = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(plane.deviations, sizes[:2] / np.sqrt(200), rtol=1e-5)
    same = np.abs(np.einsum("ij,ij->i", plane.directions, directions[:2]))
    np.testing.assert_allclose(same, 1, rtol=1e-5)
    first, second = sizes[:2]
    lines, places = plane.sides(120)
    assert lines * places == pytest.approx(120, abs=places)
    assert lines / places == pytest.approx(first / second, rel=0.3)


def test_rows_along_a_line_have_a_narrow_map():
    plane = Plane.of(rows_of(np.outer(np.arange(50), [1.0, 2.0])))
    lines, places = plane.sides(72)
    assert (lines, places) == (24, 3)
    units = plane.units(Grid(lines, places))
    np.testing.assert_allclose(units[:, 1], 2 * units[:, 0], atol=1e-6)


def test_rows_that_are_all_alike_have_a_map():
    plane = Plane.of(rows_of(np.ones((9, 3))))
    assert np.isfinite(plane.units(Grid(*plane.sides(15)))).all()


# ---- The rules, by hand


def test_a_batch_step_by_hand():
    """Three units in a row, rows 0, 0, 10: the first has two of them, the last one."""
    start = np.array([[1.0], [5.0], [9.0]])
    made = training(BatchRule, Grid(1, 3), 1, (1.0, 1.0), 1, weights=start)
    network = trained(made, rows_of([[0.0], [0.0], [10.0]]))
    near, far = np.exp(-1 / 2), np.exp(-4 / 2)
    wanted = [10 * far / (2 + far), 10 * near / (3 * near), 10 / (2 * far + 1)]
    np.testing.assert_allclose(network.weights[:, 0], wanted)
    assert network.hits.tolist() == [2, 0, 1]


def test_a_batch_step_over_known_cells_by_hand():
    """Each column is the mean of the rows that have it; else of the neighbour's; else it stays."""
    start = np.array([[0.0, 5.0, 1.0, 8.0], [10.0, 6.0, 2.0, 9.0]])
    made = training(BatchRule, Grid(1, 2), 4, (0.1, 0.1), 1, weights=start)
    nothing = np.nan
    rows = [
        [1.0, nothing, nothing, nothing],
        [3.0, 7.0, nothing, nothing],
        [9.0, nothing, 4.0, nothing],
    ]
    network = trained(made, rows_of(rows))
    wanted = [[2.0, 7.0, 4.0, 8.0], [9.0, 7.0, 4.0, 9.0]]
    np.testing.assert_allclose(network.weights, wanted)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_an_online_step_by_hand(engine):
    """One row of (2, missing) at rate 0.5: the distance is to the first number, times √2."""
    start = np.array([[0.0, 5.0], [1.0, 6.0]])
    made = training(OnlineRule, Grid(1, 2), 2, (1.0, 1.0), 1, weights=start, learning_rate=0.5)
    made.engine = engine
    (epoch,) = made.run(rows_of([[2.0, np.nan]]))
    assert epoch.loss == pytest.approx(np.sqrt(2))
    wanted = [[0.5 * np.exp(-1 / 2) * 2, 5.0], [1.5, 6.0]]
    np.testing.assert_allclose(made.network.weights, wanted)


# ---- The rules, beside others


def test_without_a_neighbourhood_the_batch_rule_is_kmeans():
    x = np.concatenate([drawn(40, 3, seed=at) / 4 + 3 * at for at in range(6)])
    start = x[::40]
    network = trained(
        training(BatchRule, Grid(2, 3), 3, (0.01, 0.01), 10, weights=start), rows_of(x)
    )
    peer = KMeans(6, init=start, n_init=1, max_iter=10, tol=0).fit(x)
    np.testing.assert_allclose(network.weights, peer.cluster_centers_, rtol=1e-6)
    assert network.hits.tolist() == np.bincount(peer.labels_).tolist()


def peer_of(grid, start, rule, epochs, steps):
    """Return MiniSom with the same first weights, order, rate and radius."""
    name = grid.topology.name
    peer = MiniSom(grid.rows, grid.columns, start.shape[1], sigma=2, topology=name)
    if grid.topology is Hexagonal:  # whose every other row stands to the left, the last first
        peer._xx[...] = grid.positions[:, 1].reshape(grid.rows, grid.columns).T
        peer._yy[...] = grid.positions[:, 0].reshape(grid.rows, grid.columns).T
        peer._xx, peer._yy = peer._xx.copy(), peer._yy.copy()
    peer._weights = start.reshape(grid.rows, grid.columns, -1).copy()
    if rule is BatchRule:
        peer._learning_rate_decay_function = lambda rate, t, most: 1.0
        peer._sigma_decay_function = lambda _, t, most: 2 * (0.5 / 2) ** (t / (epochs - 1))
        peer.train_batch_offline(steps, epochs)
    else:
        peer._learning_rate_decay_function = lambda rate, t, most: 0.5 * (1 - t / most)
        peer._sigma_decay_function = lambda _, t, most: 2 * (0.5 / 2) ** (t / most)
        peer.train(steps, epochs * len(steps), random_order=False)
    return peer


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("topology", TOPOLOGIES.values())
def test_both_rules_are_minisoms(rule, topology):
    """The same schedule and order: the same weights, and the same errors of both kinds."""
    x, grid = drawn(), Grid(5, 4, topology)
    start = x[:20]
    keys = {"shuffle": False} if rule is OnlineRule else {}
    network = trained(training(rule, grid, 4, weights=start, **keys), rows_of(x))
    peer = peer_of(grid, start, rule, 3, x)
    np.testing.assert_allclose(network.weights, peer.get_weights().reshape(20, 4), rtol=1e-9)
    outputs = network.predict(x)
    assert outputs[:, 1].mean() == pytest.approx(peer.quantization_error(x))
    if topology is Rectangular:
        near = grid.are_neighbours(*outputs[:, [0, 2]].T.astype(int))
        assert 1 - near.mean() == pytest.approx(peer.topographic_error(x))


def test_distances_are_over_the_known_cells():
    x, network = drawn(50, 4, missing=0.4), Map(Grid(3, 4), 4, 0, "float64")
    network.weights[...] = drawn(12, 4, seed=1) + 1e3
    x += 1e3
    x[7] = np.nan
    outputs = network.predict(x)
    known = np.arange(50) != 7
    apart = nan_euclidean_distances(x[known], network.weights)
    np.testing.assert_allclose(outputs[known, 0], apart.argmin(axis=1))
    np.testing.assert_allclose(outputs[known, 1], apart.min(axis=1), rtol=1e-5)  # they lose digits
    np.testing.assert_allclose(outputs[known, 2], apart.argsort(axis=1)[:, 1])
    assert np.isnan(outputs[7]).all()


# ---- The rules, beside themselves


@pytest.mark.parametrize("rule", RULES)
def test_rows_that_lie_far_from_0_are_told_apart(rule):
    """In float32, where x · w alone has lost all digits that tell years apart."""
    x = drawn()
    near = trained(training(rule, Grid(4, 5), 4, dtype="float32"), rows_of(x, "float32"))
    far = trained(training(rule, Grid(4, 5), 4, dtype="float32"), rows_of(x + 1000, "float32"))
    np.testing.assert_allclose(far.weights - 1000, near.weights, atol=0.02)


@pytest.mark.parametrize("rule", RULES)
def test_a_row_that_counts_twice_is_two_rows(rule):
    x = drawn(40)
    weight = np.ones(40)
    weight[::2] = 2
    if rule is OnlineRule:  # the rate counts there, in one step
        made = training(rule, Grid(1, 2), 1, (1.0, 1.0), 1, weights=np.array([[0.0], [9.0]]))
        network = trained(made, rows_of([[1.0]], weight=np.array([1.5])))
        assert network.weights[0, 0] == pytest.approx(0.75)
        return
    once, twice = (
        trained(training(rule, Grid(3, 3), 4, weights=x[:9]), rows)
        for rows in (rows_of(x, weight=weight), rows_of(np.concatenate([x, x[::2]])))
    )
    np.testing.assert_allclose(once.weights, twice.weights)


def test_the_compiled_rule_is_the_one_of_numpy():
    rows = rows_of(drawn(500, 5, missing=0.1), "float32")
    found = []
    for engine in ("numpy", "numba"):
        made = training(OnlineRule, Grid(4, 6, Hexagonal), 5, dtype="float32")
        made.engine = engine
        found.append(trained(made, rows))
    np.testing.assert_allclose(found[0].weights, found[1].weights, atol=1e-4)


@pytest.mark.parametrize("rule", RULES)
def test_threads_and_parts_change_no_bit(rule):
    x = drawn(40_000, 3, missing=0.01).astype("float32")
    rows, found = rows_of(x, "float32"), []

    class Streamed:
        def __len__(self):
            return len(rows)

        def blocks(self, size, generator):
            for block in rows.blocks(size, generator):  # copies, as they come from a file
                yield Rows(block.x.copy(), block.y)

    for threads, source in ((1, rows), (2, rows), (3, Streamed())):
        before = use_threads(threads)
        made = training(rule, Grid(6, 5), 3, epochs=1, dtype="float32")
        found.append(trained(made, source))
        use_threads(before)
    assert len({each.stored.tobytes() for each in found}) == 1


@pytest.mark.parametrize("rule", RULES)
def test_a_training_goes_on_within_an_epoch(rule):
    rows = rows_of(drawn(40_000, 3).astype("float32"), "float32")

    def made():
        return training(rule, Grid(6, 5), 3, epochs=2, dtype="float32")

    taken = []

    class StopError(Exception):
        pass

    class Watched:
        """Stops a training in the second epoch, once a block has been trained on."""

        def __len__(self):
            return len(rows)

        def blocks(self, size, generator):
            for number, block in enumerate(rows.blocks(size, generator)):
                if number == 2 and half.done(len(rows)) == 1 and half.blocks == 2:
                    raise StopError
                yield block

    wanted = trained(made(), rows)
    half = made()
    try:
        for _ in half.run(Watched()):
            pass
    except StopError:
        taken = [half.position(), half.network.stored.copy(), half.state.copy()]
    again = made()
    again.check_position(taken[0], len(rows), 1)
    again.go_on_from(taken[0])
    again.network.stored[...], again.state[...] = taken[1:]
    assert trained(again, rows).stored.tobytes() == wanted.stored.tobytes()


def test_labels_are_counted_where_they_are_known():
    x = np.array([[0.0], [0.1], [5.0], [5.1], [np.nan]])
    y = np.array([[1, 0], [1, 0], [0, 1], [0, 0], [0, 1.0]])
    network = Map(Grid(1, 2), 1, 2, "float64")
    made = BatchRule(network, generators(0), 5, (0.5, 0.01))
    for _ in made.run(Rows(x, y)):
        pass
    order = np.argsort(network.weights[:, 0])
    assert network.hits[order].tolist() == [2, 2]
    assert network.labels[order].tolist() == [[2, 0], [0, 1]]
