"""Progress while an epoch lasts: read off the training, a few times a second."""

import io
import re
import time

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from ann_cli.config.read import load
from ann_cli.report import progress
from ann_cli.report.progress import drawn
from ann_cli.run import begin

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Screen(io.StringIO):
    """A terminal that notes how often it is written to."""

    writes = 0

    def isatty(self):
        return True

    def write(self, text):
        self.writes += "epoch" in text
        return super().write(text)


@pytest.mark.parametrize("stream", [True, False])
def test_a_long_epoch_shows_rows_a_second_loss_and_time_left(tmp_path, stream):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(30_000, 2)), columns=["a", "price"])
    frame.to_csv(tmp_path / "data.csv", index=False)
    data = {"file": str(tmp_path / "data.csv"), "target": "price", "stream": stream}
    config = {"data": data, "recipe": "none", "epochs": 1, "batch_size": 8}
    config["save_to"] = str(tmp_path / "run")
    started = begin(load(config))
    screen = Screen()
    console = Console(file=screen, width=80, force_terminal=True, color_system=None)
    began = time.monotonic()
    (record,) = drawn(started, console)
    seconds = time.monotonic() - began
    lines = [line for line in re.split(r"[\r\n]+", CONTROL.sub("", screen.getvalue())) if line]
    assert max(map(len, lines)) <= 80
    assert any(
        re.search(r"epoch 1/1 .* \d[\d,]* rows/s, loss 0\.\d+ +\d+:\d\d", line) for line in lines
    )
    assert screen.writes <= progress.UPDATES * seconds + 5
    assert started.progress.passed == len(started.data_set.training)
    shown = float(re.findall(r"loss (0\.\d+)", "".join(lines))[-2])
    assert shown == pytest.approx(record["loss"], abs=0.2)


@pytest.mark.parametrize("room", range(0, 80, 7))
def test_what_has_no_room_is_left_out_whole(room):
    speed, loss = progress._fitting(room, "1,234,567 rows/s, ", "loss 0.1235, validation 0.2346")
    assert len(speed + loss) <= room
    assert speed in ("", "1,234,567 rows/s, ")
    assert loss in ("", "loss 0.1235", "loss 0.1235, validation 0.2346")
