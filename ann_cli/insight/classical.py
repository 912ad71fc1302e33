"""Forecasts without a network, beside which one of a series is judged."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ann_cli.config.complete import complete
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.number_feature import NumberFeature
from ann_cli.data.columns.targets import NumberTarget
from ann_cli.data.regroup import regrouped
from ann_cli.data.rows.encoding import Encoding, joined
from ann_cli.data.rows.in_memory import RowsInMemory
from ann_cli.data.rows.split import SIDES, Side
from ann_cli.data.rows.streaming import RowsFromFile
from ann_cli.data.series.table import WindowTable
from ann_cli.data.series.windows import CLASSICAL
from ann_cli.engine.network import Network
from ann_cli.engine.rows import Rows, Source
from ann_cli.model.model import Model
from ann_cli.model.networks import new_network


def classical(
    model: Model, data: RowsInMemory | RowsFromFile, side: Side
) -> tuple[dict[str, Model], dict[str, Source]]:
    """Return forecasts as models whose inputs they are, and the rows of a side as these see them.

    naive: the last value; seasonal_naive: that of the last season; seasonal_drift: that, with the
    mean change from the season before to the last one. Of no season there is naive alone.
    """
    table = data.others.get(side, data.table)
    assert isinstance(table, WindowTable)
    names = CLASSICAL if table.form.season > 1 else CLASSICAL[:1]
    own = None if side in data.others else SIDES.index(side)
    models = {name: _model(model, table, name) for name in names}
    return models, {name: _Windows(each, table, own) for name, each in models.items()}


def _model(model: Model, table: WindowTable, name: str) -> Model:
    targets = [each for each in model.encoder.targets if isinstance(each, NumberTarget)]
    features = tuple(
        NumberFeature(column, "number", each.center, each.center, each.scale, was_missing=False)
        for column, each in zip(table.classical(name), targets, strict=True)
    )
    auto = {"layers": (), "output_activation": "auto", "loss": "auto", "ensemble": None}
    config = complete(model.config.model_copy(update=auto), model.task.name, 0, True)
    encoder = Encoder(features, model.encoder.targets)
    network = new_network(config, encoder)
    assert isinstance(network, Network)
    network.layers[0].weights[...] = np.eye(len(targets))
    return Model(config, encoder, network)


@dataclass(frozen=True)
class _Windows:
    """The windows of a side, anew in each pass."""

    model: Model
    table: WindowTable
    side: int | None
    """Its number; None: all are."""

    def __len__(self) -> int:
        return sum(len(rows) for rows in self._parts())

    def blocks(self, size: int, generator: np.random.Generator | None) -> Iterator[Rows]:
        """Yield them in their order, in blocks of one size."""
        return regrouped(self._parts(), size, joined)

    def _parts(self) -> Iterator[Rows]:
        encoder, time = self.model.encoder, self.table.roles.time
        kinds = {**encoder.input_columns, **encoder.target_kinds, time: "number"}
        encoding = Encoding(self.model.config, encoder)
        for frame in self.table.chunks(kinds):
            if self.side is not None:
                frame = frame[self.table.sides(frame[time].to_numpy()) == self.side]
            if len(frame):
                yield encoding.rows(frame)
