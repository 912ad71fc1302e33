"""Threshold units: the rows that they leave undecided."""

import numpy as np

from ann_cli.engine.network import PREDICTED_ROWS, Network
from ann_cli.engine.rows import Source


def undecided(network: Network, rows: Source) -> dict[str, int]:
    """Return the number of rows for which no unit fires, and for which several do."""
    fire = np.concatenate(
        [network.predict(block.x).sum(axis=1) for block in rows.blocks(PREDICTED_ROWS, None)]
    )
    return {"none": int(np.count_nonzero(fire == 0)), "several": int(np.count_nonzero(fire > 1))}
