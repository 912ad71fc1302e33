"""A config's rows in memory: those that train, and those that validate."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.encoding import Encoding
from ann_cli.data.split import split
from ann_cli.data.statistics import Gathered
from ann_cli.data.table import Table
from ann_cli.data.values import Kind
from ann_cli.engine.rows import Rows
from ann_cli.errors import within


class Loaded:
    """All rows at once; a fraction that validates is drawn by the generator, by class if any."""

    def __init__(
        self,
        config: Config,
        table: Table,
        other: Table | None,
        kinds: Mapping[str, Kind],
        task: str,
        generator: np.random.Generator,
    ) -> None:
        self._name = table.name
        self._held_name = str(config.data.validation) if other else table.name
        target, fraction = config.data.target, config.data.validation
        frame = table.read(kinds)
        known = frame[target].notna().to_numpy()
        self.dropped = len(frame) - int(known.sum())
        self._held: pd.DataFrame | None = None
        if self.dropped:
            frame = frame[known]
        if other is not None:
            self._held = other.read(kinds).dropna(subset=[target])
        elif fraction and len(frame):
            labels = frame[target].to_numpy(object) if task == "classification" else None
            chosen, held = split(len(frame), float(fraction), generator, labels)
            self._held, frame = frame.take(held), frame.take(chosen)
        self._training = frame

    def gather(self, kinds: Mapping[str, Kind]) -> tuple[Gathered, Gathered | None]:
        """Return what the training rows say, and what the categories of the others do."""
        found = Gathered(kinds, exact=True)
        found.add(self._training)
        if self._held is None:
            return found, None
        held = Gathered(categories(kinds))
        held.add(self._held)
        return found, held

    def frames(self, held: bool) -> Iterator[pd.DataFrame]:
        """Yield the frames of one side."""
        frame = self._held if held else self._training
        if frame is not None:
            yield frame

    def encoded(self, training: Encoding, held: Encoding | None) -> tuple[Rows, Rows | None]:
        """Return the rows of both sides."""
        with within(self._name):
            rows = training.rows(self._training)
        if held is None or self._held is None:
            return rows, None
        with within(self._held_name):
            return rows, held.rows(self._held)


def categories(kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return the columns whose cells may hold a value not seen before."""
    return {name: kind for name, kind in kinds.items() if kind == "category"}
