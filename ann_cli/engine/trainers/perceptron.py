"""The perceptron's rule: steps by (prediction - actual), until no row is wrong."""

from typing import Any, ClassVar

import numpy as np

from ann_cli.engine.network import PREDICTED_ROWS, Network
from ann_cli.engine.rows import Source
from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.engine.trainers.trainer import Record


class PerceptronRule(BackPropagation):
    """Keeps the weights with the fewest errors on the training rows, and ends when there are none.

    That is the pocket's rule (Gallant 1990, "Perceptron-based learning algorithms"): the loss of a
    perceptron grows with its weights, so that it cannot compare epochs.
    """

    name: ClassVar[str] = "the perceptron's rule"
    judged_by: ClassVar[str | None] = "errors"

    @classmethod
    def suits(cls, config: Any) -> bool:
        return bool(config.is_perceptron)

    def measures(self, rows: Source) -> Record:
        return {"errors": errors(self.network, rows)}

    def is_done(self, record: Record) -> bool:
        return record.get("errors") == 0

    def summary(self, best: Record, done: int) -> dict[str, Any]:
        """Return the fewest errors on the training rows, their epoch, and whether that is none.

        No errors prove that the classes are linearly separable; errors prove nothing, as more
        epochs might have ended them: None.
        """
        if "errors" not in best:
            return {}
        fewest = int(best["errors"])
        separable = True if fewest == 0 else None
        return {
            "perceptron": {"separable": separable, "epoch": int(best["epoch"]), "errors": fewest}
        }


def errors(network: Network, rows: Source) -> int:
    """Return the number of rows of which any unit is wrong."""
    return sum(
        int(np.count_nonzero((network.predict(block.x) != block.y).any(axis=1)))
        for block in rows.blocks(PREDICTED_ROWS, None)
    )
