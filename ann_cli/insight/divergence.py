"""A training that diverged: at which step, in which layer, why, and what would have helped.

Training looks at its numbers once an epoch. Here the steps since they were last seen finite are
taken again one by one, and what is suggested is tried before it is said.
"""

import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from math import ceil, isfinite
from typing import Any

import numpy as np

from ann_cli.engine.layers.dense import SumsLayer
from ann_cli.engine.network import Network
from ann_cli.engine.rows import Rows
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.errors import DivergedError
from ann_cli.insight.names import layer_names
from ann_cli.insight.scoring import mean_loss
from ann_cli.model.model import Model

OUT_OF_SCALE = 100
"""A column is out of scale where the root of its mean square is beyond this; scaled, it is 1."""

TRIED_STEPS = (100, 10_000)
"""A suggestion is tried for twice the steps that it took to diverge, within these bounds."""

TRIED_SECONDS = 1.0
"""And for so long at most, but never for fewer steps than the first bound's tenth."""

TRIED_ROWS = 4096
"""And on so many rows at most."""

SLOWER = tuple(10**power for power in range(1, 10))
"""What the learning rate is divided by."""


@dataclass(frozen=True)
class Finite:
    """A training before a block of rows, when all its parameters were finite."""

    stored: Array
    state: Array
    steps: int
    drawn: dict[str, Any]
    """The states of the generators."""
    block: Rows
    batch: int
    in_epoch: int
    """Steps in an epoch."""

    @classmethod
    def of(cls, training: BackPropagation, block: Rows, rows: int) -> "Finite | None":
        """Return a copy of what the training is about to change; None where it has diverged."""
        stored = training.network.stored
        if not np.isfinite(stored).all():
            return None
        drawn = {name: each.bit_generator.state for name, each in training.generators.items()}
        batch = training.rows_in_step(rows)
        return cls(
            stored.copy(),
            training.state.copy(),
            training.steps,
            drawn,
            block,
            batch,
            ceil(rows / batch),
        )


@dataclass(frozen=True)
class FatalStep:
    """The step that made numbers which are not finite."""

    number: int
    rows: Rows
    before: Array
    """The parameters before it, all finite."""


def explained(
    model: Model,
    training: BackPropagation,
    last: Finite,
    begun: Callable[[], Network],
    error: DivergedError,
) -> DivergedError:
    """Return the error with step, layer, column and a suggestion that was tried, where found.

    `begun` gives the network with its first weights. Leaves the last finite weights in the model.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        step = _first_bad_step(training, last)
        if step is None:  # the validation rows are what is not finite
            return error
        model.member.stored[...] = step.before
        place = _first_bad_numbers(model, step)
        columns = _out_of_scale(model, last.block)
        tried = list(_tried(model, training, last, step.number, begun, bool(columns)))
    epoch = (step.number - 1) // last.in_epoch + 1
    return DivergedError(
        f"training diverged in epoch {epoch}, at step {step.number:,}",
        remedy="\n  ".join([f"first out of range: {place}", *columns, *tried]),
    )


def _first_bad_step(training: BackPropagation, last: Finite) -> FatalStep | None:
    network = training.network
    network.stored[...], training.state[...], training.steps = last.stored, last.state, last.steps
    for name in ("dropout", "augmentation"):  # the order of the rows is known
        training.generators[name].bit_generator.state = last.drawn[name]
    before = last.stored
    for rows, loss in training.single_steps(last.block, last.batch, last.in_epoch):
        if not (isfinite(loss) and np.isfinite(network.stored).all()):
            return FatalStep(training.steps, rows, before)
        before = network.stored.copy()
    return None


def _first_bad_numbers(model: Model, step: FatalStep) -> str:
    """Name what went first, in the order in which a step computes: forward, loss, back, weights."""
    network, rows = model.member, step.rows
    titles = {
        each.place: "the output layer" if each.layer == "output" else each.layer
        for each in layer_names(model)
    }
    loss = network.gradient(rows.x, rows.y, rows.weight, np.random.default_rng(0))
    leaves = dict(network.chain.leaves())
    sums = {seen.name: seen for seen in network.seen() if seen.activation}
    for place, layer in leaves.items():
        z, a = sums[place][2:] if place in sums else (None, None)
        if isinstance(layer, SumsLayer):
            z = layer.z
        if layer.passed is not None:
            a = layer.passed[1]
        if z is not None and not np.isfinite(z).all():
            return f"the weighted sums of {titles[place]}"
        if a is not None and not np.isfinite(a).all():
            return f"the activations of {titles[place]}"
    z = network.layers[-1].z
    if not np.isfinite(network.output.predict(z)).all():
        return "the activations of the output layer"
    if not isfinite(loss):
        return f"the loss (weighted sums of the output layer: {np.abs(z).max():.0e})"
    for place in reversed(leaves):
        slopes = network.views(network.grad, place).values()
        if not all(np.isfinite(each).all() for each in slopes):
            return f"the gradient of {titles[place]}"
    return "the weights after it"


def _out_of_scale(model: Model, rows: Rows) -> list[str]:
    """Return a sentence on the inputs, or on the target, whose numbers are far from 1."""
    sizes = np.sqrt(np.square(rows.x, dtype=np.float64).mean(axis=0))
    found = []
    worst = int(sizes.argmax())
    if sizes[worst] > OUT_OF_SCALE:
        others = int(np.count_nonzero(sizes > OUT_OF_SCALE)) - 1
        and_others = f" (and {others} more)" if others else ""
        found.append(
            f"out of scale: column {model.encoder.inputs[worst]}{and_others}, around "
            f"{sizes[worst]:,.0f} where 1 is good"
        )
    for at, target in enumerate(() if model.classes else model.encoder.targets):
        size = float(np.sqrt(np.square(rows.y[:, at], dtype=np.float64).mean()))
        if size > OUT_OF_SCALE:
            found.append(f"the target {target.name} is out of scale: around {size:,.0f}")
    return found


def _tried(
    model: Model,
    training: BackPropagation,
    last: Finite,
    step: int,
    begun: Callable[[], Network],
    unscaled: bool,
) -> Iterator[str]:
    """Yield what to try: the first of some changes with which the loss stayed finite and fell."""
    rows = last.block[:TRIED_ROWS]
    steps = min(max(2 * step, TRIED_STEPS[0]), TRIED_STEPS[1])
    optimizer = training.optimizer
    changes: list[tuple[str, BackPropagation, Rows]] = []
    if unscaled:
        scaled = Rows(
            _standard(rows.x), rows.y if model.classes else _standard(rows.y), rows.weight
        )
        changes.append(("data.scaling=standard", training, scaled))
    for divisor in SLOWER:
        rate = optimizer.learning_rate / divisor
        slower = replace(training, optimizer=replace(optimizer, learning_rate=rate))
        changes.append((f"optimizer.learning_rate={rate:g}", slower, rows))
    if training.gradient_clip is None:
        changes.append(("gradient_clip=1", replace(training, gradient_clip=1.0), rows))
    for setting, changed, on in changes:
        network = begun()
        trial = replace(changed, network=network, engine="numpy", steps=0)
        trial.generators = deepcopy(training.generators)
        taken = _steps_until_worse(replace(model, network=network), trial, on, steps, last)
        if taken:
            yield f"try --set {setting} (tried: {taken:,} steps from the start, the loss fell)"
            return
    yield "smaller learning rates and gradient_clip: 1 were tried, and fail too: look at the data"


def _steps_until_worse(
    model: Model, trial: BackPropagation, rows: Rows, steps: int, last: Finite
) -> int:
    """Return how many steps were taken, or 0 where they diverged or the loss did not fall."""
    before, begun = mean_loss(model, rows), time.perf_counter()
    least = TRIED_STEPS[0] // 10
    while trial.steps < steps:
        for _, loss in trial.single_steps(rows, min(last.batch, len(rows)), last.in_epoch):
            if not isfinite(loss):
                return 0
            late = time.perf_counter() - begun > TRIED_SECONDS and trial.steps >= least
            if late or trial.steps >= steps:
                after = mean_loss(model, rows)
                return trial.steps if isfinite(after) and after < before else 0
    return 0


def _standard(values: Array) -> Array:
    """Return rows × columns with mean 0 and standard deviation 1, as data.scaling: standard."""
    wide = values.astype(np.float64)
    wide -= wide.mean(axis=0)
    deviations = wide.std(axis=0)
    wide /= np.where(deviations > 0, deviations, 1)
    return wide.astype(values.dtype)
