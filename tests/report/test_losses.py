"""What a loss is, in words that have its kind, its target and its units."""

import numpy as np
import pandas as pd
import pytest

from ann_cli.config.read import load
from ann_cli.engine.losses import LOSSES
from ann_cli.report.losses import loss_words
from ann_cli.run import begin

HALF = "half the squared error of "
DEVIATIONS = ", in standard deviations"
SURPRISE = "−log of the probability given to the actual class"


@pytest.mark.parametrize(
    ("target", "data", "keys", "words"),
    [
        ("price", {}, {}, f"{HALF}price{DEVIATIONS}"),
        ("price", {"scaling": "none"}, {}, f"{HALF}price"),
        ("price", {"scaling": "robust"}, {}, f"{HALF}price, in ranges of its middle half"),
        ("price", {"scaling": "quartiles"}, {}, f"{HALF}price{DEVIATIONS}"),
        ("price", {"target_transform": "log"}, {}, f"{HALF}the logarithm of price{DEVIATIONS}"),
        (["a", "price"], {}, {}, f"{HALF}a and price{DEVIATIONS}, summed"),
        (
            ["a", "price"],
            {"target_transform": {"price": "log"}},
            {},
            f"{HALF}a and the logarithm of price{DEVIATIONS}, summed",
        ),
        (
            ["b", "price"],
            {"target_transform": "power"},
            {},
            f"{HALF}the power of b and price{DEVIATIONS}, summed",
        ),
        (["a", "b", "price"], {}, {}, f"{HALF}3 numbers{DEVIATIONS}, summed"),
        ("price", {}, {"loss": "gamma"}, "half the gamma deviance of price, divided by the mean"),
        ("label", {}, {}, SURPRISE),
        ("label", {}, {"loss": "half_squared_error"}, f"{HALF}0 or 1 a class"),
        ("a\x1b\nb", {}, {}, f"{HALF}a\\x1b\\nb{DEVIATIONS}"),
    ],
)
def test_the_words_say_kind_target_and_units(tmp_path, target, data, keys, words):
    generator = np.random.default_rng(0)
    names = ["a", "b", "price", "a\x1b\nb"]
    frame = pd.DataFrame(generator.normal(10, 1, size=(40, 4)), columns=names)
    frame["label"] = ["x", "y"] * 20
    frame.to_csv(tmp_path / "data.csv", index=False)
    data = {"file": str(tmp_path / "data.csv"), "target": target, **data}
    training = begin(load({"data": data, "recipe": "none", **keys}), dry=True)
    assert loss_words(training.model) == words


def test_every_loss_has_words():
    assert all(loss.words for loss in LOSSES.values())
