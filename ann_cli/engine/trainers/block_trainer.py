"""What trainers offer that take rows block by block, and can be interrupted between two blocks."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from ann_cli.engine.trainers.trainer import Trainer


class BlockTrainer(Trainer):
    """Goes through an epoch in blocks of rows; an epoch has a step for each batch of them."""

    epochs: int
    batch_size: int | None = None
    """Rows a step; None for all of them."""
    steps: int
    """Steps taken so far."""
    blocks: int
    """Blocks of the epoch at hand that were trained on."""
    loss: float
    """The sum of the losses of their rows."""
    _epoch_drawn_from: Mapping[str, Any] | None = None
    """Where the generator of the order stood when the epoch at hand began; None: it draws none."""

    @property
    def planned(self) -> tuple[int, str]:
        return self.epochs, "epoch"

    def rows_in_step(self, rows: int) -> int:
        """Return how many of so many rows a step takes; the last of an epoch may take fewer."""
        return min(self.batch_size or rows, rows)

    def rows_in_block(self, size: int) -> int:
        """Return how many rows are brought into order at a time: whole steps of `size` rows."""
        raise NotImplementedError

    def position(self) -> dict[str, Any]:
        """Return how far it has come, between two blocks; theta and `state` are beside it.

        An epoch's order is drawn anew from where the generator stood when it began.
        """
        drawn = {name: each.bit_generator.state for name, each in self.generators.items()}
        if self.blocks and self._epoch_drawn_from is not None:
            drawn["order"] = self._epoch_drawn_from
        progress = {"steps": self.steps, "blocks": self.blocks, "loss": self.loss}
        return progress | {"generators": drawn}

    def go_on_from(self, position: dict[str, Any]) -> None:
        """Take up a position; `run` then passes over the blocks that were trained on."""
        for name, state in position["generators"].items():
            self.generators[name].bit_generator.state = state
        self.steps, self.blocks = position["steps"], position["blocks"]
        self.loss = position["loss"]

    def check_position(self, position: dict[str, Any], rows: int, epochs: int) -> None:
        """Raise ValueError where a position is none after so many epochs of so many rows."""
        size = self.rows_in_step(rows)
        in_epoch, in_block = ceil(rows / size), self.rows_in_block(size) // size
        blocks = position["blocks"]
        steps = epochs * in_epoch + min(blocks * in_block, in_epoch)
        if blocks > ceil(in_epoch / in_block) or position["steps"] != steps:
            raise ValueError("its steps are not those of its epochs")
