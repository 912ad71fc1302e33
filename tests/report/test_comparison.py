"""A comparison as a person sees it: within 80 columns, curves that say what the numbers say."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ann_cli.experiments.compare import compare, deciding
from ann_cli.experiments.trainings import Outcome
from ann_cli.experiments.variations import Variation
from ann_cli.report.comparison import BARS, binned, progress, show, sparkline, sparklines
from ann_cli.report.terminal import Terminal


class Screen(io.StringIO):
    def isatty(self):
        return True


SCORES = {"r2": 0.5, "dead_units": 0.123, "saturated_units": 1.0}


def outcome(losses, rmse=1.0):
    return Outcome(tuple(losses), (0.0,) * len(losses), dict(SCORES, rmse=rmse))


def compared(*groups, one_loss=True, names="abcdef"):
    variations = [Variation({"x": name}, ()) for name, _ in zip(names, groups, strict=False)]
    return compare(deciding("regression"), range(2), variations, groups, one_loss)


@pytest.mark.parametrize(
    ("keys", "heading"),
    [
        (["optimizer.name", "optimizer.learning_rate"], ["optimizer,", "learning_rate"]),
        (["layers.0.units", "layers.1.units"], ["layers.0.units,", "layers.1.units"]),
        (["batch_size"], ["batch_size"]),
    ],
)
def test_the_heading_names_the_keys_in_as_few_words_as_tell_them_apart(keys, heading):
    variations = [Variation(dict.fromkeys(keys, "1"), ())]
    groups = [[outcome([1.0])] * 2]
    terminal = Terminal(io.StringIO())
    show(terminal, compare(deciding("regression"), range(2), variations, groups, True))
    head = terminal.stream.getvalue().split("─")[0]
    assert set(heading) <= set(head.split())
    assert (f"{keys[0]}," in head) == (f"{keys[0]}," in heading)


def test_a_bar_stands_for_the_logarithm_by_hand():
    # log 1 … log 1e7 in eight equal steps.
    values = binned([10.0**power for power in range(8)], 8)
    assert sparkline(values, values) == BARS


def test_a_bar_is_the_mean_of_its_part_of_the_epochs():
    assert binned([1.0] * 2 + [100.0, 1.0] + [1.0] * 12, 16)[1] == pytest.approx(2.302585)
    assert len(binned([1.0] * 3, 3)) == 3
    assert len(binned([1.0] * 100, 100)) == 8


def test_a_curve_that_ends_early_is_shorter():
    assert len(binned([1.0] * 50, 100)) == 4


def test_one_scale_for_losses_of_one_kind():
    high, low = [outcome([8.0, 4.0])] * 2, [outcome([2.0, 1.0])] * 2
    assert sparklines(compared(high, low).results) == ["█▆", "▃▁"]
    assert sparklines(compared(high, low, one_loss=False).results) == ["█▁", "█▁"]


def test_what_diverged_sets_no_scale():
    wild = [outcome([1.0, 2.0]), Outcome((1e30, 1e35), (0, 0))]
    assert sparklines(compared([outcome([8.0, 1.0])] * 2, wild).results)[0] == "█▁"


@given(st.lists(st.floats(0, 1e300), min_size=1, max_size=40))
def test_any_losses_can_be_drawn(losses):
    (curve,) = sparklines(compared([outcome(losses)] * 2).results)
    assert len(curve) == min(len(losses), 8)
    assert set(curve) <= set(BARS)


@pytest.mark.parametrize("rmse", [0.0, 1.23456e-9, 12.3456, 123456.7, 9.87e12])
@pytest.mark.parametrize("name", ["relu", "randomized_relu", "a" * 70, "[{units: 64}], adam, 32"])
def test_the_table_keeps_to_80_columns(name, rmse):
    groups = [[outcome([2.0, 1.0], rmse)] * 2, [outcome([2.0, 1.0], 2 * rmse)] * 2]
    screen = io.StringIO()
    show(Terminal(screen), compared(*groups, names=[name, "b"]))
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines[:-1])) <= 80
    said = ("clearly worse", "No clear winner", "A tie")
    assert any(each in " ".join(lines[-3:]) for each in said)


def test_all_diverged_is_shown():
    screen = io.StringIO()
    show(Terminal(screen), compared([Outcome((), ())] * 2, [Outcome((5.0,), (0.0,))] * 2))
    assert "every variation diverged" in screen.getvalue()
    assert screen.getvalue().count("diverged") >= 3


def test_quiet_shows_nothing():
    screen = Screen()
    show(Terminal(screen, quiet=True), compared([outcome([1.0])] * 2))
    assert list(progress(Terminal(screen, quiet=True), [(0, outcome([1.0]))], 1))
    assert screen.getvalue() == ""


def test_progress_is_drawn_on_a_terminal_only():
    outcomes = [(place, outcome([1.0])) for place in range(3)]
    for screen, drawn in ((io.StringIO(), False), (Screen(), True)):
        assert list(progress(Terminal(screen), outcomes, 3)) == outcomes
        assert bool(screen.getvalue()) is drawn
