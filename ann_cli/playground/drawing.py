"""What is drawn of a network over two chosen columns: its units, its synapses, its predictions."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import Kind
from ann_cli.engine.layers.dense import Sums
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError, did_you_mean
from ann_cli.insight.names import output_names
from ann_cli.insight.plain import plain
from ann_cli.model.model import Model
from ann_cli.playground.tables import Scene
from ann_cli.tasks.classification import chosen, class_probabilities

SIDE, EVERY = 40, 2
"""Cells of the surface along a side; a unit's map has every second one of them."""

MOST_INPUTS, MOST_UNITS = 12, 8
"""Nodes of a layer that are drawn; of more their number is told."""

MOST_POINTS, MOST_VALUES = 300, 12
"""Rows that are drawn of each side, and values of a category that have a place on an axis."""

FEW = 12
"""Different cells of a column, below which others are drawn over first."""

SEEN = 10_000
"""Training rows that ranges and the middle row are taken from."""

MARGIN = 0.06
"""Of an axis, beyond the rows at either end."""


class Axis:
    """A column, and where its cells lie between 0 and 1."""

    def __init__(self, column: pd.Series, kind: Kind) -> None:
        self.name, self.kind = str(column.name), kind
        self.values: list[str] = []
        self.low, self.high = 0.0, 1.0
        if kind == "category":
            self.values = [str(each) for each in column.value_counts().index[:MOST_VALUES]]
            self.middle: Any = self.values[0] if self.values else None
            return
        known = column.dropna().to_numpy(np.float64)
        self.middle = float(np.median(known)) if len(known) else 0.0
        if len(known):
            low, high = np.percentile(known, [1, 99])
            spread = (high - low) or abs(high) or 1.0
            self.low, self.high = float(low - MARGIN * spread), float(high + MARGIN * spread)

    def cells(self) -> Array:
        """Return the cells at the middle of each of `SIDE` parts of the axis."""
        shares = (np.arange(SIDE) + 0.5) / SIDE
        if self.kind == "category":
            places = (shares * len(self.values)).astype(int)
            return np.array(self.values, dtype=object)[places]
        return self.low + shares * (self.high - self.low)

    def places(self, column: pd.Series, random: np.random.Generator) -> Array:
        """Return where cells lie; NaN where one has no place, a little scattered where many do."""
        if self.kind == "category":
            found = pd.Index(self.values).get_indexer(pd.Index(column.astype(object)))
            scattered = (found + random.uniform(0.2, 0.8, len(found))) / max(len(self.values), 1)
            return np.where(found < 0, np.nan, scattered)
        numbers = column.to_numpy(np.float64)
        return (numbers - self.low) / (self.high - self.low)

    def told(self) -> dict[str, Any]:
        """Return what the page writes beside it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "values": self.values,
            "low": self.low,
            "high": self.high,
        }


class Drawing:
    """A training's picture over two columns; all others stay as in the middle row."""

    def __init__(self, scene: Scene, model: Model, x: str | None, y: str | None) -> None:
        """`x` and `y` name columns; None: the first ones. Raises ConfigError for another name."""
        self.scene, self.model = scene, model
        kinds = model.encoder.input_columns
        seen = scene.training[:SEEN]
        self._axes = {name: Axis(seen[name], kind) for name, kind in kinds.items()}
        # A plane of few lines of rows shows little.
        usual = sorted(
            kinds, key=lambda name: seen[name].nunique() < FEW or kinds[name] == "category"
        )
        self.x, self.y = self._chosen("x", x, usual[0]), self._chosen("y", y, usual[:2][-1])
        self._grid = self._rows(kinds)
        self._target = model.encoder.target
        numbers = [0.0, 1.0]
        if not self._target.classes:
            known = seen[self._target.name].to_numpy(np.float64)
            numbers = np.percentile(known[~np.isnan(known)], [2, 98]).tolist()
        self.low, self.high = numbers if numbers[0] < numbers[1] else (numbers[0] - 1, numbers[0])

    def _chosen(self, axis: str, name: str | None, usual: str) -> Axis:
        found = self._axes.get(usual if name is None else name)
        if found is None:
            raise ConfigError(
                f"the network has no column {name!r} to draw over",
                place=axis,
                remedy=did_you_mean(str(name), [*self._axes]),
            )
        return found

    def _rows(self, kinds: Mapping[str, Kind]) -> Array:
        """Return the encoded rows of all cells, the first line at the top of the y axis."""
        size = SIDE * SIDE
        columns: dict[str, Any] = {
            name: np.full(size, each.middle, dtype=object if each.kind == "category" else float)
            for name, each in self._axes.items()
        }
        # Where both are one column, the one along x is drawn.
        columns[self.y.name] = np.repeat(self.y.cells()[::-1], SIDE)
        columns[self.x.name] = np.tile(self.x.cells(), SIDE)
        frame = pd.DataFrame(columns)
        return self.model.encoder.transform(frame, self.model.config.precision)

    def about(self) -> dict[str, Any]:
        """Return what stays as it is while the network learns."""
        network, target = self.model.member, self._target
        hidden = [layer.size for layer in network.layers[:-1]]
        return {
            "columns": [each.told() for each in self._axes.values()],
            "x": self.x.name,
            "y": self.y.name,
            "middle": {name: each.middle for name, each in self._axes.items()},
            "inputs": list(self.model.encoder.inputs[:MOST_INPUTS]),
            "outputs": list(output_names(self.model)[:MOST_UNITS]),
            "sizes": [network.inputs, *hidden, network.outputs],
            "drawn": [each.shape[1] for each in self._shown(self._passed())],
            "side": SIDE,
            "unit_side": SIDE // EVERY,
            "target": target.name,
            "classes": list(target.classes),
            "low": self.low,
            "high": self.high,
            "points": {side: self._points(side, at) for at, side in enumerate(SIDES)},
        }

    def now(self) -> dict[str, Any]:
        """Return what it is like at this moment; bytes and float32 are in base64."""
        with np.errstate(all="ignore"):
            passed = self._passed()
            maps, sizes = [], []
            corners = (slice(None, None, EVERY),) * 2
            for numbers in self._shown(passed):
                cells = np.nan_to_num(numbers).reshape(SIDE, SIDE, -1)[corners]
                flat = cells.reshape(-1, cells.shape[-1]).T
                size = np.abs(flat).max()  # of the whole layer, so that its units compare
                maps.append(np.rint(flat * (127 / max(size, 1e-30))))
                sizes.append(float(f"{size:.3g}"))
            return {
                "maps": _base64(np.concatenate(maps).astype(np.int8)),
                "map_sizes": sizes,
                "synapses": _base64(np.concatenate([*self._synapses()]).astype(np.float32)),
                **self._surface(passed[-1]),
            }

    def _passed(self) -> list[Array]:
        """Return the inputs of all cells and what each layer makes of them."""
        passed = [self._grid]
        for layer in self.model.member.layers:
            found = layer.predict(passed[-1])
            ends = isinstance(layer.entry, Sums)
            passed.append(self.model.network.output.predict(found) if ends else found)
        return passed

    def _shown(self, passed: list[Array]) -> Iterator[Array]:
        for at, numbers in enumerate(passed):
            yield numbers[:, : MOST_UNITS if at else MOST_INPUTS]

    def _synapses(self) -> Iterator[Array]:
        """Yield each layer's weights between nodes that are drawn, inputs × units, and biases."""
        most = MOST_INPUTS
        for layer in self.model.member.layers:
            yield layer.weights[:most, :MOST_UNITS].ravel()
            yield layer.bias[:MOST_UNITS]
            most = MOST_UNITS

    def _surface(self, outputs: Array) -> dict[str, str]:
        """Return the prediction of each cell: a number from 0 to 255, or a class and its share."""
        network, target = self.model.network, self._target
        if target.classes:
            shares = class_probabilities(outputs, network.output)
            best = chosen(outputs, network.output)
            share = np.ones(len(best)) if shares is None else shares[np.arange(len(best)), best]
            share = np.rint(255 * np.nan_to_num(share))
            return {"surface": _base64(best.astype(np.uint8)), "sure": _base64(_bytes(share))}
        columns = self.model.task.decode(outputs, self.model.encoder.targets, network.output, False)
        values = np.nan_to_num(next(iter(columns.values())).astype(np.float64))
        shares = (values - self.low) / (self.high - self.low)
        return {"surface": _base64(_bytes(255 * np.clip(shares, 0, 1)))}

    def _points(self, side: str, number: int) -> dict[str, Any]:
        """Return some rows of one side: where they lie, what the target is, their row numbers."""
        frame = self.scene.training
        if side != "training":
            frame = next(iter(self.scene.data_set.data.frames(side)), frame[:0])  # type: ignore[arg-type]
        random = np.random.default_rng(number)
        if len(frame) > MOST_POINTS:
            frame = frame.iloc[np.sort(random.choice(len(frame), MOST_POINTS, replace=False))]
        target = self._target
        actual = frame[target.name]
        if target.classes:
            values = pd.Index(target.classes).get_indexer(pd.Index(actual.astype(object)))
        else:
            values = actual.to_numpy(np.float64)
        own = side == "training" or side not in self.scene.data_set.config.data.files
        return {
            "x": plain(np.round(self.x.places(frame[self.x.name], random), 4)),
            "y": plain(np.round(self.y.places(frame[self.y.name], random), 4)),
            "value": plain(values),
            "row": [int(each) + 1 for each in frame.index] if own else None,
        }


SIDES = ("training", "validation")
"""The rows that are drawn."""


def _bytes(numbers: Array) -> Array:
    return numbers.astype(np.uint8)


def _base64(numbers: Array) -> str:
    return b64encode(np.ascontiguousarray(numbers).tobytes()).decode("ascii")
