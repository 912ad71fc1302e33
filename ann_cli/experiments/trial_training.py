"""The training of one trial: a function of its settings and of what prunes it, wherever it runs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite

from ann_cli.config.spec import Config
from ann_cli.errors import ConfigError, DataError, DivergedError
from ann_cli.experiments.study import Came, Ending
from ann_cli.experiments.trainings import LATEST
from ann_cli.insight.scoring import mean_loss, score
from ann_cli.tasks.metrics import METRICS


@dataclass(frozen=True)
class TrialTask:
    """What a trial is made of."""

    config: Config
    metric: str | None
    """What it is judged by; None: the validation loss, epoch by epoch."""
    limits: Mapping[int, float]
    """The epochs after which it is looked at, and above which value it is pruned."""
    seconds: float
    """After which it is cut short."""
    refused: str = ""
    """Why it cannot be trained."""


def train_trial(task: TrialTask) -> Came:
    """Train once, and return what it came to; to be refused, pruned or diverge is a result."""
    begun = time.perf_counter()
    lowest: dict[int, float] = {}
    ending: Ending = "refused"
    value, reason = None, task.refused
    try:
        if not task.refused:
            ending, value = _trained(task, lowest)
    except (ConfigError, DataError) as error:
        ending, reason = "refused", str(error.problems[0])
    except DivergedError as error:
        ending, reason = "diverged", error.problems[0].message
    return Came(ending, value, reason, time.perf_counter() - begun, lowest)


def _trained(task: TrialTask, lowest: dict[int, float]) -> tuple[Ending, float | None]:
    """Return how a training ended and what it came to, the less the better."""
    value, begun = inf, time.monotonic()
    with LATEST.begin(task.config) as started:
        held = started.data_set.validation
        assert held is not None
        for record in started.epochs():
            if time.monotonic() - begun >= task.seconds:
                return "cut short", None
            if task.metric is not None:
                continue
            if "validation_loss" not in record:
                raise ConfigError(f"{started.trainer.name} tells no validation loss of an epoch")
            loss, epoch = record["validation_loss"], int(record["epoch"])
            value = loss if task.config.ensemble else min(value, loss)  # the last epoch's is kept
            if epoch in task.limits:
                lowest[epoch] = value
                if value > task.limits[epoch]:
                    return "pruned", None
        if task.metric is None:
            return "finished", value if isfinite(value) else mean_loss(started.model, held)
        found = score({"network": started.model}, held)["network"][task.metric]
    if found is None:
        raise ConfigError(f"its {task.metric} is not known on the validation rows")
    return "finished", METRICS[task.metric].sign * found
