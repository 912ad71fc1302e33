"""Progress while a training lasts: read off it, a few times a second, or told in lines."""

import io
import itertools
import re
import time

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from ann_cli.config.read import load
from ann_cli.report import progress
from ann_cli.report.progress import drawn, told
from ann_cli.run import begin, live_scores

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Screen(io.StringIO):
    """A terminal that notes how often it is written to."""

    writes = 0

    def isatty(self):
        return True

    def write(self, text):
        self.writes += "epoch" in text
        return super().write(text)


@pytest.fixture
def started(tmp_path):
    """Return the function that sets a training up, on so many rows of two columns."""

    runs = itertools.count()

    def started(rows, stream=False, **keys):
        generator = np.random.default_rng(0)
        frame = pd.DataFrame(generator.normal(size=(rows, 2)), columns=["a", "price"])
        frame["price"] = 1000 + 10 * (frame["price"] + frame["a"])
        frame.to_csv(tmp_path / "data.csv", index=False)
        data = {"file": str(tmp_path / "data.csv"), "target": "price", "stream": stream}
        config = {"data": data, "recipe": "none", "save_to": str(tmp_path / f"{next(runs)}")}
        return begin(load(config | keys))

    return started


@pytest.mark.parametrize("stream", [True, False])
def test_a_long_epoch_shows_rows_a_second_loss_and_time_left(started, monkeypatch, stream):
    monkeypatch.setattr(progress, "DELAY", 0.0)
    monkeypatch.setattr(progress, "LONG", 0.2)
    training = started(30_000, stream, epochs=1, batch_size=8, engine="numpy")
    screen = Screen()
    console = Console(file=screen, width=80, height=24, force_terminal=True, color_system=None)
    began = time.monotonic()
    (record,) = drawn(training, console)
    seconds = time.monotonic() - began
    lines = [line for line in re.split(r"[\r\n]+", CONTROL.sub("", screen.getvalue())) if line]
    assert max(map(len, lines)) <= 80
    assert any(
        re.search(r"epoch 1/1 [━─]+  \d[\d,]* rows/s  \d+:\d\d left", line) for line in lines
    )
    assert screen.writes <= 2 * progress.UPDATES * seconds + 5
    assert training.progress.passed == len(training.data_set.training)
    shown = float(re.findall(r"epoch 1 so far: loss (0\.\d+)", "\n".join(lines))[-1])
    assert shown == pytest.approx(record["loss"], abs=0.2)


def test_what_is_drawn_is_gone_at_the_end_and_short_trainings_draw_nothing(started, monkeypatch):
    for delay in (0.0, 60.0):
        monkeypatch.setattr(progress, "DELAY", delay)
        screen = Screen()
        console = Console(file=screen, width=80, height=24, force_terminal=True, color_system=None)
        records = drawn(started(200, epochs=3), console)
        next(records)
        if not delay:
            while "epoch" not in screen.getvalue():
                time.sleep(0.01)
        assert len(list(records)) == 2
        text = screen.getvalue()
        assert bool(text) == (not delay)
        assert text.count("\x1b[?25l") == text.count("\x1b[?25h")
        assert text.endswith(("\x1b[1A\x1b[2K", "")), "the last line that was drawn is erased"


def test_where_nothing_can_be_drawn_lines_come_at_growing_intervals(started, monkeypatch):
    monkeypatch.setattr(progress, "FIRST", 0.0)
    monkeypatch.setattr(live_scores, "SHARE", 100.0)
    monkeypatch.setattr(live_scores, "EVERY", 0.0)
    now = iter(range(10**6))  # a look at the clock takes a second
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(now)))
    training = started(100, epochs=200, layers=[{"units": 4, "activation": "relu"}])
    lines = []
    records = list(told(training, lines.append))
    assert len(records) == 200
    assert 4 <= len(lines) <= 12
    told_of = [int(re.match(r"epoch (\d+)/200: loss 0", line)[1]) for line in lines]
    gaps = np.diff(told_of)
    assert (gaps[1:] >= gaps[:-1]).all()
    assert 1 < told_of[-1] < 200
    assert lines[-1].startswith(
        f"epoch {told_of[-1]}/200: loss {records[told_of[-1] - 1]['loss']:.4g}, validation "
    )
    assert re.search(
        r"; RMSE \d[\d.]+ \(mean 1\d\.\d+, linear \d[\d.]+\); [\d,.]+ rows/s; ", lines[-1]
    )


def test_the_screens_scores_are_those_of_the_end(started, monkeypatch):
    """Of the last epoch but one, as the metrics of a training that ends there."""
    monkeypatch.setattr(live_scores, "SHARE", 1e9)
    monkeypatch.setattr(live_scores, "EVERY", 0.0)
    gentle = {"optimizer": {"name": "sgd", "learning_rate": 1e-3}}
    training = started(300, epochs=4, **gentle)
    live = live_scores.LiveScores(training)
    for _ in training.epochs():
        live.look()
    assert live.epoch == 3
    shorter = started(300, epochs=3, **gentle)
    list(shorter.epochs())
    metrics = shorter.finish().metrics
    assert metrics["best_epoch"] == 3
    assert live.scores["network"] == {
        key: metrics["validation"][key] for key in live.scores["network"]
    }
    assert {name: live.scores[name] for name in ("mean", "linear")} == metrics["baselines"]
    assert training.finish().metrics["baselines"] == metrics["baselines"]


def test_looking_keeps_to_its_part_of_the_time(started, monkeypatch):
    monkeypatch.setattr(live_scores, "EVERY", 0.0)
    looked = []

    def slow(models, rows):
        looked.append(len(models))
        time.sleep(0.1)
        return {name: {"rmse": 1.0} for name in models}

    monkeypatch.setattr(live_scores, "score", slow)
    monkeypatch.setattr(live_scores, "SHARE", 0.02)
    training = started(20_000, epochs=12, batch_size=64, engine="numpy")
    live = live_scores.LiveScores(training)
    for _ in training.epochs():
        live.look()
    most = 0.02 * training.progress.seconds / 0.1 + 1
    assert 1 <= len(looked) <= most
