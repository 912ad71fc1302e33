"""Optimizers that take no steps along a gradient, and what does not go with them."""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from typing import Any

from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.losses import Loss
from ann_cli.engine.settings import Entry
from ann_cli.engine.trainers.brute_force import SEARCHES
from ann_cli.engine.trainers.output_solving import SOLVERS, is_solvable
from ann_cli.errors import Problem

STEPLESS: Mapping[str, type[Entry]] = ChainMap[str, Any](SEARCHES, SOLVERS)


def unsolvable(config: Any, output: str, loss: Loss) -> Iterator[Problem]:
    """Yield why a solver cannot have the output and the loss of a config, one of `forms`."""
    if config.optimizer.name in SOLVERS and not is_solvable(ACTIVATIONS[output], type(loss)):
        yield Problem(
            f"{config.optimizer.name} solves for the output's weights where the loss bends no more "
            f"than it knows, and {output} with {loss.name} is no such pair",
            config.place("optimizer"),
            "use linear with half_squared_error, or sigmoid or softmax with cross_entropy; or "
            "optimizer: adam",
        )


def unused_keys(config: Any) -> Iterator[Problem]:
    """Yield each key that has no use without steps, where it would change what is learned."""
    name = config.optimizer.name
    if name not in STEPLESS or config.ensemble is not None:
        return
    searched = name in SEARCHES
    given = {
        "schedule": config.schedule.name != "constant",
        "dropout_schedule": config.dropout_schedule.name != "constant",
        "l1": config.l1 > 0,
        "l2": config.l2 not in ("auto", 0),
        "gradient_clip": config.gradient_clip is not None,
        "early_stopping": searched and config.early_stopping is not None,
        "augment": config.augment is not None,
        "layers": any(layer.drops() for layer in config.layers),
    }
    why = "takes no steps and compares the loss alone" if searched else "takes no steps"
    for key in (key for key, useless in given.items() if useless):
        yield Problem(
            f"{'dropout' if key == 'layers' else key} has no use with {name}, which {why}",
            config.place(key),
            "remove it, or use optimizer: sgd",
        )
