"""What draws the claims of the article: trainings made for the page, and what they came to."""

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from ann_cli.errors import counted
from ann_cli.experiments.illustrations import (
    Boundary,
    boundary,
    dead_shares,
    descent,
    losses,
    trials,
)
from ann_cli.insight.activation_curves import ActivationCurve, activation_curves
from ann_cli.report.numbers import number
from ann_cli.report.page import article_charts as charts
from ann_cli.report.page.blocks import Block, Facts, Figure, Words

Find: TypeAlias = Callable[[str], str]
"""Where a config lies: "configs/article/xor.yaml"."""

WIDEST = 80
"""Characters of a command on one line."""

START = "{name: small_random, scale: 2}"
"""First weights that lie far from the lowest loss."""


def as_typed(commands: Sequence[str]) -> Words:
    """Return commands as they are typed, the long ones on several lines."""
    lines = []
    for command in commands:
        line = "$"
        for part in re.split(r" (?=--)", command):
            if len(line) + len(part) > WIDEST:
                lines.append(f"{line} \\")
                line = "   "
            line += f" {part}"
        lines.append(line)
    return Words("\n".join(lines), "code")


def _made(config: str, overrides: Sequence[str] = ()) -> str:
    return f"Made by: {_command(config, overrides)}"


def _command(config: str, overrides: Sequence[str] = ()) -> str:
    return shlex.join(["ann", "train", config, *(x for o in overrides for x in ("--set", o))])


def activations() -> Iterator[Block]:
    """Yield the activation functions and their slopes, drawn, and as a table."""
    curves = activation_curves(np.linspace(-4, 4, 161))
    yield Words(
        "What a unit makes of its weighted sum z: the activation's value, and its slope, by which "
        "back-propagation multiplies what arrives from the layer behind. Where the slope is near "
        "0, nothing gets through, and the unit's weights stand still: on both sides of sigmoid and "
        "tanh, and below zero of relu. Softmax looks at all classes together: drawn is the first "
        "of two, the other's sum being 0."
    )
    for curve in curves:
        yield Figure(
            f"activation-{curve.name}",
            curve.name,
            f"{curve.description} {_slopes(curve)}",
            partial(charts.activation, curve),
            small=True,
        )
    columns = [f"{what} at {at:+d}" for what in ("value", "slope") for at in (-2, 0, 2)]
    rows = [
        [
            curve.name,
            *(
                f"{values[np.searchsorted(curve.z, at)]:.3f}"
                for values in (curve.value, curve.slope)
                for at in (-2, 0, 2)
            ),
        ]
        for curve in curves
    ]
    yield Facts("Values and slopes", ["activation", *columns], rows, folded=True)


def _slopes(curve: ActivationCurve) -> str:
    low, high = curve.slope.min(), curve.slope.max()
    if high - low < 1e-6:
        return f"The slope is {number(high)} everywhere."
    ends = " and ".join(number(round(float(curve.slope[at]), 4)) for at in (0, -1))
    return f"The slope is {number(round(float(high), 3))} at most; at z = -4 and 4 it is {ends}."


def _brute_force(find: Find) -> Iterator[Block]:
    config = "configs/article/brute_force.yaml"
    yield _valley("brute-force", config, (), find)
    overrides = ("data.features=[area, age]",)
    found = trials(find(config), overrides)
    lowest = found.loss.argmin()
    at = " and ".join(number(each) for each in found.weights[lowest])
    yield Figure(
        "map-of-two-weights",
        f"Two weights: {len(found.loss):,} trials",
        "The stronger the grey, the higher the loss. "
        f"The lowest, {number(found.loss[lowest])}, is at {at}. "
        f"Each further weight multiplies the trials by {round(len(found.loss) ** 0.5)}. "
        f"{_made(config, overrides)}",
        lambda: charts.surface(found),
    )


def _valley(name: str, config: str, overrides: Sequence[str], find: Find) -> Figure:
    found = trials(find(config), overrides)
    weights, loss = found.weights[:, 0], found.loss
    lowest = loss.argmin()
    dips = [
        at for at in range(1, len(loss) - 1) if loss[at] < loss[at - 1] and loss[at] < loss[at + 1]
    ]
    others = ", ".join(
        f"{number(loss[at])} at {number(weights[at])}" for at in dips if at != lowest
    )
    words = (
        f"The loss at each of {counted(len(loss), 'value')} of the weight of {found.inputs[0]}. "
        f"The lowest is {number(loss[lowest])}, at {number(weights[lowest])}"
        f"{', the last of them' if lowest == len(loss) - 1 else ''}."
        + (f" There is another dip: {others}." if others else "")
    )
    table = Facts(
        "Loss by weight",
        ["weight", "loss"],
        [[number(one), number(other)] for one, other in zip(weights, loss, strict=True)],
        folded=True,
    )
    return Figure(
        f"{name}-of-one-weight",
        f"One weight: {len(loss)} trials",
        f"{words} {_made(config, overrides)}",
        lambda: charts.valley(found),
        table,
    )


def _local_minimum(find: Find) -> Iterator[Block]:
    search = "optimizer={name: brute_force, values: [-2, 4], points: 61, biases: false}"
    yield _valley("local-minimum", "configs/article/local_minimum.yaml", (search,), find)


def _three_ways(find: Find) -> Iterator[Block]:
    config = "configs/article/brute_force.yaml"
    overrides = ("data.features=[area, age]", f"initializer={START}", "seed=2")
    ways = {
        "full batch": ("{name: sgd, learning_rate: 0.1}", "full", 60),
        "row by row": ("{name: sgd, learning_rate: 0.01}", "1", 1),
    }
    found = trials(find(config), overrides)
    paths = {name: descent(find(config), overrides, *way) for name, way in ways.items()}
    rows = [
        [
            name,
            f"{path.rows_in_step:,}",
            f"{len(path.loss) - 1:,}",
            f"{path.computed[-1]:,}",
            number(path.loss[-1]),
        ]
        for name, path in paths.items()
    ]
    columns = ["way", "rows a step", "steps", "rows computed", "loss at the end"]
    full, single = paths.values()
    yield Figure(
        "descent",
        "Descent on the surface of two weights",
        "A model of two weights, that of the floor area and that of the age. The stronger "
        "the grey, the higher the loss of all training rows. Both ways start at the same point: "
        f"{number(full.loss[0])}. With full batches each step goes straight down the slope, and "
        f"{len(full.loss) - 1} steps end at {number(full.loss[-1])}; row by row each step follows "
        f"one house, {len(single.loss) - 1:,} steps stray about, and end at "
        f"{number(single.loss[-1])}.",
        lambda: charts.surface(found, paths),
        Facts("The two ways", columns, rows),
    )
    keys = ("optimizer", "batch_size", "epochs")
    yield as_typed(
        [_command(config, [*overrides, *map("{}={}".format, keys, way)]) for way in ways.values()]
    )
    soon = {name: path.rows_to(2 * float(found.loss.min())) for name, path in paths.items()}
    yield Figure(
        "loss-by-rows",
        "Loss by rows computed",
        "The same two trainings, by what they cost: every row that goes through the network "
        "counts. Twice the lowest loss of the surface is reached after "
        + " and ".join(f"{count:,} rows ({name})" for name, count in soon.items() if count)
        + ". Both axes are logarithmic.",
        lambda: charts.loss_by_rows(paths),
    )


def _learning_rate(find: Find) -> Iterator[Block]:
    config, key = "configs/article/learning_rate.yaml", "optimizer.learning_rate"
    found = {rate: losses(find(config), (f"{key}={rate}",)) for rate in ("0.0001", "0.1", "2")}
    told = "; ".join(
        f"at {rate} it goes from {number(each[0])} to {number(each[-1])} in {len(each)} epochs"
        for rate, each in found.items()
    )
    yield Figure(
        "learning-rates",
        "Loss by epoch, by learning rate",
        f"The loss on the training rows: {told}. Its axis is logarithmic, "
        "and ends at four times the first loss.",
        lambda: charts.learning_rates(found),
    )


def _xor(find: Find) -> Iterator[Block]:
    for name, title in (
        ("xor", "Without a hidden layer"),
        ("xor_hidden_layer", "With a hidden layer"),
    ):
        config = f"configs/article/{name}.yaml"
        found = boundary(find(config))
        yield Figure(
            name,
            title,
            f"{_right(found)} Where the colour is that of a point's own kind, the network is "
            f"right. {_made(config)}",
            partial(charts.boundary, found),
            small=True,
        )


def _right(found: Boundary) -> str:
    return f"{found.right} of {len(found.rows)} rows are right."


def _dying(find: Find) -> Iterator[Block]:
    config = "configs/article/dying.yaml"
    found = {}
    for name in ("relu", "leaky_relu"):
        overrides = [f"layers.{at}.activation={name}" for at in (0, 1)]
        found[name] = dead_shares(find(config), overrides)
    told = ", ".join(
        f"of {name} {each[0]:.0%} after the first epoch and {each[-1]:.0%} after {len(each)}"
        for name, each in found.items()
    )
    some = range(0, len(next(iter(found.values()))), 5)
    yield Figure(
        "dead-units",
        "Dead units by epoch",
        f"The share of the hidden units whose slope is 0 on every training row: {told}.",
        lambda: charts.dead_units(found),
        Facts(
            "Dead units",
            ["epoch", *found],
            [[f"{at + 1}", *(f"{each[at]:.0%}" for each in found.values())] for at in some],
            folded=True,
        ),
    )


PICTURES: dict[str, Callable[[Find], Iterator[Block]]] = {
    "dying": _dying,
    "xor": _xor,
    "brute-force": _brute_force,
    "learning-rate": _learning_rate,
    "local-minimum": _local_minimum,
    "three-ways": _three_ways,
}
"""What draws a claim, of those that have a picture."""
