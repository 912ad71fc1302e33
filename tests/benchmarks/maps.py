"""Self-organizing maps beside somoclu and MiniSom: figures of families.py, one function a figure.

pip install minisom; somoclu's wheel has no compiled part, so that its C++ is compiled by hand, with
OpenMP and the processor's own instructions: pip download --no-binary :all: --no-deps somoclu, and
in its folder somoclu/

    g++ -O3 -march=native -fopenmp -shared -fPIC -Isrc $(python3-config --includes) \
        -I$(python -c "import numpy; print(numpy.get_include())") src/denseCpuKernels.cpp \
        src/sparseCpuKernels.cpp src/mapDistanceFunctions.cpp src/training.cpp src/uMatrix.cpp \
        somoclu_wrap.cxx -o $SITE_PACKAGES/_somoclu_wrap$(python3-config --extension-suffix)

MNIST's first 10,000 are those of images.py.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from images import DIGITS

from ann_cli.engine.maps.grid import Grid
from ann_cli.engine.maps.map import Map
from ann_cli.engine.maps.plane import Plane
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.batch_rule import BatchRule
from ann_cli.engine.trainers.online_rule import OnlineRule

SIDE, ROWS, INPUTS = 20, 10_000, 20


def _rows(x: np.ndarray) -> Rows:
    return Rows(x, np.empty((len(x), 0), x.dtype))


def _made() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(ROWS, INPUTS)).astype("float32")


def _least(rivals: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the least milliseconds of each, in turn; the first round is not counted."""
    found: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(rounds + 1):
        for name, epoch in rivals.items():
            started = time.perf_counter()
            epoch()
            found[name].append((time.perf_counter() - started) * 1e3)
    return {name: min(times[1:]) for name, times in found.items()}


def _printed(found: dict[str, float], own: str) -> None:
    print("rival,least ms an epoch,beside ours")
    for name, milliseconds in found.items():
        print(f"{name},{milliseconds:.1f},{milliseconds / found[own]:.1f}", flush=True)


def _ours(rule: type, engine: str, x: np.ndarray) -> Callable[[], object]:
    made = rule(Map(Grid(SIDE, SIDE), INPUTS), generators(0), 10_000, (10.0, 0.5))
    made.engine = engine
    epochs = made.run(_rows(x))
    return lambda: next(epochs)


def map_batch_speed(rounds: int, threads: int) -> None:
    """20 × 20 units on 10,000 × 20: at least 10 × somoclu on as many threads, 50 × MiniSom."""
    x = _made()
    found = _least({"ours": _ours(BatchRule, "numpy", x)}, rounds)
    if somoclu := _somoclu(x):
        # What it does before and after its epochs does not count.
        times = _least({"five": lambda: somoclu(5), "one": lambda: somoclu(1)}, min(rounds, 3))
        found["somoclu"] = (times["five"] - times["one"]) / 4
    if minisom := _minisom(x):
        found |= _least({"minisom": lambda: minisom.train_batch_offline(x, 1)}, 1)
    _printed(found, "ours")


def map_online_speed(rounds: int, threads: int) -> None:
    """The same row by row: at least 4 × MiniSom."""
    x = _made()
    rivals = {engine: _ours(OnlineRule, engine, x) for engine in ("numba", "numpy")}
    found = _least(rivals, min(rounds, 3))
    if minisom := _minisom(x):
        found |= _least({"minisom": lambda: minisom.train(x, len(x))}, 1)
    _printed(found, "numba")


def map_online_equality(rounds: int, threads: int) -> None:
    """The same rule, first units, schedule and order as MiniSom: its error within 2%."""
    x, epochs = _made()[:3000], 3
    made = OnlineRule(
        Map(Grid(SIDE, SIDE), INPUTS), generators(0), epochs, (10.0, 1.0), shuffle=False
    )
    made.engine = "numba"
    for _ in made.run(_rows(x)):
        pass
    peer = _minisom(x)
    if peer is None:
        return
    peer._weights = Plane.of(_rows(x)).units(made.network.grid).reshape(SIDE, SIDE, -1)
    peer._learning_rate_decay_function = lambda rate, t, most: 0.5 * (1 - t / most)
    peer._sigma_decay_function = lambda sigma, t, most: 10 * 0.1 ** (t / most)
    peer.train(x, epochs * len(x))
    own, other = made.network.predict(x)[:, 1].mean(), peer.quantization_error(x)
    print(f"ours,{own:.4f}\nminisom,{other:.4f}\nshare,{abs(own / other - 1):.2e}", flush=True)


def map_quality(rounds: int, threads: int) -> None:
    """Distance and torn rows of the batch rule by its defaults; beside k-means of as many units."""
    from sklearn.cluster import KMeans

    digits = pd.read_csv(DIGITS).filter(like="pixel").to_numpy("float32") / 16
    tables = {"digits 15 × 15, at most 1.05 at 0.08": (digits, 15)}
    if "MNIST" in os.environ:
        tables["mnist 20 × 20, at most 2.20 at 0.15"] = (_mnist(), 20)
    print("table,distance,torn,seconds,k-means")
    for name, (x, side) in tables.items():
        started = time.perf_counter()
        made = BatchRule(Map(Grid(side, side), x.shape[1]), generators(0), 20, (side / 2, 0.5))
        for _ in made.run(_rows(x)):
            pass
        seconds = time.perf_counter() - started
        outputs = made.network.predict(x)
        near = made.network.grid.are_neighbours(*outputs[:, [0, 2]].T.astype(int))
        peer = KMeans(side**2, n_init=1, max_iter=30, random_state=0).fit(x)
        least = peer.transform(x).min(axis=1).mean()
        numbers = (outputs[:, 1].mean(), 1 - near.mean(), seconds, least)
        print(name, *(f"{each:.3f}" for each in numbers), sep=",", flush=True)


def _mnist() -> np.ndarray:
    """Return MNIST's first 10,000, pixels from 0 to 1, in 20 principal components."""
    folder = Path(os.environ["MNIST"])
    parts = [json.loads((folder / f"{digit}.json").read_text())["data"] for digit in range(10)]
    x = np.concatenate([np.array(each, "float64").reshape(-1, 784) for each in parts])
    x -= x.mean(axis=0)
    _, _, directions = np.linalg.svd(x, full_matrices=False)
    return (x @ directions[:20].T).astype("float32")


def _minisom(x: np.ndarray):  # type: ignore[no-untyped-def]
    try:
        from minisom import MiniSom
    except ImportError:
        print("MiniSom is not installed")
        return None
    return MiniSom(SIDE, SIDE, x.shape[1], sigma=10, learning_rate=0.5, random_seed=0)


def _somoclu(x: np.ndarray) -> Callable[[int], object] | None:
    """Return what trains for so many epochs."""
    try:
        import somoclu
        from somoclu.somoclu_wrap import train  # noqa: F401
    except ImportError:
        print("somoclu is not installed, or not compiled")
        return None
    first = np.random.default_rng(0).normal(size=(SIDE * SIDE, INPUTS)).astype("float32")
    made = somoclu.Somoclu(SIDE, SIDE, initialcodebook=first, compactsupport=False)
    made.update_data(x)
    return lambda epochs: made.train(epochs=epochs, radius0=10, radiusN=1)


MAPS = {
    "map_batch_speed": map_batch_speed,
    "map_online_speed": map_online_speed,
    "map_online_equality": map_online_equality,
    "map_quality": map_quality,
}
