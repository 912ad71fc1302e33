"""Drift: its tests are SciPy's, it is silent on rows of one kind and speaks of others."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ann_cli.data.columns.encoder import Encoder
from ann_cli.insight.drift import (
    chi_square_chance,
    chi_square_tail,
    drifts,
    fisher_chance,
    holm,
    kolmogorov_smirnov,
)

KINDS = {"size": "number", "sold": "boolean", "zone": "category"}


def table(rows, generator):
    return pd.DataFrame(
        {
            "size": np.where(generator.random(rows) < 0.1, np.nan, generator.normal(size=rows)),
            "sold": generator.integers(2, size=rows).astype(float),
            "zone": generator.choice(["a", "b", "c"], rows, p=[0.6, 0.35, 0.05]),
            "price": generator.normal(size=rows),
        }
    )


def compared(training, others):
    features = Encoder.fit(training, KINDS, "price", "regression", "standard").features
    return {each.column: each for each in drifts(training, others, {f.name: f for f in features})}


@pytest.mark.parametrize("rows", [(40, 60), (300, 500), (9000, 400)])
def test_the_gap_of_numbers_is_scipys(rows):
    generator = np.random.default_rng(1)
    one, other = generator.normal(size=rows[0]), generator.normal(0.15, size=rows[1])
    expected = stats.ks_2samp(one, other, method="exact")
    gap, chance = kolmogorov_smirnov(one, other)
    assert gap == pytest.approx(expected.statistic)
    assert chance == pytest.approx(expected.pvalue, rel=0.15)


@pytest.mark.parametrize(("value", "degrees"), [(1, 1), (3.3, 2), (10, 3), (12, 4), (100, 31)])
def test_the_tail_of_chi_square_is_scipys(value, degrees):
    assert chi_square_tail(value, degrees) == pytest.approx(stats.chi2.sf(value, degrees))


@pytest.mark.parametrize("counts", [[[0, 2344], [20, 566]], [[3, 10], [1, 50]], [[5, 0], [1, 7]]])
def test_a_small_table_has_fishers_test(counts):
    expected = stats.fisher_exact(counts).pvalue
    assert fisher_chance(np.array(counts, float)) == pytest.approx(expected)
    assert chi_square_chance(np.array(counts, float)) == pytest.approx(expected)


@pytest.mark.parametrize(("rare", "kept"), [([[3, 4], [2, 5]], 3), ([[1, 0], [0, 2]], 2)])
def test_a_table_has_pearsons_test_and_rare_categories_count_as_one(rare, kept):
    """With the rarest of the others, where they are too few together."""
    counts = np.hstack([[[40.0, 30, 20], [60, 20, 15]], rare])
    pooled = np.c_[counts[:, :kept], counts[:, kept:].sum(axis=1)]
    expected = stats.chi2_contingency(pooled, correction=False).pvalue
    assert chi_square_chance(counts) == pytest.approx(expected)


def test_chances_of_several_tests_are_corrected_together():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_it_is_silent_on_rows_of_one_kind():
    generator = np.random.default_rng(0)
    said = [
        any(
            each.differs for each in compared(table(300, generator), table(100, generator)).values()
        )
        for _ in range(60)
    ]
    # At 5% in each of 60, more than 8 come once in 300 such tests.
    assert sum(said) <= 8


def test_it_speaks_of_rows_of_another_kind():
    generator = np.random.default_rng(0)
    training, others = table(2000, generator), table(400, generator)
    others["size"] += 0.6
    others["zone"] = generator.choice(["a", "b", "new"], 400, p=[0.3, 0.5, 0.2])
    others.loc[:200, "sold"] = np.nan
    found = compared(training, others)
    assert {name for name, each in found.items() if each.differs} == set(KINDS)
    assert next(iter(found)) == "zone"
    expected = stats.norm.cdf(0.3) - stats.norm.cdf(-0.3)
    assert found["size"].size == pytest.approx(expected, abs=0.07)
    assert found["size"].moved[2] - found["size"].moved[1] == pytest.approx(0.6, abs=0.15)
    assert found["size"].missing_chance > 0.05
    assert found["zone"].unseen == pytest.approx(0.2, abs=0.05)
    assert found["zone"].size == pytest.approx(0.35, abs=0.05)
    assert found["zone"].moved[0] == "a"
    assert found["sold"].missing == (0, 201 / 400)
    assert found["sold"].missing_chance < 1e-9
    assert found["sold"].chance > 0.05
