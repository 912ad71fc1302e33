"""Rows a second of mini-batch training, 784-128-64-10 relu in float32, beside PyTorch's.

    python tests/benchmarks/minibatch.py

PyTorch is measured where it is installed, in turn with ours and on the same number of threads.
"""

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from ann_cli.engine.activations import Relu, Softmax
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.losses import CrossEntropy
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.optimizers import OPTIMIZERS
from ann_cli.engine.output import Output
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.back_propagation import BackPropagation

ROWS, SIZES, ROUNDS = 20_000, (784, 128, 64, 10), 5


def ours(x: np.ndarray, labels: np.ndarray, optimizer: str, batch: int) -> Callable[[], object]:
    output = Output(Softmax(), CrossEntropy())
    layers = [Dense(units, Relu()) for units in SIZES[1:-1]]
    network = Network(chain_of(layers, SIZES[:1], SIZES[-1], output), output)
    network.initialize(np.random.default_rng(0))
    training = BackPropagation(network, OPTIMIZERS[optimizer](), generators(0), 1000, batch)
    epochs = training.run(Rows(x, np.eye(10, dtype="float32")[labels]))
    return lambda: next(epochs)


def torchs(x: np.ndarray, labels: np.ndarray, optimizer: str, batch: int) -> Callable[[], object]:
    import torch
    from torch import nn

    rows, actual = torch.from_numpy(x), torch.from_numpy(labels)
    model = nn.Sequential(
        nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    )
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[optimizer]
    step, loss = kind(model.parameters(), lr=0.001), nn.CrossEntropyLoss()

    def epoch() -> None:
        order = torch.randperm(len(rows))
        for start in range(0, len(rows), batch):
            chosen = order[start : start + batch]
            step.zero_grad()
            loss(model(rows[chosen]), actual[chosen]).backward()
            step.step()

    return epoch


def main() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(ROWS, 784)).astype("float32")
    labels = generator.integers(0, 10, ROWS)
    rivals = {"ann": ours}
    try:
        import torch  # noqa: F401

        rivals["torch"] = torchs
    except ImportError:
        print("PyTorch is not installed: only ours is measured", file=sys.stderr)
    print("optimizer,batch," + ",".join(f"{name} rows/s" for name in rivals) + ",ratio")
    for optimizer in ("sgd", "adam"):
        for batch in (32, 128, 512):
            epochs = [make(x, labels, optimizer, batch) for make in rivals.values()]
            rates: list[list[float]] = [[] for _ in epochs]
            for _ in range(ROUNDS + 1):
                for epoch, measured in zip(epochs, rates, strict=True):
                    started = time.perf_counter()
                    epoch()
                    measured.append(ROWS / (time.perf_counter() - started))
            medians = [statistics.median(measured[1:]) for measured in rates]
            shown = ",".join(f"{rate:.0f}" for rate in medians)
            print(f"{optimizer},{batch},{shown},{medians[0] / medians[-1]:.2f}", flush=True)


if __name__ == "__main__":
    main()
