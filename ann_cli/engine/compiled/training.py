"""What compiled code asks of the training whose steps it takes."""

from typing import Protocol

import numpy as np

from ann_cli.engine.network import Network
from ann_cli.engine.optimizers import Optimizer
from ann_cli.engine.settings import Array


class Training(Protocol):
    """A network, an optimizer and its state, penalties, and how far the steps have come."""

    network: Network
    optimizer: Optimizer
    generators: dict[str, np.random.Generator]
    state: Array
    l1: float
    l2: float
    gradient_clip: float | None
    steps: int

    def rows_in_step(self, rows: int) -> int:
        """Return how many of so many rows a step takes."""
