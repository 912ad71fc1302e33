"""How far an epoch has come: the rows that have been trained on are counted as they pass."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ann_cli.data.ahead import ahead
from ann_cli.engine.rows import Rows, Source

if TYPE_CHECKING:
    from ann_cli.run.started import Started

FEW = 4
"""Blocks of an epoch for which no thread is worth starting, which gathers the next."""


@dataclass(frozen=True)
class CountedRows:
    """A source of rows that counts those that have been trained on: how far an epoch has come."""

    rows: Source
    started: "Started"

    def __len__(self) -> int:
        return len(self.rows)

    def blocks(self, size: int, generator: np.random.Generator | None) -> Iterator[Rows]:
        blocks = self.rows.blocks(size, generator)
        for block in ahead(blocks) if len(self.rows) > FEW * size else blocks:
            self.started.divergence.keep(block)
            yield block
            self.started.passed += len(block)
            self.started.block = block
            self.started.pause()
