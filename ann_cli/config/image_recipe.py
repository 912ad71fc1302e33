"""The recipe of pictures: the convolutional network of a config that leaves its layers out.

LeCun et al. 1998, "Gradient-based learning applied to document recognition": kernels that look at
each place, pools that forget where exactly, and a layer that reads what is left.
"""

from math import prod
from typing import Any

from ann_cli.config.ensemble import Ensemble
from ann_cli.engine.layers.conv import Conv
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.layers.layer import LayerEntry
from ann_cli.engine.layers.pool import Pool
from ann_cli.engine.optimizers import Adam
from ann_cli.engine.parameters import Shape
from ann_cli.engine.schedules import Cosine

STEPS = 1_600
"""Steps of a training on few pictures, about: on 1,437 of digits 40 epochs."""

SMALL, MEMBERS = 2_000_000, 4
"""Pixels of all rows together up to which networks are trained side by side, and how many. On
digits, in 5 folds, four have an accuracy of 0.991, and one of 0.986."""

STAGES = (8, 48, 128)
"""The sizes of the smaller side from which a picture has one convolution and pool more."""

REASONS = {
    "layers": "kernels look at each place of a picture; pools forget where exactly it was",
    "optimizer": "a step of its own size for each weight",
    "schedule": "up quickly, and down to 0 along half a cosine",
    "ensemble": "networks that start elsewhere make different mistakes",
    "l2": "dropout holds the network back already",
}


def keys_for(shape: Shape, rows: int) -> dict[str, Any]:
    """Return the keys that pictures of a shape are learned with, so many rows of them."""
    stages = 1 + sum(min(shape[:2]) >= least for least in STAGES)
    pools = [Pool(2)] if min(shape[:2]) > 1 else []
    layers: list[LayerEntry] = []
    for stage in range(stages):
        layers += [Conv(16 << stage), *pools]
    batch = 32 if rows < 5_000 else 64
    epochs = min(max(round(STEPS * batch / rows), 5), 40)
    if rows < 20_000:
        epochs = max(epochs, 12)
    several = prod(shape) * rows <= SMALL
    return {
        **({"ensemble": Ensemble(members=MEMBERS, folds=1, variations=[])} if several else {}),
        "layers": [*layers, Dense(64, dropout=0.3)],
        "optimizer": Adam(learning_rate=0.003 if batch == 32 else 0.002),
        "l2": 0.0,
        "schedule": Cosine(warm_up=0.05),
        "epochs": epochs,
        "batch_size": batch,
    }
