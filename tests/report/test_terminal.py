"""What a person reads: plain sentences, tables that fit, nothing that steers the terminal."""

import io
import shlex
import time
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ann_cli.config.read import load
from ann_cli.report import progress
from ann_cli.report.classes import never_predicted
from ann_cli.report.layout import printable
from ann_cli.report.terminal import Terminal
from ann_cli.run import begin

LONG = "a column whose name goes on and on, as long as names of columns in surveys do go on"


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def started(tmp_path):
    """Return the function that sets a training up on a table."""

    def started(target="price", frame=None, **keys):
        path = tmp_path / "data.csv"
        if frame is None:
            generator = np.random.default_rng(0)
            frame = pd.DataFrame(generator.normal(size=(50, 2)), columns=["area", "price"])
            frame["label"] = ["x", "y"] * 25
        frame.to_csv(path, index=False)
        data = {"file": str(path), "target": target}
        config = {"data": data, "recipe": "none", "epochs": 3, "save_to": str(tmp_path / "run")}
        return begin(load(config | keys))

    return started


def ran(started, terminal):
    """Train as the command does."""
    terminal.beginning(started)
    for _ in terminal.progress(started):
        pass
    run = started.finish()
    terminal.finished(run)
    return run


@given(st.text())
def test_no_control_character_survives(text):
    shown = printable(text)
    assert all(one == "\n" or unicodedata.category(one)[0] != "C" for one in shown)
    assert shown.encode().decode() == shown
    assert printable(shown) == shown


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_what_can_be_read_stays(text):
    assert printable(text) == text


def test_an_escape_is_written_out():
    assert printable("\x1b[31mred\x07\r\u202e\ud800") == "\\x1b[31mred\\x07\\r\\u202e\\ud800"


@pytest.mark.parametrize("stream", [io.StringIO, Screen])
def test_data_cannot_steer_the_terminal(stream, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal(stream(), color=False)
    terminal.say("\x1b]0;title\x07 [bold]x[/] :smile:")
    terminal.warn(["\x1b[2J"])
    text = terminal.stream.getvalue()
    for unit in ("\x1b]", "\x1b[2J", "\x07"):
        assert unit not in text
    assert "[bold]x[/] :smile:" in text


METRICS = {
    "regression": {"loss": 0.1, "r2": 0.5, "rmse": 20.0, "mae": 1234567.8},
    "classification": {"loss": 0.1, "accuracy": 0.9, "f1_macro": 0.8, "log_loss": None},
}


class Run:
    """As much of a run as the terminal reads."""

    def __init__(self, network, others, validated=True):
        scores = {"rows": 1234, **network}
        self.metrics = {
            "epochs": 30,
            "best_epoch": 20,
            "seconds": 1.25,
            "training": scores,
            "validation": scores if validated else None,
            "baselines": {name: scores for name, (scores, _) in others.items()},
            "verdict": {name: {"verdict": said, "low": 0} for name, (_, said) in others.items()},
            "warnings": [],
        }
        self.history = []
        self.path = Path("a run/weights.npz")
        self.model = SimpleNamespace(config=load({"data": {"file": "it's.csv", "target": "y"}}))


BEATS, TIED, WORSE = "beats", "cannot be told apart from", "is worse than"


@pytest.mark.parametrize(
    ("mean", "linear", "sentence"),
    [
        (BEATS, BEATS, "The network beats mean and linear.\nBy 95% intervals"),
        (BEATS, TIED, "The network beats mean; it cannot be told apart from linear."),
        (BEATS, WORSE, "The network beats mean; it is worse than linear."),
        (TIED, TIED, "The network cannot be told apart from mean and linear."),
    ],
)
def test_the_verdict(mean, linear, sentence):
    own = METRICS["regression"]
    terminal = Terminal(io.StringIO())
    terminal.finished(Run(own, {"mean": (own, mean), "linear": (own, linear)}))
    text = terminal.stream.getvalue()
    assert sentence in text
    assert "on 1,234 validation rows" in text
    assert "These rows chose the epoch" in text
    assert "1,234,568" in text
    assert "0.5000" in text
    assert "30 epochs, best 20, 1.2 s" in text


def test_classes_are_shown_with_what_they_were_taken_for():
    own = METRICS["classification"]
    terminal = Terminal(io.StringIO())
    run = Run(own, {"majority": (own, BEATS)}, validated=False)
    run.metrics["confusion"] = [[90, 0], [10, 0]]
    run.metrics["classes"] = [
        {"class": "no", "rows": 90, "predicted": 100, "precision": 0.9, "recall": 1.0, "f1": 0.947},
        {"class": "yes", "rows": 10, "predicted": 0, "precision": None, "recall": 0.0, "f1": 0.0},
    ]
    terminal.finished(run)
    text = terminal.stream.getvalue()
    assert "on 1,234 training rows" in text
    assert "These rows chose" not in text
    assert " - " in text
    assert "class yes is 10.0% of these rows and is never predicted" in text


def test_classes_that_are_never_predicted_are_one_sentence():
    classes = [{"class": f"k{at}", "rows": 1, "predicted": 9 * (at > 30)} for at in range(40)]
    (told,) = never_predicted(classes)
    assert "31 of 40 classes are never predicted, together 77.5% of these rows" in told
    assert "k0, k1, k2, k3, k4 and 26 more; class_weight" in told
    assert never_predicted(classes[31:]) == never_predicted([]) == []


def test_a_training_from_beginning_to_end(started):
    terminal = Terminal(io.StringIO())
    run = ran(started("label", layers=[{"units": 3, "activation": "tanh"}]), terminal)
    text = terminal.stream.getvalue()
    lines = text.splitlines()
    assert lines[0] == "classification: 2 classes of label; 40 rows to train, 10 to validate"
    assert lines[1] == "2 inputs → 3 tanh → 2 softmax; 17 parameters; numpy"
    assert lines[2] == "note: classification, as label is text (task: to choose)"
    assert f"{run.metrics['validation']['accuracy']:.4f}" in text
    assert f"{run.metrics['baselines']['linear']['log_loss']:.4f}" in text
    assert "\x1b" not in text


def test_no_validation_is_said(started):
    terminal = Terminal(io.StringIO())
    frame = pd.DataFrame({"a": range(1300), "price": np.arange(1300) + 0.5})
    terminal.beginning(started(frame=frame))
    assert "regression: numbers of price; 1,040 rows to train, 260" in terminal.stream.getvalue()


def test_quiet_says_nothing(started):
    terminal = Terminal(io.StringIO(), quiet=True)
    data_set = started("label")
    ran(data_set, terminal)
    terminal.columns(data_set.data_set)
    terminal.table("title", {"network": METRICS["regression"]})
    terminal.say("something")
    assert terminal.stream.getvalue() == ""


def test_a_long_sentence_stays_one_line():
    terminal = Terminal(io.StringIO())
    terminal.warn(["word " * 50 + "end", "next"])
    assert terminal.stream.getvalue() == f"note: {'word ' * 50}end\nnote: next\n"


@pytest.mark.parametrize("color", [True, False])
def test_colour_on_a_terminal_that_wants_it(color, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal(Screen(), color=color)
    terminal.warn(["x"])
    assert ("\x1b" in terminal.stream.getvalue()) == color


@pytest.mark.parametrize(
    ("stream", "width", "term", "encoding", "drawn"),
    [
        (Screen, 80, "xterm", "utf-8", True),
        (Screen, 60, "xterm", "UTF-8", True),
        (Screen, 59, "xterm", "utf-8", False),
        (Screen, 80, "dumb", "utf-8", False),
        (Screen, 80, "linux", "utf-8", False),
        (Screen, 80, "xterm", "ascii", False),
        (io.StringIO, 80, "xterm", "utf-8", False),
    ],
)
def test_drawings_are_for_terminals_that_have_room_and_signs(
    started, monkeypatch, stream, width, term, encoding, drawn
):
    monkeypatch.setenv("TERM", term)
    if stream is Screen:
        monkeypatch.setattr(Screen, "encoding", encoding, raising=False)
    monkeypatch.setattr(progress, "DELAY", 0.0)
    terminal = Terminal(stream(), width=width, color=False)
    text = terminal.stream.getvalue
    with started() as training:
        records = terminal.progress(training)
        next(records)
        while drawn and "epoch" not in text():
            time.sleep(0.01)
        assert len(list(records)) == 2
        assert ("\x1b[?25h" in text()) == drawn
        before = len(text())
        terminal.finished(training.finish())
    end = text()[before:]
    assert ("┤" in end) == drawn
    end = " ".join(end.split())
    assert ("last; validation" in end) == (not drawn)
    assert "half the squared error of price, in standard deviations" in end
    assert "\x1b" not in end


def test_the_commands_that_come_next_are_a_shells_words():
    own = METRICS["regression"]
    terminal = Terminal(io.StringIO())
    terminal.finished(Run(own, {"mean": (own, BEATS)}))
    *_, predict, report = terminal.stream.getvalue().splitlines()
    words = ["next:", "ann", "predict", "a run/weights.npz", "it's.csv"]
    assert shlex.split(predict) == words
    assert shlex.split(report) == ["ann", "report", "a run"]


def test_tables_fit_80_columns(started):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({LONG: generator.normal(size=40), "b\x1b\x07": ["p", "q"] * 20})
    frame["b" * 200] = generator.normal(size=40)
    frame["label"] = ["a label that is far longer than any label ought to be " * 3, "y"] * 20
    terminal = Terminal(io.StringIO())
    terminal.columns(started("label", frame).data_set)
    own = {"loss": 1.0, "r2": -123456.789, "rmse": 1e12, "mae": 1e12}
    terminal.table("on 1,000,000,000 validation rows", {"network": own, "majority": own})
    text = terminal.stream.getvalue()
    assert all(len(line) <= 80 or line == f" {'b' * 200}" for line in text.splitlines())
    assert "\x1b" not in text
    for word in ("category", "number", "target", "1,000,000,000,000", "-1.235e+05"):
        assert word in text
