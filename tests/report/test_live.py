"""The screen of a training at 60, 80 and 140 columns, as it stands in tests/report/screens."""

from pathlib import Path

import pytest

from ann_cli.report.layout import cells
from ann_cli.report.learning import MOST, Losses, Thinned
from ann_cli.report.live import View, clock, screen

SCREENS = Path(__file__).parent / "screens"
WORDS = "half the squared error of price, in standard deviations"
NETWORK = {"rmse": 31_196.4, "r2": 0.85824, "mae": 1.0}


def records(count, held=True):
    """A fall, and a validation loss that rises again from epoch 60 on."""
    for epoch in range(1, count + 1):
        record = {"epoch": epoch, "loss": 0.05 + 0.6 / (epoch + 1)}
        if held:
            record["validation_loss"] = 0.07 + 0.5 / (epoch + 1) + max(epoch - 60, 0) * 1e-4
        yield record


@pytest.fixture
def view():
    losses = Losses(WORDS)
    losses.add(records(113))
    best = min(records(113), key=lambda each: each["validation_loss"])
    others = {"mean": {"rmse": 82_855.1, "r2": -0.0004}, "linear": {"rmse": 41_616.0, "r2": 0.7476}}
    idle = {"layer 1": (0.0, 0.0), "layer 2": (0.390625, 0.0)}
    warning = "layer 2: 39% of units fire on none of the rows looked at (many since epoch 100)"
    return View(
        losses, place=114, count=200, share=0.565, speed=160_312.4, seconds=4.3, best=best,
        epoch=112, scores={"network": NETWORK, **others}, decides=("rmse", "r2"), rows=586,
        looked_at=100, idle=idle, warning=warning,
    )  # fmt: skip


def text(lines):
    return "".join("".join(piece for piece, _ in line).rstrip() + "\n" for line in lines)


@pytest.mark.parametrize(("width", "height"), [(60, 24), (80, 24), (140, 40)])
def test_the_screen(view, width, height):
    shown = text(screen(view, width, height))
    assert shown == (SCREENS / f"{width}.txt").read_text("utf-8")
    assert max(map(cells, shown.splitlines())) < width
    assert len(shown.splitlines()) <= height


@pytest.mark.parametrize("height", range(1, 30))
def test_any_height_is_kept_to_and_progress_is_told_first(view, height):
    view.so_far = 0.0812
    lines = text(screen(view, 70, height)).splitlines()
    assert len(lines) <= max(height, 2)
    assert lines[0].startswith("epoch 114/200 ━━")
    assert lines[1] == " epoch 114 so far: loss 0.0812"


def test_what_is_not_known_is_not_told():
    view = View(Losses(WORDS), count=1)
    assert text(screen(view, 80, 24)) == "epoch 1/1\n"
    view.speed, view.so_far = 1234.0, 0.25
    assert text(screen(view, 80, 24)) == "epoch 1/1  1,234 rows/s\n epoch 1 so far: loss 0.25\n"
    view.losses.add(records(1))
    assert " epoch 1: loss 0.35, validation 0.32\n" in text(screen(view, 80, 24))


def test_a_search_counts_trials():
    view = View(Losses(WORDS), "trial", 41, 81, 41 / 81, 90.0, 3661.0, at_most=True, so_far=0.125)
    first, second = text(screen(view, 60, 24)).splitlines()
    assert first.endswith("  90 trials/s  at most 1:01:01 left")
    assert first.count("━") == pytest.approx(41 / 81 * sum(map(first.count, "━─")), abs=0.5)
    assert second == " lowest loss 0.125"


def test_names_of_any_length_and_many_layers_keep_to_the_width(view):
    view.idle = {f"layer {at}": (0.01 * at, 0.5) for at in range(40)}
    view.warning = "word " * 60
    view.losses.words = "the absolute error of 価格価格価格価格価格価格価格価格価格価格 and others"
    lines = text(screen(view, 60, 60)).splitlines()
    assert max(map(cells, lines)) < 60


@pytest.mark.parametrize("count", [1, MOST, MOST + 1, 100_000])
def test_many_epochs_are_thinned_to_means_of_neighbours(count):
    thinned = Thinned()
    for at in range(count):
        thinned.add(at, 2.0 * at)
    points = thinned.points()
    assert MOST / 2 < len(points) <= MOST or len(points) == count
    assert all(value == 2 * first for first, value in points)
    firsts = [first for first, _ in points]
    assert firsts == sorted(firsts)
    assert abs(firsts[-1] - (count - 1)) <= 2 * count / MOST


def test_a_time_reads_as_a_clock():
    assert [clock(each) for each in (0.4, 59.6, 3599, 3600)] == ["0:00", "1:00", "59:59", "1:00:00"]
