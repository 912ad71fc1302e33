"""What outcomes come to, worked out by hand."""

import pytest
from scipy import stats

from ann_cli.experiments.compare import compare, deciding
from ann_cli.experiments.trainings import Outcome
from ann_cli.experiments.variations import variations
from ann_cli.experiments.verdict import verdict
from ann_cli.insight.intervals import Interval

SEEDS = range(3)


def outcome(rmse, losses=(3.0, 2.0, 1.0), dead=0.0):
    seconds = tuple(float(epoch) for epoch, _ in enumerate(losses, 1))
    return Outcome(losses, seconds, {"rmse": rmse, "r2": 1 - rmse / 100, "dead_units": dead})


def compared(one_loss=True, task="regression", **groups):
    names = ",".join(groups)
    return compare(
        deciding(task), SEEDS, variations([f"loss={names}"]), list(groups.values()), one_loss
    )


def by_name(comparison):
    return {each.variation.settings["loss"]: each for each in comparison.results}


def group(*rmse, **keys):
    return [outcome(one, **keys) for one in rmse]


DIVERGED = Outcome((5.0,), (1.0,))


def test_the_difference_is_paired_by_seed():
    # Seeds differ by far more than the variations do, and pairing takes that out.
    a, b = (10.0, 20.0, 30.0), (11.0, 20.9, 31.2)
    results = by_name(compared(b=group(*b), a=group(*a)))
    expected = stats.ttest_rel(b, a).confidence_interval(0.95)
    found = results["b"].difference
    assert (found.mean, found.low, found.high) == pytest.approx((3.1 / 3, *expected))
    assert results["b"].standing == "clearly worse"
    assert results["a"].standing == "best"
    assert results["a"].difference == Interval(0, 0, 0)
    assert results["b"].mean("r2") == pytest.approx(1 - 63.1 / 300)


def test_what_equals_another_differs_by_0_and_nobody_wins():
    comparison = compared(a=group(1, 2, 3), b=group(1, 2, 3))
    assert comparison.results[1].difference == Interval(0, 0, 0)
    assert comparison.results[1].standing == "best"
    assert verdict(comparison) == "A tie: loss=a and loss=b share the lowest RMSE over 3 seeds."
    comparison = compared(a=group(1, 2, 3), b=group(1, 2, 3), c=group(1, 3, 2), d=group(9, 9, 9))
    assert verdict(comparison) == (
        "No clear winner: loss=a and loss=b share the lowest RMSE over 3 seeds, but loss=c cannot "
        "be told from them (the 95% interval of the difference includes 0). Clearly worse: loss=d."
    )


def test_more_accuracy_is_better():
    def group(*shares):
        return [Outcome((1.0,), (1.0,), {"accuracy": x, "log_loss": None}) for x in shares]

    comparison = compared(task="classification", a=group(0.5, 0.6, 0.7), b=group(0.8, 0.9, 1.0))
    assert [each.standing for each in comparison.results] == ["best", "clearly worse"]
    assert comparison.results[1].difference.mean == pytest.approx(-0.3)
    assert comparison.results[0].mean("log_loss") is None
    assert "loss=b has the highest accuracy" in verdict(comparison)


def test_no_difference_is_further_than_two_values_can_be_apart():
    def group(*shares):
        return [Outcome((1.0,), (1.0,), {"accuracy": x, "log_loss": x}) for x in shares]

    found = compared(task="classification", a=group(0.9, 0.9), b=group(0.7, 0.9)).results[1]
    # By Student's t of one degree of freedom the interval would reach to 1.17 below.
    assert found.difference == Interval(pytest.approx(-0.1), -1, 1)
    assert found.standing == "not distinguishable"
    apart = stats.t.interval(0.95, 1, 0.1, 0.1)
    found = compared(a=[outcome(1), outcome(1)], b=[outcome(1), outcome(1.2)]).results[1]
    assert (found.difference.low, found.difference.high) == pytest.approx(apart)


def test_the_target_is_what_every_variation_reached_with_that_seed():
    # Seed 0: the lowest losses are 1 and 2, so the target is 2; seeds 1 and 2: 4 and 3 give 4.
    a = [outcome(1, (5.0, 2.0, 1.0)), *(outcome(1, (9.0, 9.0, 4.0)) for _ in range(2))]
    b = [outcome(2, (3.0, 2.5, 2.2, 2.0)), *(outcome(2, (3.5, 3.0)) for _ in range(2))]
    results = by_name(compared(a=a, b=b))
    assert results["a"].epochs_to_target == pytest.approx((2 + 3 + 3) / 3)
    assert results["b"].epochs_to_target == pytest.approx((4 + 1 + 1) / 3)
    assert results["b"].seconds_to_target == pytest.approx((4 + 1 + 1) / 3)


def test_losses_of_different_kinds_have_no_target():
    results = compared(one_loss=False, a=group(1, 2, 3), b=group(1, 2, 3)).results
    assert {each.epochs_to_target for each in results} == {None}


def test_what_diverged_with_any_seed_comes_last_and_sets_no_target():
    comparison = compared(
        gone=[outcome(0), DIVERGED, outcome(0)], a=group(1, 2, 3), b=group(2, 3, 4.5)
    )
    assert [each.standing for each in comparison.results] == ["best", "clearly worse", "diverged"]
    gone = comparison.results[2]
    assert gone.diverged == 1
    assert (gone.difference, gone.mean("rmse")) == (None, None)
    assert comparison.results[0].epochs_to_target == 3
    assert verdict(comparison) == (
        "loss=a has the lowest RMSE over 3 seeds, and every other that finished is clearly worse. "
        "Diverged: loss=gone (in epoch 2, with 1 of 3 seeds)."
    )


def test_that_all_diverged_is_a_result():
    comparison = compared(a=[DIVERGED] * 3, b=[Outcome((), ()), DIVERGED, DIVERGED])
    assert verdict(comparison) == (
        "Nothing to compare: every variation diverged. Diverged: loss=a (in epoch 2, with 3 of 3 "
        "seeds), loss=b (from epoch 1 on, with 3 of 3 seeds)."
    )


def test_the_best_the_tied_and_the_worse_are_named():
    comparison = compared(
        a=group(1, 2, 3), b=group(1.5, 1.6, 3), c=group(1, 2.1, 3.1), d=group(8, 9, 10)
    )
    assert verdict(comparison).endswith("Clearly worse: loss=d.")
    assert "but loss=b and loss=c cannot be told" in verdict(comparison)


def test_one_variation_has_no_rival():
    assert verdict(compared(a=group(1, 2, 3))) == "One variation has nothing to be compared with."


def test_the_curve_is_the_geometric_mean_of_the_seeds_still_training():
    a = [outcome(1, (4.0, 8.0)), outcome(1, (9.0,)), outcome(1, (6.0, 2.0))]
    assert compared(a=a).results[0].curve == pytest.approx([6.0, 4.0])


def test_the_band_goes_from_the_lowest_to_the_highest_seed_and_leaves_out_a_tenth_of_many():
    assert compared(a=group(1, 2, 3, losses=(4.0,))).results[0].band == [(4.0, 4.0)]
    a = [outcome(1, (4.0, 8.0)), outcome(1, (9.0,)), outcome(1, (6.0, 2.0))]
    assert compared(a=a).results[0].band == [(4.0, 9.0), (2.0, 8.0)]
    many = [outcome(1, (float(seed),)) for seed in (*range(20), 1000)]
    assert compared(a=many).results[0].band == [(2.0, 18.0)]


def test_shares_are_means_over_the_seeds():
    a = [outcome(1, dead=0.5), outcome(1, dead=0.25), outcome(1)]
    assert compared(a=a).results[0].mean("dead_units") == 0.25


def test_without_epochs_there_is_nothing_to_wait_for():
    result = compared(a=group(1, 2, 3, losses=())).results[0]
    assert (result.epochs_to_target, result.seconds_to_target, result.curve) == (0, 0, [])
