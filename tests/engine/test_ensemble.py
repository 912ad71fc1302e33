"""Ensembles: averages of members, rows that members leave out, and shares."""

import copy
import pickle

import numpy as np
import pytest

from ann_cli.engine.activations import Linear, Relu, Sigmoid, Softmax, Tanh
from ann_cli.engine.ensemble import Ensemble, Folds, shares_of
from ann_cli.engine.layers.chain import Chain
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.losses import CrossEntropy, HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.optimizers import Adam, AdamW, Sgd
from ann_cli.engine.output import Output
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.engine.trainers.ensemble_training import EnsembleTraining

INPUTS, ROWS = 3, 40
FORMS = ([Dense(6, Tanh())], [Dense(4, Relu(), 0.2), Dense(3, Tanh())], [])
"""The layers of three variations."""

OUTPUTS = {
    "numbers": (2, Output(Linear(), HalfSquaredError())),
    "two classes": (1, Output(Sigmoid(), CrossEntropy())),
    "classes": (3, Output(Softmax(), CrossEntropy())),
}
each_output = pytest.mark.parametrize(("outputs", "output"), OUTPUTS.values(), ids=OUTPUTS)


def ensemble(outputs=2, output=OUTPUTS["numbers"][1], folds=2, seeds=(2, 1, 1), dtype="float64"):
    variations = []
    for number, (form, count) in enumerate(zip(FORMS, seeds, strict=True)):
        chain = chain_of(form, (INPUTS,), outputs, output)
        network = Network(chain, output, dtype, count * folds)
        network.initialize(np.random.default_rng(number))
        variations.append(network)
    return Ensemble(variations, folds)


def rows(outputs=2, folds=2, seed=0, dtype="float64"):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(ROWS, INPUTS)).astype(dtype)
    y = np.zeros((ROWS, outputs), dtype)
    if outputs == 2:
        y = np.stack([x[:, 0] * x[:, 1], x[:, 2]], axis=1)
    elif outputs == 1:
        y[:, 0] = x[:, 0] > 0
    else:
        y[np.arange(ROWS), generator.integers(0, outputs, ROWS)] = 1
    return Rows(x, y, None, np.arange(ROWS) % folds)


@pytest.mark.parametrize(("units", "rows"), [(64, 1280), (256, 1280), (512, 640), (10_000, 64)])
def test_fewer_rows_are_predicted_at_a_time_where_layers_are_wide(units, rows):
    pair = OUTPUTS["numbers"][1]
    network = Network(chain_of([Dense(units)], (INPUTS,), 2, pair), pair, members=2)
    assert Ensemble([network], 2).block_rows == rows


def alone(ensemble):
    """Yield each member as a network by itself, with its variation and the fold it leaves out."""
    for variation, network in enumerate(ensemble.variations):
        views = network.views(network.stored)
        for member in range(network.members):
            chain = Chain(network.chain.entries, network.chain.inputs)
            one = Network(chain, network.output, network.stored.dtype.name)
            for name, own in one.views(one.stored).items():
                own[...] = views[name][member]
            yield one, variation, member % ensemble.folds


OPTIMIZERS = Adam(0.01), AdamW(0.02), Sgd(0.1)


def training(made, patience=None, optimizers=OPTIMIZERS, epochs=6):
    random = generators(3)
    parts = [
        BackPropagation(copy.deepcopy(network), optimizer, random, epochs, 8)
        for network, optimizer in zip(made.variations, optimizers, strict=True)
    ]
    return EnsembleTraining(made, parts, random, patience)


def trained(made, data, stop=None, **keys):
    learner = training(made, **keys)
    for epoch in learner.run(data):
        loss = learner.validated(epoch.number, data)
        if epoch.number == stop or learner.is_done({"epoch": epoch.number}):
            break
    return learner, loss


@each_output
def test_a_prediction_is_the_average_of_the_members_sums(outputs, output):
    made, data = ensemble(outputs, output), rows(outputs)
    made.shares[...] = (0.5, 0.3, 0.2)
    by_variation = [[], [], []]
    for one, variation, _ in alone(made):
        by_variation[variation].append(one.chain.predict(data.x))
    means = [np.mean(each, axis=0) for each in by_variation]
    z = sum(share * mean for share, mean in zip((0.5, 0.3, 0.2), means, strict=True))
    np.testing.assert_allclose(made.predict(data.x), output.predict(z), rtol=1e-12)
    a, losses = made.evaluate(data.x, data.y)
    np.testing.assert_allclose(losses, output.losses(z, a, data.y), rtol=1e-10)


@each_output
def test_a_row_of_a_fold_is_judged_by_the_members_without_it(outputs, output):
    made, data = ensemble(outputs, output), rows(outputs)
    a, _ = made.evaluate(data.x, data.y, data.fold)
    for fold in range(2):
        by_variation = [[], [], []]
        for one, variation, own in alone(made):
            if own == fold:
                by_variation[variation].append(one.chain.predict(data.x[data.fold == fold]))
        z = np.mean([np.mean(each, axis=0) for each in by_variation], axis=0)
        np.testing.assert_allclose(a[data.fold == fold], output.predict(z), rtol=1e-12)


@each_output
def test_nothing_of_a_fold_reaches_the_members_that_leave_it_out(outputs, output):
    """Whatever its targets are, these members are the same to the byte, and the others are not."""
    found = []
    for others in (False, True):
        made, data = ensemble(outputs, output), rows(outputs)
        if others:
            data.y[data.fold == 1] = data.y[data.fold == 1][::-1] * 3 - 1
        learner, _ = trained(made, data)
        found.append([part.network.views(part.network.stored) for part in learner.parts])
    for before, after in zip(*found, strict=True):
        for name, one in before.items():
            for member in range(len(one)):
                same = np.array_equal(one[member], after[name][member])
                assert same == (member % 2 == 1), (name, member)


def test_members_learn_from_the_other_rows_as_a_network_alone():
    """Without dropout, and all rows a step: plain back-propagation on the rows of other folds."""
    output = OUTPUTS["numbers"][1]
    network = Network(chain_of(FORMS[0], (INPUTS,), 2, output), output, "float64", 2)
    network.initialize(np.random.default_rng(0))
    made, data = Ensemble([network], 2), rows()
    singles = [(one, own) for one, _, own in alone(made)]
    random = generators(0)
    part = BackPropagation(copy.deepcopy(made.variations[0]), Sgd(0.1), random, 5, None)
    learner = EnsembleTraining(made, [part], random)
    list(learner.run(data))
    for member, (one, own) in enumerate(singles):
        kept = data.fold != own
        plain = BackPropagation(one, Sgd(0.1), generators(0), 5, None)
        list(plain.run(Rows(data.x[kept], data.y[kept])))
        for name, view in one.views(one.stored).items():
            given = part.network.views(part.network.stored)[name][member]
            np.testing.assert_allclose(given, view, rtol=1e-10, atol=1e-14)


def test_weights_of_rows_count_for_members_too():
    network, data = ensemble().variations[0], rows()
    table = Folds(network, 2).weights(data.fold, 4)
    assert table.shape == (4, ROWS)
    np.testing.assert_array_equal(table.mean(axis=1), 1)
    assert (table[:, data.fold == 0] == [[0], [2], [0], [2]]).all()


def test_the_best_epoch_of_each_variation_is_kept():
    made, data = ensemble(), rows()
    learner = training(made, epochs=12)
    losses = [learner.validated(epoch.number, data) for epoch in learner.run(data)]
    assert losses == sorted(losses, reverse=True)
    _, after = made.evaluate(data.x, data.y, data.fold)
    assert after.mean() == pytest.approx(losses[-1], rel=1e-12)
    for each, own in zip(
        learner.summary({}, 12)["ensemble"]["variations"], learner.best, strict=True
    ):
        assert (each["best_epoch"], each["validation_loss"]) == tuple(own)
    assert sum(made.shares) == pytest.approx(1)


def test_without_rows_that_judge_the_last_epoch_counts():
    made, data = ensemble(), rows()
    learner = training(made)
    for epoch in learner.run(data):
        assert learner.validated(epoch.number, None) is None
    for part, own in zip(learner.parts, made.variations, strict=True):
        np.testing.assert_array_equal(part.network.stored, own.stored)
    np.testing.assert_allclose(made.shares, 1 / 3)


def test_patience_ends_it_where_no_variation_gets_better():
    made, data = ensemble(), rows()
    learner, _ = trained(made, data, patience=3, epochs=400, optimizers=[Sgd(0.5)] * 3)
    done = learner.parts[0].steps // 5
    assert done < 400
    assert done - max(epoch for epoch, _ in learner.best) == 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_goes_on_from_a_position_to_the_same_bytes(dtype):
    data = rows(dtype=dtype)
    whole = ensemble(dtype=dtype)
    trained(whole, data, epochs=9)
    begun = ensemble(dtype=dtype)
    learner, _ = trained(begun, data, stop=4, epochs=9)
    position, state, stored = learner.position(), learner.state.copy(), begun.stored.copy()
    again = ensemble(dtype=dtype)
    other = training(again, epochs=9)
    again.stored[...], other.state[...] = stored, state
    other.check_position(position, ROWS, 4)
    other.go_on_from(position)
    for epoch in other.run(data):
        other.validated(epoch.number, data)
    assert again.stored.tobytes() == whole.stored.tobytes()
    with pytest.raises(ValueError, match="not one between two epochs"):
        other.check_position(position | {"best": []}, ROWS, 4)


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]
)
def test_a_copy_is_its_own(copied):
    made, data = ensemble(), rows()
    made.shares[...] = (0.2, 0.5, 0.3)
    other = copied(made)
    before = made.predict(data.x)
    np.testing.assert_array_equal(other.predict(data.x), before)
    other.stored[...] += 1
    np.testing.assert_array_equal(made.predict(data.x), before)
    assert not np.array_equal(other.predict(data.x), before)


def test_all_that_is_stored_has_a_name():
    made = ensemble()
    views = made.views(made.stored)
    assert views["variations.1.layers.0.weights"].shape == (2, INPUTS, 4)
    assert sum(each.size for each in views.values()) == made.stored.size
    for each in views.values():
        each[...] = 7
    assert (made.stored == 7).all()


def test_the_first_member_is_a_network_of_its_own():
    made = ensemble()
    (first, _, _), *_ = alone(made)
    np.testing.assert_array_equal(made.member.stored, first.stored)
    made.member.stored[...] = 0
    assert made.member.stored.any()


def test_shares_are_those_of_the_best_average():
    """Two forecasts that err to either side are exact on average; a worse one has no share."""
    y = np.random.default_rng(0).normal(size=(200, 1))
    noise = np.random.default_rng(1).normal(size=(200, 1))
    sums = [y + noise, y - noise, y + 5 * noise]
    shares = shares_of(sums, lambda z: float(((z - y) ** 2).mean()))
    np.testing.assert_array_equal(shares, (0.5, 0.5, 0))
