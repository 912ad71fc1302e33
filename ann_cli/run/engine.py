"""Which engine a config's training gets, and what to say of one that is missing."""

from collections.abc import Callable
from math import ceil
from typing import Literal

from ann_cli.cache import can_keep
from ann_cli.config.spec import Config
from ann_cli.engine.choice import can_compile, expected_seconds
from ann_cli.engine.compiled.refusal import refusal
from ann_cli.engine.trainers.trainer import Trainer
from ann_cli.errors import ConfigError

LONG = 20
"""Seconds of waiting from which a faster engine is worth a word."""


def compile_first(trainer: Trainer, rows: int, say: Callable[[str], None]) -> None:
    """Compile a training's steps on so many rows before the first is taken, where it has any.

    `say` tells of it where they were not compiled before. A signal then ends the command at once:
    there is no step that a checkpoint could hold.
    """
    if not trainer.is_compiled(rows):
        say("compiling for this network, about 3 s" + (", once" if can_keep() else ""))
    trainer.compile(rows)


def worth_compiling_pools(config: Config, trainer: Trainer, rows: int) -> bool:
    """Whether the pools of a training in NumPy are worth compiling, which changes no bit."""
    if trainer.engine != "numpy" or not trainer.takes_steps or config.engine == "numpy":
        return False
    batch = trainer.rows_in_step(rows)
    seconds = expected_seconds(trainer.network, batch, config.epochs * ceil(rows / batch))
    return can_compile() and seconds["numpy"] >= LONG


def choose_engine(
    config: Config, trainer: Trainer, rows: int
) -> tuple[Literal["numpy", "numba"], tuple[str, ...]]:
    """Return the engine that trains, and what to say where another would be much faster.

    Raises ConfigError where engine: numba is asked for, and does not compile or is not installed.
    """
    seconds = trainer.seconds(rows)
    if seconds is None and not trainer.takes_steps:
        if config.engine == "numba" and config.model != "network":
            raise ConfigError(
                f"engine numba does not compile {trainer.name}",
                place=config.place("engine"),
                remedy="use engine: auto, which takes numpy then",
            )
        return "numpy", ()
    network, compiles = trainer.network, seconds is not None
    if seconds is None:
        batch = rows if config.batch_size == "full" else min(config.batch_size, rows)
        seconds = expected_seconds(network, batch, config.epochs * ceil(rows / batch))
    slower = seconds["numpy"] <= seconds["numba"]
    if config.engine == "numpy" or (config.engine == "auto" and slower):
        return "numpy", ()
    much = seconds["numpy"] >= max(LONG, 2 * seconds["numba"])
    moved = "augment moves its pictures" if config.augment else ""
    moved = "noise hides cells of each step" if config.noise else moved
    refused = "" if compiles else refusal(network, config.optimizer, config.dropout_schedule)
    if why := refused or moved:
        if config.engine == "numba":
            raise ConfigError(
                f"engine numba does not compile this network: {why}",
                place=config.place("engine"),
                remedy="use engine: auto, which takes numpy then",
            )
        said = f"engine: numpy, as numba does not compile this network: {why}"
        return "numpy", ((said,) if can_compile() else ())
    if can_compile():
        return "numba", ()
    if config.engine == "numba":
        raise ConfigError(
            "engine numba needs the package numba, which is not installed",
            place=config.place("engine"),
            remedy="pip install numba, or use engine: auto",
        )
    if not much:
        return "numpy", ()
    return "numpy", (
        f"this takes about {seconds['numpy']:,.0f} s, and {seconds['numba']:,.0f} s after "
        "pip install numba",
    )
