"""An ensemble: networks whose weighted sums are averaged, each trained without a fold of rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from ann_cli.engine.layers.chain import Chain
from ann_cli.engine.losses import Loss
from ann_cli.engine.network import Network, side_by_side
from ann_cli.engine.parameters import of_place
from ann_cli.engine.settings import Array

AT_A_TIME, LEAST_ROWS = 1280, 64
"""Rows times members that are predicted at a time, and rows at least: what lies between two layers
stays in the cache. With 64 units, 25 members on 122 rows took 1.1 times as long as five times 5 of
them on 256, and on 256 rows twice as long: so many numbers no longer come from memory at hand."""

USUAL_WIDTH = 256
"""Numbers behind a layer from which fewer rows are predicted at a time."""

PICKS = 20
"""How often a variation is picked for the average: shares are multiples of 1 / PICKS."""


Part = TypeVar("Part")


class Folds:
    """The members of a network by the fold that each was trained without.

    Member m leaves out fold m mod `number`; with one fold none leaves any out.
    """

    def __init__(self, network: Network, number: int) -> None:
        self.number, self.outputs = number, network.outputs
        self._members = network.members or 1
        self._parts = [_some(network, slice(fold, None, number)) for fold in range(number)]

    def sums(self, x: Array, fold: Array | None = None) -> Array:
        """Return the members' mean weighted sums, rows × outputs.

        With the `fold` of each row only the members that were trained without it are asked.
        """
        if fold is None or self.number == 1:
            total = self._parts[0].predict(x).sum(axis=0)
            for part in self._parts[1:]:
                total += part.predict(x).sum(axis=0)
            return total / self._members
        found = np.empty((len(x), self.outputs), x.dtype)
        for part, rows in by_fold(self._parts, fold):
            found[rows] = part.predict(x[rows]).mean(axis=0)
        return found

    def each(self, x: Array, number: int) -> Array:
        """Return the weighted sums of the members without a fold, members × rows × outputs."""
        return self._parts[number].predict(x)

    def weights(self, fold: Array, members: int) -> Array:
        """Return what each row counts for each member, members × rows; mean 1 over the folds.

        A row of the fold that a member leaves out counts 0.
        """
        own = np.arange(members) % self.number
        return np.where(own[:, np.newaxis] == fold, 0, self.number / (self.number - 1))


def by_fold(parts: Iterable[Part], fold: Array) -> Iterator[tuple[Part, Array]]:
    """Yield what was trained without each fold, in their order, and the rows that are in it."""
    for number, part in enumerate(parts):
        rows = np.flatnonzero(fold == number)
        if len(rows):
            yield part, rows


def _some(network: Network, members: slice) -> Chain:
    """Return the layers of some of the members side by side, their parameters views."""
    values = {name: each[members] for name, each in network.views(network.stored).items()}
    chain = Chain(network.chain.entries, network.chain.inputs)
    chain.bind(of_place(side_by_side(values), "layers"), {})
    return chain


class Ensemble:
    """Networks of several forms, each for members side by side, over one flat vector.

    `stored` holds the parameters of one variation after the other, then the variations' shares in
    the average. What is averaged are the weighted sums, of which the output makes the predictions:
    of probabilities this is their geometric mean. The shares' sum is 1, or of calibrated
    probabilities the inverse of their temperature.
    """

    def __init__(
        self, variations: Sequence[Network], folds: int, shares: Array | None = None
    ) -> None:
        """Take over the parameters of the networks; without `shares` all count alike."""
        sizes = [each.stored.size for each in variations]
        count, dtype = len(variations), variations[0].stored.dtype
        self.output, self.folds = variations[0].output, folds
        self.stored = np.empty(sum(sizes) + count, dtype)
        self._ends = np.cumsum(sizes).tolist()
        self.variations = tuple(
            each.lying_in(self.stored[end - size : end])
            for each, size, end in zip(variations, sizes, self._ends, strict=True)
        )
        self.shares = self.stored[-count:]
        self.shares[...] = 1 / count if shares is None else shares
        self._parts = [Folds(each, folds) for each in self.variations]

    def __reduce__(self) -> Any:
        return Ensemble, (self.variations, self.folds, self.shares)

    @property
    def theta(self) -> Array:
        """The parameters, without the shares."""
        return self.stored[: self._ends[-1]]

    @property
    def loss(self) -> Loss:
        """What a prediction costs."""
        return self.output.loss

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return self.variations[0].inputs

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return self.variations[0].outputs

    @property
    def members(self) -> int:
        """The number of networks."""
        return sum(each.members or 1 for each in self.variations)

    @property
    def block_rows(self) -> int:
        """The number of rows that are predicted at a time."""
        most = max(each.members or 1 for each in self.variations) // self.folds
        layers = (each.layers for each in self.variations)
        widest = max(layer.size for each in layers for layer in each)
        return max(AT_A_TIME // max(most, 1) // max(widest // USUAL_WIDTH, 1), LEAST_ROWS)

    @property
    def member(self) -> Network:
        """The first network by itself, a copy: what is told of layers and units is told of it."""
        first = self.variations[0]
        chain = Chain(first.chain.entries, first.chain.inputs)
        network = Network(chain, self.output, first.stored.dtype.name)
        parameters = first.views(first.stored)
        for name, own in network.views(network.stored).items():
            own[...] = parameters[name][0]
        return network

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the parameters in a flat vector that lies as `stored` does, by name, as views.

        Those of a variation have its members along a first axis.
        """
        found: dict[str, Array] = {}
        for number, network in enumerate(self.variations):
            end = self._ends[number]
            part = flat[..., end - network.stored.size : end]
            found |= {
                f"variations.{number}.{name}": each for name, each in network.views(part).items()
            }
        return found | {"shares": flat[..., self._ends[-1] :]}

    def predict(self, x: Array) -> Array:
        """Return the outputs for rows × inputs, as rows × outputs."""
        return np.concatenate([self.output.predict(z) for z in self._sums(x, None)])

    def evaluate(self, x: Array, y: Array, fold: Array | None = None) -> tuple[Array, Array]:
        """Return the outputs (rows × outputs) and each row's loss.

        With the `fold` of each row they are those of the members that were trained without it.
        """
        z = np.concatenate(list(self._sums(x, fold)))
        a = self.output.predict(z)
        return a, self.output.losses(z, a, y)

    def spread(self, x: Array, fold: Array | None = None) -> Array:
        """Return how far the members' outputs for each row are apart, rows × outputs, float64.

        It is the standard deviation among those that leave out the same fold, each with its share
        in the average; the mean over the folds, or that of the row's own `fold`. So a row that was
        left out has the same measure as a new one.
        """
        return np.concatenate(
            [
                self._spread(x[rows], None if fold is None else fold[rows])
                for rows in self._slices(len(x))
            ]
        )

    def _spread(self, x: Array, fold: Array | None) -> Array:
        found = np.zeros((len(x), self.outputs))
        for number in range(self.folds):
            rows = slice(None) if fold is None else np.flatnonzero(fold == number)
            parts, weights = list[Array](), list[float]()
            for part, share in zip(self._parts, self.shares.tolist(), strict=True):
                if share:
                    parts.append(self.output.predict(part.each(x[rows], number)))
                    weights += [share / len(parts[-1])] * len(parts[-1])
            each = np.concatenate(parts).astype(np.float64)
            mean = np.average(each, axis=0, weights=weights)
            variance = np.average(np.square(each - mean), axis=0, weights=weights)
            found[rows] += np.sqrt(variance) / (self.folds if fold is None else 1)
        return found

    def _slices(self, rows: int) -> Iterator[slice]:
        size = self.block_rows
        return (slice(start, start + size) for start in range(0, max(rows, 1), size))

    def _sums(self, x: Array, fold: Array | None) -> Iterator[Array]:
        shared = zip(self._parts, self.shares, strict=True)
        used = [(part, share) for part, share in shared if share]
        for rows in self._slices(len(x)):
            folds = None if fold is None else fold[rows]
            first, *others = (share * part.sums(x[rows], folds) for part, share in used)
            for each in others:
                first += each
            yield first


def shares_of(sums: Sequence[Array], loss: Callable[[Array], float]) -> Array:
    """Return each variation's share in the average that has the least loss.

    `sums` are the weighted sums of each variation on rows that it was not trained on, and `loss`
    is that of such sums. A variation is picked again and again, whichever lowers the loss of the
    picks' average most (Caruana et al. 2004, "Ensemble selection from libraries of models",
    section 2.1).
    """
    counts = np.zeros(len(sums))
    total: Any = 0.0
    for picked in range(1, PICKS + 1):
        losses = [loss((total + each) / picked) for each in sums]
        best = int(np.argmin(losses))
        counts[best] += 1
        total = total + sums[best]
    return counts / PICKS
