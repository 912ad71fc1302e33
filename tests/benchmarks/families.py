"""Families of networks, beside PyTorch's and others: what a step takes, what they reach.

    python tests/benchmarks/families.py [--only conv_speed] [--threads 2] [--rounds 15]

PyTorch is measured where it is installed, in turn with ours and on as many threads. Where others
use the machine, the least of the times tells more than the median; with one thread, times are those
of the thread, which others hardly disturb.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from autoencoders import unusual_rows
from images import ACCURACY
from machines import MACHINES
from maps import MAPS
from recommenders import RECOMMENDERS
from threadpoolctl import threadpool_limits

import ann_cli
from ann_cli.engine.activations import Linear, Relu, Softmax
from ann_cli.engine.layers import LAYERS
from ann_cli.engine.layers.conv import Conv
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.layers.pool import Pool
from ann_cli.engine.losses import CrossEntropy, HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.optimizers import Adam
from ann_cli.engine.output import Output
from ann_cli.engine.parallel import use_threads
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.back_propagation import BackPropagation

BATCH, STEPS = 64, 10
"""Rows of a step, and steps of an epoch that is measured."""

WINDOW, CHANNELS, UNITS = 48, 4, 64
"""Of the recurrent networks."""


def in_turn(
    rivals: dict[str, Callable[[], object]], rounds: int, threads: int
) -> dict[str, list[float]]:
    """Return the milliseconds of each rival's epochs, a step; the first round is not counted."""
    clock = time.thread_time if threads == 1 else time.perf_counter
    found: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(rounds + 1):
        for name, epoch in rivals.items():
            started = clock()
            epoch()
            found[name].append((clock() - started) / STEPS * 1e3)
    return {name: times[1:] for name, times in found.items()}


def shown(found: dict[str, list[float]], beside: str) -> None:
    print("rival,least ms,median ms,ratio of least,ratio of medians")
    for name, times in found.items():
        ratios = [each(found[beside]) / each(times) for each in (min, statistics.median)]
        numbers = (min(times), statistics.median(times), *ratios)
        print(name, *(f"{number:.2f}" for number in numbers), sep=",", flush=True)


def conv_ours(x: np.ndarray, labels: np.ndarray, compiled: bool) -> Callable[[], object]:
    output = Output(Softmax(), CrossEntropy())
    layers = [Conv(16), Pool(2), Conv(32), Pool(2), Dense(64, Relu())]
    network = Network(chain_of(layers, (28, 28, 1), 10, output), output)
    network.initialize(np.random.default_rng(0))
    training = BackPropagation(
        network, Adam(), generators(0), 10_000, BATCH, compiled_pools=compiled
    )
    epochs = training.run(Rows(x, np.eye(10, dtype="float32")[labels]))
    return lambda: next(epochs)


def conv_torchs(x: np.ndarray, labels: np.ndarray, last: bool) -> Callable[[], object]:
    import torch
    from torch import nn

    layout = torch.channels_last if last else torch.contiguous_format
    rows = torch.from_numpy(x).reshape(-1, 1, 28, 28).to(memory_format=layout)
    actual = torch.from_numpy(labels)
    model = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 7 * 7, 64), nn.ReLU(), nn.Linear(64, 10)),
    ).to(memory_format=layout)
    step, loss = torch.optim.Adam(model.parameters()), nn.CrossEntropyLoss()

    def epoch() -> None:
        order = torch.randperm(len(rows))
        for start in range(0, len(rows), BATCH):
            chosen = order[start : start + BATCH]
            step.zero_grad()
            loss(model(rows[chosen]), actual[chosen]).backward()
            step.step()

    return epoch


def conv_speed(rounds: int, threads: int) -> None:
    """28 × 28, conv 16 3 × 3, pool 2, conv 32, pool 2, dense 64, softmax; batch 64, Adam."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(BATCH * STEPS, 784)).astype("float32")
    labels = generator.integers(0, 10, len(x))
    rivals = {"numpy": conv_ours(x, labels, False), "with numba": conv_ours(x, labels, True)}
    if has_torch():
        rivals["torch"] = conv_torchs(x, labels, False)
        rivals["torch channels_last"] = conv_torchs(x, labels, True)
    shown(in_turn(rivals, rounds, threads), "torch" if has_torch() else "numpy")


def recurrent_ours(kind: str, engine: str, x: np.ndarray, y: np.ndarray) -> Callable[[], object]:
    output = Output(Linear(), HalfSquaredError())
    layers = [LAYERS[kind](**{kind: UNITS})]
    network = Network(chain_of(layers, (WINDOW, CHANNELS), 1, output), output)
    network.initialize(np.random.default_rng(0))
    training = BackPropagation(network, Adam(), generators(0), 10_000, BATCH, engine=engine)
    epochs = training.run(Rows(x, y))
    return lambda: next(epochs)


def recurrent_torchs(kind: str, x: np.ndarray, y: np.ndarray) -> Callable[[], object]:
    import torch
    from torch import nn

    layer = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[kind](CHANNELS, UNITS, batch_first=True)
    output = nn.Linear(UNITS, 1)
    optimizer = torch.optim.Adam([*layer.parameters(), *output.parameters()])
    rows, actual = torch.from_numpy(x).reshape(-1, WINDOW, CHANNELS), torch.from_numpy(y)

    def epoch() -> None:
        order = torch.randperm(len(rows))
        for start in range(0, len(rows), BATCH):
            chosen = order[start : start + BATCH]
            optimizer.zero_grad()
            states, _ = layer(rows[chosen])
            (0.5 * (output(states[:, -1]) - actual[chosen]) ** 2).mean().backward()
            optimizer.step()

    return epoch


def recurrent_speed(rounds: int, threads: int) -> None:
    """A layer of 64 units on windows of 48 steps of 4 inputs, and an output; batch 64, Adam."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(BATCH * STEPS, WINDOW * CHANNELS)).astype("float32")
    y = generator.normal(size=(len(x), 1)).astype("float32")
    for kind in ("lstm", "gru", "rnn"):
        rivals = {
            f"{kind} numpy": recurrent_ours(kind, "numpy", x, y),
            f"{kind} with numba": recurrent_ours(kind, "numba", x, y),
        }
        if has_torch():
            rivals[f"{kind} torch"] = recurrent_torchs(kind, x, y)
        shown(in_turn(rivals, rounds, threads), f"{kind} torch" if has_torch() else f"{kind} numpy")


def recurrent_equality(rounds: int, threads: int) -> None:
    """How far gradients are from PyTorch's, with the same weights, in float64."""
    if not has_torch():
        return
    import torch
    from torch import nn

    gates = {
        "rnn": [""],
        "gru": ["reset_gate.", "update_gate.", "candidate."],
        "lstm": ["input_gate.", "forget_gate.", "candidate.", "output_gate."],
    }
    generator = np.random.default_rng(0)
    x = generator.normal(size=(BATCH, WINDOW * CHANNELS))
    y = generator.normal(size=(BATCH, 1))
    output = Output(Linear(), HalfSquaredError())
    print("kind,loss's difference,greatest difference of a gradient,greatest gradient")
    for kind, names in gates.items():
        layers = [LAYERS[kind](**{kind: UNITS})]
        chain = chain_of(layers, (WINDOW, CHANNELS), 1, output)
        network = Network(chain, output, "float64")
        network.initialize(generator)
        layer = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[kind](
            CHANNELS, UNITS, batch_first=True, dtype=torch.float64
        )
        last = nn.Linear(UNITS, 1, dtype=torch.float64)
        # One of their two biases is enough, but for the sum of the state in a GRU's candidate.
        recurrent = [
            f"{name}recurrent_bias" if name == "candidate." and kind == "gru" else ""
            for name in names
        ]
        places = {
            layer.weight_ih_l0: [f"{name}input_weights" for name in names],
            layer.weight_hh_l0: [f"{name}recurrent_weights" for name in names],
            layer.bias_ih_l0: [f"{name}bias" for name in names],
            layer.bias_hh_l0: recurrent,
        }
        values, slopes = (network.views(each, "0") for each in (network.stored, network.grad))
        with torch.no_grad():
            for theirs, ours in places.items():
                nothing = np.zeros(UNITS)
                parts = [values[name].T if name else nothing for name in ours]
                theirs.copy_(torch.from_numpy(np.concatenate(parts)))
            ours_last = network.views(network.stored, "1")
            last.weight.copy_(torch.from_numpy(ours_last["weights"].T.copy()))
            last.bias.copy_(torch.from_numpy(ours_last["bias"].copy()))
        loss = network.gradient(x, y, None, None)
        states, _ = layer(torch.from_numpy(x).reshape(-1, WINDOW, CHANNELS))
        theirs_loss = (0.5 * (last(states[:, -1]) - torch.from_numpy(y)) ** 2).mean()
        theirs_loss.backward()
        worst = greatest = 0.0
        for theirs, ours in places.items():
            for name, part in zip(ours, np.split(theirs.grad.numpy(), len(ours)), strict=True):
                if name:
                    worst = max(worst, np.abs(part.T - slopes[name]).max())
                    greatest = max(greatest, np.abs(part).max())
        print(f"{kind},{abs(loss - theirs_loss.item()):.1e},{worst:.1e},{greatest:.1e}")


ROOT = Path(__file__).parents[2]

SERIES: dict[str, tuple[float, dict[str, object]]] = {
    "air_passengers": (
        0.80,
        {"file": "datasets/air_passengers.csv", "target": "passengers", "time": "month"}
        | {"window": 24, "horizon": 12, "test": 36 / 144},
    ),
    "electricity": (
        0.63,
        {"file": "datasets/electricity.csv", "target": "demand", "time": "time"}
        | {"known": ["workday", "temperature"], "window": 96, "horizon": 48}
        | {"test": 56 * 48 / 17_520},
    ),
    "us_employment": (
        0.37,
        {"file": "tests/benchmarks/data/us_employment.csv.gz", "target": "employed"}
        | {"time": "month", "series": "industry", "window": 24, "horizon": 12, "test": 36 / 357},
    ),
    "sunspots": (
        0.64,
        {"file": "datasets/sunspots.csv", "target": "sunspots", "time": "month"}
        | {"window": 60, "horizon": 6, "test": 264 / 2820},
    ),
}
"""The greatest MASE that is to be reached, and the data; the latest rows test."""

DIFFERENCES = ("auto", "none", "season", "step")


def series_accuracy(rounds: int, threads: int) -> None:
    """MASE of configs without layers on the latest rows, all origins, beside their baselines.

    All before the test is trained on. `auto` is to be the least of the differences, or near it.
    """
    print("series,asked,auto is,auto,none,season,step,naive,seasonal naive,drift,linear,seconds")
    for name, (asked, data) in SERIES.items():
        found, metrics, chosen = {}, {}, ""
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            for difference in DIFFERENCES:
                config = {
                    "data": data | {"file": str(ROOT / str(data["file"])), "validation": 0},
                    "difference": difference,
                    "save_to": f"{folder}/{difference}",
                }
                run = ann_cli.train(config)
                found[difference] = run.metrics["test"]["mase"]
                if difference == "auto":
                    metrics, chosen = run.metrics, run.model.config.difference
                    seconds = time.perf_counter() - started
        others = [each["mase"] for each in metrics["baselines"].values()]
        numbers = (f"{each:.3f}" for each in (*found.values(), *others))
        print(name, asked, chosen, *numbers, f"{seconds:.1f}", sep=",", flush=True)


def has_torch() -> bool:
    try:
        import torch  # noqa: F401
    except ImportError:
        print("PyTorch is not installed: only ours is measured", file=sys.stderr)
        return False
    return True


FIGURES = {
    "conv_speed": conv_speed,
    "recurrent_speed": recurrent_speed,
    "recurrent_equality": recurrent_equality,
    "series_accuracy": series_accuracy,
    **ACCURACY,
    "unusual_rows": unusual_rows,
    **MAPS,
    **MACHINES,
    **RECOMMENDERS,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=FIGURES)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    if has_torch():
        import torch

        torch.set_num_threads(given.threads)
    use_threads(given.threads)
    with threadpool_limits(1, "blas"):
        for name, figure in FIGURES.items():
            if given.only in (None, name):
                print(f"{name}: {figure.__doc__}")
                figure(given.rounds, given.threads)


if __name__ == "__main__":
    main()
