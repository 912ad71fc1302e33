"""Trainings of a comparison: what each came to, and the rows that they share."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from ann_cli.config.models import MODELS
from ann_cli.config.spec import Config
from ann_cli.data.rows.data_set import DataSet, rows_asked_for
from ann_cli.engine.network import PREDICTED_ROWS
from ann_cli.errors import DivergedError
from ann_cli.experiments.executors import Executor
from ann_cli.insight.scoring import score
from ann_cli.insight.units import overall, unit_shares
from ann_cli.run import TrainingRun, begin
from ann_cli.tasks.task import Scores


@dataclass(frozen=True)
class Outcome:
    """What one training came to; no scores where it diverged in the epoch after the last."""

    losses: tuple[float, ...]
    """The validation loss after each epoch."""
    seconds: tuple[float, ...]
    """The time since the start after each epoch."""
    scores: Scores | None = None
    """Of the weights that were kept, on the validation rows; dead_units and saturated_units too."""


class SharedRows:
    """The rows of the training before, for the next one if it asks for the same."""

    def __init__(self) -> None:
        self._asked_for = ""
        self._data_set: DataSet | None = None

    def begin(self, config: Config) -> TrainingRun:
        """Set up a training that writes nothing. Raises what `begin` does."""
        asked_for = rows_asked_for(config)
        known = self._data_set if asked_for == self._asked_for else None
        started = begin(config, dry=True, data_set=known)
        self._asked_for, self._data_set = asked_for, started.data_set
        return started


LATEST = SharedRows()
"""Those of this process."""


def train_once(config: Config) -> Outcome:
    """Train as `ann train` does, but write nothing; to diverge is a result."""
    started = LATEST.begin(config)
    losses, seconds = [], []
    begun = time.perf_counter()
    try:
        for record in started.epochs():
            losses.append(record["validation_loss"])
            seconds.append(time.perf_counter() - begun)
    except DivergedError:
        return Outcome(tuple(losses), tuple(seconds))
    held = started.data_set.validation
    assert held is not None
    scores = score({"network": started.model}, held)["network"]
    parts = (block.x for block in held.blocks(PREDICTED_ROWS, None))
    layered = MODELS[config.model].of_layers
    shares = unit_shares(started.model.member, parts) if layered else {}
    scores["dead_units"], scores["saturated_units"] = overall(shares.values())
    return Outcome(tuple(losses), tuple(seconds), scores)


def train_all(configs: Sequence[Config], executor: Executor) -> Iterator[tuple[int, Outcome]]:
    """Yield the outcome of each config's training with its place in the order given, as it comes.

    All work ends with this iterator, however it ends.
    """
    # Of one seed after the other, as those of one seed share their rows.
    order = sorted(range(len(configs)), key=lambda place: configs[place].seed)
    tasks = [configs[place] for place in order]
    with closing(executor.side_by_side(train_once, tasks)) as outcomes:
        for place, outcome in outcomes:
            yield order[place], outcome
