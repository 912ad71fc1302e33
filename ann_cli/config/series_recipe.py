"""The recipe of a series: how a config that leaves its layers out is completed.

Networks with a skip, whose linear part alone is a good forecast, and whose hidden layers learn what
a line leaves. Measured on the four series of tests/benchmarks/families.py, beside `{lstm: 64}` with
steps as long: its error was lower on none of them, and it took 2 to 17 times as long.
"""

from math import log2
from typing import Any, TypeAlias

from ann_cli.engine.activations import Relu
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.layers.skip import Skip
from ann_cli.engine.optimizers import AdamW
from ann_cli.engine.schedules import Cosine

Keys: TypeAlias = dict[str, Any]

STEPS = 800
"""Steps of a training, about."""

REASONS = {
    "layers": "beside the hidden layer the inputs pass to the output: a line and what it leaves",
    "optimizer": "adam whose weights shrink a little at each step",
    "l2": "the optimizer shrinks the weights",
    "schedule": "up quickly, and down to 0 along half a cosine",
    "ensemble": "networks that differ make different mistakes",
}


def choices(windows: int) -> tuple[Keys, list[Keys]]:
    """Return the keys for so many windows to train on, and those of the ensemble's variations."""
    batch = int(min(max(2 ** round(log2(max(windows / 30, 1.0))), 32), 256))
    epochs = min(max(round(STEPS * batch / windows), 8), 150)
    keys: Keys = {
        "layers": [_skip(1)],
        "optimizer": AdamW(0.003, weight_decay=0.05),
        "l2": 0.0,
        "epochs": epochs,
        "batch_size": batch,
        "schedule": Cosine(warm_up=round(0.03 * epochs, 2)),
    }
    return keys, [{}, {"layers": [_skip(2)]}]


def _skip(layers: int) -> Skip:
    return Skip(tuple(Dense(64, Relu(), 0.2) for _ in range(layers)))
