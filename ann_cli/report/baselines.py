"""What a network is beside its baselines, in words."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

DESCRIPTIONS = {
    "mean": "gives the mean of the training rows, whatever a row holds",
    "majority": "predicts the most frequent class, whatever a row holds",
    "base_rates": "a machine without weights: each column by itself, as often as it is so",
    "one_layer": "a machine with as many hidden units in one layer, a restricted one",
    "pca": "as many principal components as the code has numbers: a linear autoencoder",
    "plane": "the map's units on the plane of the first two principal components, not trained",
    "kmeans": "as many centroids as the map has units, without neighbours to keep alike",
    "linear": "a model without hidden layers: a weight for each input",
    "naive": "the last value goes on",
    "seasonal_naive": "what was one season ago comes again",
    "seasonal_drift": "the same, with the mean change from season to season",
    "without_convolutions": "the same network without its convolutions",
    "gradient_boosting": "many small trees, each of which mends the errors of those before it",
}
"""What each baseline does, for who has not met it."""


def called(baseline: str) -> str:
    """Return what a baseline is called, for people."""
    return "k-means" if baseline == "kmeans" else baseline.replace("_", " ")


def verdict(differences: Mapping[str, Mapping[str, Any]], noun: str = "network") -> str:
    """Say which baselines the network beats, which it cannot be told apart from, which beat it."""
    by_standing: dict[str, list[str]] = {}
    for name, difference in differences.items():
        by_standing.setdefault(difference["verdict"], []).append(called(name))
    said = [
        f"{standing} {_listed(by_standing[standing])}"
        for standing in ("beats", "cannot be told apart from", "is worse than")
        if standing in by_standing
    ]
    words = "; it ".join(said)
    if left := by_standing.get("is not compared with"):
        words += f"; so it is not compared with {_listed(left)}"
    return f"The {noun} {words}."


def _listed(names: list[str]) -> str:
    """Return names as a sentence has them: mean, item mean and biases."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def remarks(names: Collection[str]) -> Iterator[str]:
    """Yield what a verdict on some baselines does not say by itself."""
    if "kmeans" in names:
        yield "k-means has no neighbours to keep alike: so many units can hardly be nearer."
