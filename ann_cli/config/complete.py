"""A config with every `auto` resolved, and its text with every default written out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from ann_cli.config import boltzmann_recipe
from ann_cli.config.models import MODELS
from ann_cli.config.series import of_series
from ann_cli.config.spec import Config
from ann_cli.config.stepless import unsolvable, unused_keys
from ann_cli.engine.initializers import INITIALIZERS
from ann_cli.engine.layers import LayerEntry
from ann_cli.engine.layers.around import Around
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.losses import LOSSES, Loss
from ann_cli.engine.optimizers import OPTIMIZERS
from ann_cli.engine.schedules import Constant
from ann_cli.engine.trainers.brute_force import BruteForce
from ann_cli.errors import ConfigError, Problem, counted
from ann_cli.tasks import TASKS

TARGET_KEYS = ("target_transform", "target_range")
"""What is done to a target, of the keys of data."""

MOST_PENALTY = 0.01
"""The greatest l2 that auto sets: with 2 / rows, the four rows of XOR would not be learned."""


def complete(
    config: Config,
    task: str,
    classes: int,
    validated: bool,
    rows: int | None = None,
    known: float | None = None,
) -> Config:
    """Return the config with every `auto` resolved; refuse what makes no sense for the task.

    `rows` are those to train on, where l2 is still left to them: a penalty of 2 / rows is a prior
    on the weights that counts as much as two rows do. `known` is the share of their cells that is
    known, of a loss that is not named and asks for it.
    """
    if not MODELS[config.model].of_layers:
        if strange := list(boltzmann_recipe.misfits(config)):
            raise ConfigError.of(strange)
        return config.model_copy(update={"task": task})
    problems = list(dict.fromkeys(_misfits(config, task, classes, validated)))
    if problems:
        raise ConfigError.of(problems)
    output, loss = output_of(config, task), loss_of(config, task)
    if known is not None and config.loss == "auto":
        share: dict[str, Any] = {"known": known}
        loss = replace(loss, **share)
    if config.model == "autoencoder":
        config = config.model_copy(update={"layers": mirrored(config.layers)})
    if not config.layers and output == "threshold":
        config = config.model_copy(update=_perceptron_rule(config))
    l2 = penalty(config, rows)
    resolved = {"task": task, "output_activation": output, "loss": loss, "l2": l2}
    return config.model_copy(update=resolved)


def mirrored(layers: Sequence[LayerEntry]) -> list[LayerEntry]:
    """Return an autoencoder's layers; where one half stands, down to the narrowest, the other too.

    Only dense layers have a mirror image: others are left as they stand.
    """
    dense = [each for each in layers if isinstance(each, Dense)]
    half = len(dense) > 1 and len(dense) == len(layers) and dense[-1].units < dense[0].units
    return [*layers, *reversed(layers[:-1])] if half else list(layers)


def loss_of(config: Config, task: str) -> Loss:
    """Return the loss: where that is auto, the usual one of the task and its output."""
    if isinstance(config.loss, Loss):
        return config.loss
    fits = TASKS[task].fits
    usual = fits.get(config.output_activation, next(iter(fits.values())))
    return LOSSES[usual]()


def output_of(config: Config, task: str) -> str:
    """Return the output activation: where that is auto, the usual one of the task and its loss.

    Of a loss that is none for the task it is the task's usual one.
    """
    if config.output_activation != "auto":
        return config.output_activation
    fitting = _outputs(loss_of(config, task), task)
    return next(iter(fitting), next(iter(TASKS[task].fits)))


def with_target_keys(config: Config) -> Config:
    """Return the config with none for what is done to a target, where that is not to be chosen.

    As with a penalty, a config that names its layers has none that it does not name.
    """
    predicts = MODELS[config.model].has_target
    if predicts and "layers" not in config.model_fields_set and config.data.horizon is None:
        return config
    unnamed = {key: "none" for key in TARGET_KEYS if key not in config.data.model_fields_set}
    return config.model_copy(update={"data": config.data.model_copy(update=unnamed)})


def penalty(config: Config, rows: int | None) -> float | Literal["auto"]:
    """Return l2, or auto where it follows from the number of rows and that is not known.

    A config that names its layers has no penalty that it does not name.
    """
    if config.l2 != "auto":
        return config.l2
    unnamed = "layers" in config.model_fields_set and "l2" not in config.model_fields_set
    if unnamed or config.optimizer.name != "adam":
        return 0.0
    return "auto" if rows is None else min(2 / rows, MOST_PENALTY)


def _perceptron_rule(config: Config) -> dict[str, Any]:
    """Return, where the config leaves it open, how a perceptron learns: from zero, row by row.

    Rosenblatt 1958, "The perceptron". From zero the size of a step changes no decision, and the
    number of mistakes has the bound of Novikoff 1962, "On convergence proofs for perceptrons".
    """
    rule = {
        "optimizer": OPTIMIZERS["sgd"](learning_rate=1.0),
        "batch_size": 1,
        "initializer": INITIALIZERS["zeros"](),
    }
    return {key: value for key, value in rule.items() if key not in config.model_fields_set}


def _outputs(loss: Loss, task: str) -> list[str]:
    """Return the output activations for a loss and a task, the task's usual one first."""
    fits = TASKS[task].fits
    fitting = [output for output in loss.outputs if output in fits]
    return sorted(fitting, key=lambda output: output != next(iter(fits)))


def _misfits(config: Config, task: str, classes: int, validated: bool) -> Iterator[Problem]:
    """Yield each key that makes no sense for the task, why, and what to use instead."""
    output, loss = config.output_activation, config.loss
    fits = TASKS[task].fits
    if output != "auto" and output not in fits:
        yield Problem(
            f"{output} makes classes, and the task is {task}",
            config.place("output_activation"),
            f"use {' or '.join(fits)}, or task: classification",
        )
    if isinstance(loss, Loss):
        kind = TASKS[task].kind
        if kind not in loss.kinds:
            suited = [name for name, each in LOSSES.items() if kind in each.kinds]
            others = [name for name, each in TASKS.items() if each.kind in loss.kinds]
            yield Problem(
                f"{loss.name} is a loss for {', '.join(others)}, and the task is {task}",
                config.place("loss"),
                f"use {' or '.join(suited)}",
            )
        elif output in fits and output not in loss.outputs:
            yield Problem(
                f"{loss.name} does not go with the output activation {output}",
                config.place("loss"),
                f"use output_activation: {' or '.join(_outputs(loss, task))}, "
                f"or loss: {fits[output]}",
            )
    for key, message, remedy in TASKS[task]().misfits(config, classes):
        yield Problem(message, config.place(key), remedy)
    if config.early_stopping is not None and not validated:
        yield Problem(
            "early stopping needs validation data, and there is none",
            config.place("early_stopping"),
            "set data.validation: 0.2 or to a CSV's path, or remove early_stopping",
        )
    searched = isinstance(config.optimizer, BruteForce)
    if config.ensemble is not None and (output == "threshold" or searched):
        yield Problem(
            "an ensemble is trained by steps along a gradient",
            config.place("ensemble"),
            "remove it, or use another optimizer and output",
        )
    forms = config.forms
    for form in forms:
        yield from unsolvable(form, output_of(config, task), loss_of(config, task))
    if config.folds > 1 and any(layer.joins_rows() for form in forms for layer in form.layers):
        yield Problem(
            "batch normalization compares all rows of a step, those of a fold left out, too",
            config.place("ensemble.folds"),
            "use {normalize: layer}, or ensemble.folds: 1",
        )
    for form in forms:
        for number, layer in enumerate(form.layers):
            if layer.joins_rows() and config.batch_size == 1:
                yield Problem(
                    "batch normalization compares the rows of a step, and a step has one row",
                    form.place(f"layers.{number}"),
                    "use {normalize: layer}, or a greater batch_size",
                )
        for key in () if hasattr(form.optimizer, "weight_decay") else _decay_keys(form):
            decaying = (name for name, each in OPTIMIZERS.items() if hasattr(each, "weight_decay"))
            yield Problem(
                f"{form.optimizer.name} has no weight_decay",
                form.place(key),
                f"use optimizer: {' or '.join(decaying)}, or remove it",
            )
    yield from unused_keys(config)
    yield from of_series(config)


def check_dropout(config: Config) -> None:
    """Raise ConfigError for a dropout_schedule of which no network that has it has a dropout.

    It is asked of what is to be trained alone: not of baselines, nor of weights of before.
    """
    used: dict[str, bool] = {}
    for form in config.forms:
        if form.dropout_schedule != Constant():
            place = form.place("dropout_schedule")
            used[place] = used.get(place, False) or any(layer.drops() for layer in form.layers)
    problems = [
        Problem(
            "dropout_schedule changes a dropout over time, and no layer has one",
            place,
            "give a layer one, such as {units: 64, dropout: 0.2}, or remove it",
        )
        for place, drops in used.items()
        if not drops
    ]
    if problems:
        raise ConfigError.of(problems)


def _decay_keys(config: Config) -> Iterator[str]:
    """Yield the keys that say something of the optimizer's weight_decay."""
    if config.weight_decay_schedule != Constant():
        yield "weight_decay_schedule"
    held: list[tuple[str, Sequence[LayerEntry]]] = [("layers", config.layers)]
    for place, layers in held:  # which grows by the layers within layers
        for number, layer in enumerate(layers):
            if getattr(layer, "weight_decay", None) is not None:
                yield f"{place}.{number}.weight_decay"
            if isinstance(layer, Around):
                held.append((f"{place}.{number}.{layer.key()}", layer.held))


def check_folds(config: Config) -> None:
    """Raise ConfigError where an ensemble's members cannot each leave out a fold of the rows."""
    if problems := list(_unfoldable(config)):
        raise ConfigError.of(problems)


def _unfoldable(config: Config) -> Iterator[Problem]:
    """Yield what stands against leaving out folds, before the rows are read."""
    ensemble = config.ensemble
    if ensemble is None:
        return
    groups, rest = divmod(ensemble.members, ensemble.folds)
    if rest or groups < config.variations:
        least = config.variations * ensemble.folds
        fitting = max(least, groups * ensemble.folds)
        yield Problem(
            f"{ensemble.members} members cannot leave out {ensemble.folds} folds each as often in "
            f"{counted(config.variations, 'variation')}",
            config.place("ensemble.members"),
            f"use a multiple of folds, of at least {least}: {fitting}",
        )
    if ensemble.folds == 1:
        return
    one = "or set ensemble.folds: 1"
    if config.data.stream is True:
        yield Problem(
            "folds of an ensemble need all rows in memory, and these are streamed",
            config.place("ensemble.folds"),
            f"set data.stream: false, {one}",
        )
    if config.data.latest_by is not None:
        yield Problem(
            "each fold of an ensemble validates in turn, and data.time asks for the latest rows",
            config.place("ensemble.folds"),
            f"remove data.time, {one}",
        )
    if config.data.parts["validation"] and "validation" in config.data.model_fields_set:
        yield Problem(
            "each fold of an ensemble validates in turn, and no other rows do",
            config.place("data.validation"),
            f"remove it, {one}",
        )
