"""What counts as identical, close and different, on models that differ by as much as is asked."""

from copy import deepcopy

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.run.verify import compared


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    place = tmp_path_factory.mktemp("verify")
    x = np.arange(60.0)
    pd.DataFrame({"a": x, "b": x % 7, "y": 2 * x - x % 7}).to_csv(place / "d.csv", index=False)
    data = {"file": str(place / "d.csv"), "target": "y"}
    return ann_cli.train({"data": data, "epochs": 5, "save_to": str(place / "run")}).model


@pytest.fixture
def again(model):
    return deepcopy(model)


def test_the_same_bits_are_identical(model, again):
    verdict = compared(model, again)
    assert (verdict.answer, verdict.differs) == ("identical", {})
    assert verdict.largest_weight_difference == verdict.largest_score_difference == 0


def test_the_sign_of_a_zero_is_a_bit(model, again):
    model, again = deepcopy(model), again
    model.network.theta[0], again.network.theta[0] = 0.0, -0.0
    assert compared(model, again).answer == "close"


@pytest.mark.parametrize(("factor", "answer"), [(1.009, "close"), (1.011, "different")])
def test_scores_within_one_in_a_hundred_are_close(model, again, factor, answer):
    again.network.theta[3] *= 1.5
    again.versions["numpy"] = "0.1"
    again.metrics["validation"]["rmse"] *= factor
    verdict = compared(model, again)
    assert verdict.answer == answer
    assert verdict.differs == {"numpy": (model.versions["numpy"], "0.1")}
    assert verdict.largest_score_difference == pytest.approx(factor - 1)
    largest = np.abs(model.network.theta).max()
    expected = abs(model.network.theta[3]) / 2 / largest
    assert verdict.largest_weight_difference == pytest.approx(expected, rel=1e-5)


def test_of_other_data_nothing_is_close(model, again):
    again.network.theta[3] *= 1.0001
    again.digests["file"] = "0" * 64
    assert compared(model, again).answer == "different"


def test_a_training_with_numba_is_told_from_one_without(model, again):
    again.versions["numba"] = "0.61"
    assert compared(model, again).differs == {"numba": (None, "0.61")}
