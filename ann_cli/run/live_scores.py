"""What a person who watches a training is told of it beside its losses, at little cost."""

import time
from typing import TYPE_CHECKING

from ann_cli.engine.rows import Source
from ann_cli.engine.trainers.trainer import Record
from ann_cli.insight.diagnosis import early_warnings, looked_at
from ann_cli.insight.scoring import score
from ann_cli.tasks.task import Scores

if TYPE_CHECKING:
    from ann_cli.run.training_run import TrainingRun

SHARE = 0.005
"""The part of the time of training that looking may take."""

EVERY = 0.5
"""Seconds between two looks, at least."""


class LiveScores:
    """The validation rows' metrics between two epochs, those of its baselines, and warnings.

    The constant and the linear baseline are fitted when the first metrics are there. They are what
    the network is judged beside in the end, so that this is no further work.
    """

    def __init__(self, run: "TrainingRun") -> None:
        self._run = run
        self.epoch = 0
        """The one after which the network had its scores."""
        self.scores: dict[str, Scores] = {}
        """Those of the network and of its baselines, as far as they are known."""
        self.looked_at: Record = {}
        """The last epoch whose units were looked at."""
        self.warning = ""
        """The newest sentence on units and gradients; "" where there is none to say."""
        self._read = 0
        """Records of the history that were read."""
        self._records: list[Record] = []
        """Those among them that were looked at."""
        self._next = self._spent = 0.0
        self._cost: float | None = None
        """Seconds that scoring took the last time."""

    def look(self) -> None:
        """Between two epochs: see what they came to, if this is a small part of their time."""
        progress = self._run.progress
        elapsed = progress.elapsed()
        if elapsed < self._next or not self._run.trainer.takes_steps:
            return
        begun = time.perf_counter()
        self._read_history()
        self._spent += time.perf_counter() - begun
        held = self._run.data_set.validation
        if held is not None and progress.done < progress.planned[0]:
            self._score(held, elapsed)
        self._next = progress.elapsed() + EVERY

    def _read_history(self) -> None:
        history = self._run.progress.history
        found = [each for each in history[self._read :] if looked_at(each)]
        self._read = len(history)
        if found:
            self._records += found
            self.looked_at = found[-1]
            told = early_warnings(self._run.model, self._records)
            self.warning = told[-1] if told else ""

    def _score(self, held: Source, elapsed: float) -> None:
        run = self._run
        # Before the first time it is taken to be a third of the work of training on as many rows,
        # which go forward, and whose gradients go back and to the weights. Plain baselines are no
        # more work than the network.
        guess = len(held) * elapsed / max(run.progress.passed, 1) / 3
        if self._spent + (guess if self._cost is None else self._cost) > SHARE * elapsed:
            return
        of_network = len(self.scores) != 1
        wanted = {"network": run.model} if of_network else run.plain_baselines()
        begun = time.perf_counter()
        self.scores |= score(wanted, held)
        took = time.perf_counter() - begun
        self._spent += took
        if of_network:
            self.epoch, self._cost = run.progress.done, took
