"""Transforms of a target, with the word of scikit-learn and of the formulas."""

import numpy as np
import pytest
from sklearn.preprocessing import PowerTransformer

from ann_cli.tasks.transforms import TRANSFORMS, Log, Power

GENERATOR = np.random.default_rng(0)
CASES = {
    "claims": GENERATOR.lognormal(7, 1.3, 500),
    "claims with none": np.where(GENERATOR.random(500) < 0.3, 0, GENERATOR.lognormal(7, 1, 500)),
    "counts": GENERATOR.poisson(2, 500).astype(float),
    "both signs": GENERATOR.standard_t(3, 500) * 1e-3 + 5e-4,
    "to the left": 3 - GENERATOR.exponential(1, 500),
}
EQUAL = np.ones(500)


@pytest.mark.parametrize("kind", TRANSFORMS.values())
@pytest.mark.parametrize("case", CASES)
def test_it_rises_and_comes_back(case, kind):
    values = CASES[case]
    made = kind.fit(values, EQUAL)
    beyond = np.sort(np.concatenate([values, [0, 1, values.max() * 3, values.min() - 1, -1]]))
    there = made.forward(beyond)
    assert np.isfinite(there).all()
    assert (np.diff(there)[np.diff(beyond) > 0] > 0).all()
    np.testing.assert_allclose(made.backward(there), beyond, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", TRANSFORMS.values())
def test_other_units_are_learned_alike(kind):
    values = CASES["claims with none"]
    one, other = kind.fit(values, EQUAL), kind.fit(values * 1e-6, EQUAL)
    np.testing.assert_allclose(one.forward(values), other.forward(values * 1e-6), atol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_the_exponent_is_that_of_scikit_learn(case):
    made = Power.fit(CASES[case], EQUAL)
    scaled = CASES[case] / made.unit
    oracle = PowerTransformer(standardize=False).fit(scaled[:, None])
    assert made.exponent == pytest.approx(oracle.lambdas_[0], abs=1e-5)
    np.testing.assert_allclose(
        made.forward(CASES[case]), oracle.transform(scaled[:, None])[:, 0], rtol=1e-4, atol=1e-6
    )
    assert made.unit == pytest.approx(np.median(np.abs(CASES[case])), rel=0.02)


def test_the_logarithm_is_one_from_the_5th_percentile_on():
    values = CASES["claims"]
    made = Log.fit(values, EQUAL)
    assert made.unit == pytest.approx(np.percentile(values, 5), rel=0.05)
    large = values[values > made.unit]
    np.testing.assert_allclose(made.forward(large), np.log(large / made.unit), rtol=1e-12)
    assert made.forward(np.array([0.0, made.unit])).tolist() == [-1, 0]


@pytest.mark.parametrize("kind", TRANSFORMS.values())
def test_weights_are_repetitions(kind):
    values = CASES["counts"]
    once, times = np.unique(values, return_counts=True)
    one, other = kind.fit(values, EQUAL), kind.fit(once, times.astype(float))
    assert vars(one) == pytest.approx(vars(other), abs=1e-6)
