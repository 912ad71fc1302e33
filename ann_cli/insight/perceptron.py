"""The perceptron: what its units get wrong, and the rows that they leave undecided."""

from typing import Any

import numpy as np

from ann_cli.engine.network import PREDICTED_ROWS, Network
from ann_cli.engine.rows import Source


def errors(network: Network, rows: Source) -> int:
    """Return the number of rows of which any unit is wrong."""
    return sum(
        int(np.count_nonzero((network.predict(block.x) != block.y).any(axis=1)))
        for block in rows.blocks(PREDICTED_ROWS, None)
    )


def separated(best: dict[str, float]) -> dict[str, Any]:
    """Return the fewest errors on the training rows, their epoch, and whether that is none.

    No errors prove that the classes are linearly separable; errors prove nothing, as more epochs
    might have ended them: None.
    """
    fewest = int(best["errors"])
    return {
        "separable": True if fewest == 0 else None,
        "epoch": int(best["epoch"]),
        "errors": fewest,
    }


def undecided(network: Network, rows: Source) -> dict[str, int]:
    """Return the number of rows for which no unit fires, and for which several do."""
    fire = np.concatenate(
        [network.predict(block.x).sum(axis=1) for block in rows.blocks(PREDICTED_ROWS, None)]
    )
    return {"none": int(np.count_nonzero(fire == 0)), "several": int(np.count_nonzero(fire > 1))}
