"""The article, claim by claim: runs each command, and writes what it came to into claims.json.

    python tests/benchmarks/article.py [CLAIM]...
    python -m ann_cli.cli.reference docs     # docs/article.md is made of claims.json

Measured in epochs, rows, losses and counts, which other work on the machine does not change;
seconds only as ratios of two commands, run one after the other.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import mean, pstdev
from typing import Any

import numpy as np

from ann_cli.experiments.claims import FILE, claims

ROOT = Path(__file__).parents[2]
LOSS = 0.12
"""The training loss that the three ways of descent are to reach."""


@dataclass(frozen=True)
class Ran:
    """A command that has run."""

    status: int
    document: dict[str, Any]
    """What `--json` prints."""
    said: str
    history: list[dict[str, str]]
    """The run's history.csv, of `ann train`."""
    megabytes: float
    """The most memory that it took."""

    def result(self, value: object) -> dict[str, Any]:
        """Return a comparison's result for one value of what it varies."""
        for each in self.document["results"]:
            if each.get("activation", *each.get("settings", {}).values()) == value:
                return each
        raise KeyError(value)


Measured = tuple[str, str]
"""What was measured, and whether the claim holds: "yes", "no", or "in part" and why."""


def stuck(compared: Ran) -> Measured:
    shares = {
        name: compared.result(name)["saturated_units"] for name in ("sigmoid", "tanh", "relu")
    }
    scores = {name: compared.result(name)["accuracy"] for name in shares}
    told = ", ".join(f"{name} {scores[name]:.2f} ({shares[name]:.0%})" for name in shares)
    holds = scores["sigmoid"] < scores["tanh"] < scores["relu"]
    by_units = "" if shares["tanh"] < shares["sigmoid"] else ", though more of its units saturate"
    return (
        f"accuracy, and in brackets units saturated at the end: {told}",
        f"yes: tanh gets further{by_units}" if holds else "no",
    )


def six_times(compared: Ran) -> Measured:
    relu, tanh = (compared.result(name)["epochs_to_target"] for name in ("relu", "tanh"))
    times = tanh / relu
    return (
        f"epochs to the same validation loss: relu {relu:.1f}, tanh {tanh:.1f}: {times:.1f} times",
        "yes" if times >= 6 else "in part: faster, and not 6 times" if times > 1 else "no",
    )


def dying(compared: Ran, trained: Ran) -> Measured:
    names = ("relu", "leaky_relu", "randomized_relu")
    dead = {name: compared.result(name)["dead_units"] for name in names}
    scores = {name: compared.result(name)["rmse"] for name in names}
    told = ", ".join(f"{name} {dead[name]:.0%} (RMSE {scores[name]:,.0f})" for name in names)
    alive = dead["relu"] > 0.25 > max(dead["leaky_relu"], dead["randomized_relu"])
    warned = "; `train` warns of it" if trained.document["metrics"]["warnings"] else ""
    standing = {compared.result(name)["standing"] for name in names}
    cost = "" if "clearly worse" in standing else "; the scores cannot be told apart"
    return f"dead units: {told}{warned}{cost}", "yes" if alive else "no"


def one_line(trained: Ran) -> Measured:
    metrics = trained.document["metrics"]
    ours, line = metrics["training"]["r2"], metrics["baselines"]["linear"]["r2"]
    with np.load(trained.document["weights"]) as arrays:
        product = np.eye(arrays["layers.0.weights"].shape[0])
        for layer in range(4):
            product = product @ arrays[f"layers.{layer}.weights"].astype(float)
    return (
        f"R² of four linear layers {ours:.4f}, of a line {line:.4f}; the product of the four "
        f"weight matrices is one of {product.shape[0]} × {product.shape[1]}",
        "yes" if abs(ours - line) < 1e-3 else "no",
    )


def undecided(threshold: Ran, softmax: Ran) -> Measured:
    seen = threshold.document["metrics"]["validation"]
    counts, accuracy = seen["undecided"], seen["accuracy"]
    other = softmax.document["metrics"]["validation"]["accuracy"]
    total = counts["none"] + counts["several"]
    return (
        f"{total} of {seen['rows']} rows undecided ({counts['several']} with several units at 1, "
        f"{counts['none']} with none): accuracy {accuracy:.2f}, softmax {other:.2f}",
        "yes" if total and other > accuracy else "no",
    )


def hidden_layer(compared: Ran) -> Measured:
    without, with_one = compared.result([]), compared.result([{"units": 64}])
    return (
        f"RMSE {with_one['rmse']:,.0f} with a hidden layer, {without['rmse']:,.0f} without "
        f"(R² {with_one['r2']:.3f}, {without['r2']:.3f})",
        "yes" if without["standing"] == "clearly worse" else "no",
    )


def first_weights(compared: Ran) -> Measured:
    by_name = {str(each["settings"]["initializer"]): each for each in compared.document["results"]}
    small, zeros = by_name["auto"]["r2"], by_name["zeros"]["r2"]
    (large,) = (each["r2"] for name, each in by_name.items() if name not in ("auto", "zeros"))
    return (
        f"R² from small random weights {small:.3f}, from weights of up to 5 {large:.3f}, from "
        f"zeros {abs(zeros):.3f}, which is the mean price for every house",
        "yes" if small > max(large, zeros) and zeros < 0.01 else "no",
    )


def brute_force(one: Ran, two: Ran, six: Ran) -> Measured:
    trials = [each.document["metrics"]["brute_force"]["trials"] for each in (one, two)]
    refusal = six.document["error"]["problems"][0]["message"].split(":", 1)[-1].strip()
    return (
        f"1 weight: {trials[0]:,} trials; 2: {trials[1]:,}; 6: refused ({refusal})",
        "yes" if six.status == 2 and trials[1] == trials[0] ** 2 else "no",
    )


def escapes(compared: Ran) -> Measured:
    out = {
        size: sum(each > 0.5 for each in compared.result(size)["by_seed"]) for size in (1, "full")
    }
    seeds = len(compared.document["seeds"])
    return (
        f"out of the local minimum: row by row {out[1]} of {seeds} seeds, full batch {out['full']}",
        "yes" if out[1] > out["full"] else "no",
    )


def reached(trained: Ran) -> tuple[int, float]:
    """Return the epochs to LOSS, and the seconds they took."""
    found = [float(row["loss"]) <= LOSS for row in trained.history]
    epochs = found.index(True) + 1
    return epochs, trained.document["metrics"]["seconds"] * epochs / len(found)


def three_ways(single: Ran, mini: Ran, full: Ran) -> Measured:
    rows = single.document["metrics"]["training"]["rows"]
    epochs, seconds = zip(*map(reached, (single, mini, full)), strict=True)
    steps = [count * -(-rows // size) for count, size in zip(epochs, (1, 32, rows), strict=True)]
    told = "; ".join(
        f"{name} {step:,} steps, {count * rows:,} rows"
        for name, step, count in zip(("row by row", "by 32", "full"), steps, epochs, strict=True)
    )
    more, fewer = steps[0] > steps[2], epochs[0] < epochs[2]
    cheap = "yes" if seconds[0] < seconds[2] else "in part: in rows, not in NumPy's seconds"
    times = f"{seconds[0] / seconds[2]:.1f} and by 32 {seconds[1] / seconds[2]:.1f}"
    return (
        f"to a training loss of {LOSS}: {told}; row by row takes {times} times the seconds of full",
        cheap if more and fewer else "no",
    )


def noise(single: Ran, mini: Ran, full: Ran) -> Measured:
    jumps = []
    for each in (single, mini, full):
        losses = [float(row["validation_loss"]) for row in each.history[-50:]]
        changes = [after - before for before, after in pairwise(losses)]
        jumps.append(pstdev(changes) / mean(losses))
    return (
        "jumps of the validation loss from epoch to epoch, as a share of it, last 50 epochs: "
        f"row by row {jumps[0]:.1%}, by 32 {jumps[1]:.1%}, full {jumps[2]:.2%}",
        "yes" if jumps[0] > jumps[2] else "no",
    )


def memory(_: Ran, whole: Ran, streamed: Ran) -> Measured:
    rows = whole.document["metrics"]["training"]["rows"]
    r2 = [each.document["metrics"]["training"]["r2"] for each in (whole, streamed)]
    return (
        f"{rows:,} rows: {whole.megabytes:,.0f} MB held in memory, {streamed.megabytes:,.0f} MB "
        f"streamed, of which Python and its libraries take most; R² {r2[0]:.2f} and {r2[1]:.2f}",
        "yes" if streamed.megabytes < whole.megabytes else "no",
    )


def xor(line: Ran, hidden: Ran) -> Measured:
    right = [each.document["metrics"]["training"]["accuracy"] * 4 for each in (line, hidden)]
    return (
        f"rows right: {right[0]:.0f} of 4 without a hidden layer, {right[1]:.0f} of 4 with one",
        "yes" if right[0] < right[1] == 4 else "no",
    )


def perceptron(trained: Ran) -> Measured:
    found = trained.document["metrics"]["perceptron"]
    return (
        f"{found['errors']} errors on the training rows after epoch {found['epoch']}",
        "yes" if found["separable"] else "no",
    )


def learning_rate(small: Ran, right: Ran, large: Ran) -> Measured:
    r2 = [each.document["metrics"]["training"]["r2"] for each in (small, right)]
    said = large.document["error"]["problems"][0]["message"]
    return (
        f"R² after 100 steps: {r2[0]:.2f} at 0.0001, {r2[1]:.2f} at 0.1; at 2 {said}",
        "yes" if r2[0] < r2[1] and large.status == 6 else "no",
    )


MEASURES: dict[str, Callable[..., Measured]] = {
    "saturation": stuck,
    "six-times": six_times,
    "dying": dying,
    "linear": one_line,
    "perceptron": perceptron,
    "xor": xor,
    "undecided": undecided,
    "hidden-layer": hidden_layer,
    "first-weights": first_weights,
    "brute-force": brute_force,
    "learning-rate": learning_rate,
    "local-minimum": escapes,
    "three-ways": three_ways,
    "noise": noise,
    "memory": memory,
}
"""What the results of each claim's commands say of it."""


def run(command: str, folder: Path) -> Ran:
    ours = command.startswith("ann ")
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        # bash becomes the command, so that the memory is that of ann.
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command} --json" if ours else command],
            cwd=folder,
            stdout=out,
            stderr=err,
            env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        document = json.loads(out.read()) if ours else {}
        said = err.read().decode()
    history: list[dict[str, str]] = []
    if "weights" in document:
        path = folder / document["weights"]
        document["weights"] = str(path)
        with (path.parent / "history.csv").open() as file:
            history = list(csv.DictReader(file))
    return Ran(process.returncode, document, said, history, used.ru_maxrss / 1024)


def main(names: Sequence[str]) -> None:
    measured = claims()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in ("configs", "datasets"):
            shutil.copytree(ROOT / each, folder / each)
        for each in names or MEASURES:
            ran = (run(command, folder) for command in measured[each].commands)
            told, holds = MEASURES[each](*ran)
            print(f"{each}: {told}; holds: {holds}", flush=True)
            measured[each] = replace(measured[each], measured=told, holds=holds)
    document = [
        {key: value for key, value in vars(claim).items() if key != "status" or value}
        for claim in measured.values()
    ]
    FILE.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
