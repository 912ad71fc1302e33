"""Microseconds a row of row-by-row training: compiled, hand-written C, NumPy, scikit-learn.

    python tests/benchmarks/rows.py [ROWS]

The C (rows.c, `-O3 -march=native -ffast-math`, the same full shuffle) is built where gcc or cc is.
All take turns in one run; each figure is the least of its rounds. float32, ours and C's alike.
"""

import ctypes
import itertools
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPRegressor

from ann_cli.engine.activations import ACTIVATIONS, Linear, Softmax
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.losses import CrossEntropy, HalfSquaredError
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.optimizers import OPTIMIZERS
from ann_cli.engine.output import Output
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.back_propagation import BackPropagation

ROUNDS = 5
CASES = [
    ((4, 8, 1), "tanh", "sgd", 3_000_000),
    ((4, 64, 1), "tanh", "sgd", 3_000_000),
    ((4, 64, 32, 1), "relu", "adam", 300_000),
    ((784, 128, 10), "relu", "sgd", 10_000),
]
RATE = {"sgd": 0.01, "adam": 0.001}
FEW = 2_000
"""Rows for those that take a hundred microseconds each."""

Epoch = Callable[[], object]


def data(inputs: int, outputs: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, inputs)).astype("float32")
    if outputs > 1:
        return x, np.eye(outputs, dtype="float32")[generator.integers(0, outputs, rows)]
    return x, x[:, :1] / 2 - x[:, 1:2] * x[:, 2:3]


def ours(engine: str, sizes: tuple[int, ...], hidden: str, optimizer: str, rows: Rows) -> Epoch:
    output = Output(Linear(), HalfSquaredError())
    if sizes[-1] > 1:
        output = Output(Softmax(), CrossEntropy())
    layers = [Dense(units, ACTIVATIONS[hidden]()) for units in sizes[1:-1]]
    network = Network(chain_of(layers, sizes[:1], sizes[-1], output), output)
    network.initialize(np.random.default_rng(0))
    step = OPTIMIZERS[optimizer](RATE[optimizer])
    epochs = BackPropagation(network, step, generators(0), 1000, 1, engine=engine).run(rows)
    return lambda: next(epochs)


def written_in_c(sizes: tuple[int, ...], hidden: str, optimizer: str, rows: Rows) -> Epoch | None:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if not compiler or sizes[-1] > 1:
        return None
    inputs, first, second = sizes[0], sizes[1], sizes[2] if len(sizes) == 4 else 0
    library = Path(tempfile.mkdtemp()) / "rows.so"
    defined = {"INPUTS": inputs, "FIRST": first, "SECOND": second}
    named = [f"-D{name}={value}" for name, value in defined.items()]
    named += [f"-D{each.upper()}" for each in (hidden, optimizer)]
    source = Path(__file__).with_name("rows.c")
    options = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC", *named]
    subprocess.run([compiler, *options, source, "-o", library, "-lm"], check=True)
    code = ctypes.CDLL(str(library))
    code.epoch.restype = ctypes.c_double
    output = Output(Linear(), HalfSquaredError())
    layers = [Dense(units, Linear()) for units in sizes[1:-1]]
    network = Network(chain_of(layers, sizes[:1], sizes[-1], output), output)
    network.initialize(np.random.default_rng(0))
    code.begin(network.theta.ctypes.data_as(ctypes.c_void_p))
    x, y = (each.ctypes.data_as(ctypes.c_void_p) for each in (rows.x, rows.y))
    count, rate, steps = len(rows), ctypes.c_float(RATE[optimizer]), itertools.count(0, len(rows))
    return lambda: code.epoch(x, y, ctypes.c_int64(count), rate, ctypes.c_int64(next(steps)))


def scikit_learns(sizes: tuple[int, ...], hidden: str, optimizer: str, rows: Rows) -> Epoch | None:
    if sizes[-1] > 1:
        return None
    settings = {"solver": optimizer, "learning_rate_init": RATE[optimizer], "momentum": 0}
    model = MLPRegressor(
        hidden_layer_sizes=sizes[1:-1], activation=hidden, batch_size=1, **settings
    )
    return lambda: model.partial_fit(rows.x, rows.y.ravel())


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 10**9
    print("network,optimizer,compiled,C,numpy,scikit-learn,compiled/C,numpy/compiled,sklearn/ours")
    for sizes, hidden, optimizer, count in CASES:
        x, y = data(sizes[0], sizes[-1], min(count, most))
        many, few = Rows(x, y), Rows(x[:FEW], y[:FEW])
        case = (sizes, hidden, optimizer)
        racers = [
            (ours("numba", *case, many), len(many)),
            (written_in_c(*case, many), len(many)),
            (ours("numpy", *case, few), len(few)),
            (scikit_learns(*case, few), len(few)),
        ]
        least = [float("nan")] * len(racers)
        for _ in range(ROUNDS + 1):  # the first warms up, and compiles
            for index, (epoch, rows) in enumerate(racers):
                if epoch is not None:
                    started = time.perf_counter()
                    epoch()
                    least[index] = np.fmin(least[index], (time.perf_counter() - started) / rows)
        compiled, in_c, numpy, others = (1e6 * each for each in least)
        name = f"{'-'.join(map(str, sizes))} {hidden}"
        ratios = f"{compiled / in_c:.2f},{numpy / compiled:.0f},{others / compiled:.0f}"
        figures = f"{compiled:.3f},{in_c:.3f},{numpy:.1f},{others:.1f}"
        print(f"{name},{optimizer},{figures},{ratios}", flush=True)


if __name__ == "__main__":
    main()
