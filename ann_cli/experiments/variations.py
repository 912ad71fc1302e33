"""Variations of a config: all combinations of the values that some keys are to have."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from ann_cli.config.origin import split
from ann_cli.config.read import Draft
from ann_cli.config.tree import parse
from ann_cli.engine.activations import Activation, hidden
from ann_cli.engine.layers import LayerEntry
from ann_cli.errors import ConfigError, Problem

FIXED = {
    "data": "vary the keys in it one by one",
    "data.file": "run `ann train` on each and set it beside the other",
    "data.target": "predictions of different columns have nothing in common",
    "data.validation": "the same rows have to judge all variations",
    "data.test": "the same rows have to judge all variations",
    "data.group": "the same rows have to judge all variations",
    "data.time": "the same rows have to judge all variations",
    "task": "a number's error and a class's have nothing in common",
    "seed": "--seeds says how many there are, and --set seed=… where they start",
    "save_to": "a comparison writes no run folders",
}
"""What cannot be varied, and why, or what to do instead."""

PARTS = re.compile(
    r"""(?<![^\s,\[{:])(?:'[^']*'|"(?:\\.|[^"\\])*")   # a quoted text, whole
        |[\[{] | [\]}] | , | .""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Variation:
    """`settings` are what is varied, as it was written; `overrides` say it to the config."""

    settings: dict[str, str]
    overrides: tuple[str, ...]
    option: str = "--vary"

    @property
    def name(self) -> str:
        """What sets it apart, for people: "optimizer=sgd batch_size=1", or an activation alone."""
        if self.option != "--vary":
            return self.settings["activation"]
        return " ".join(f"{key}={value}" for key, value in self.settings.items())

    def values(self) -> dict[str, Any]:
        """Return the settings as numbers, texts, lists and mappings."""
        return {
            key: _typed(parse(value, self.option, lines=False).value)
            for key, value in self.settings.items()
        }

    def placed(self, problem: Problem) -> Problem:
        """Place a problem with the option that gave the key, where the variation did."""
        for override in self.overrides:
            key = override.partition("=")[0]
            if re.match(rf"--set {re.escape(key)}\b", problem.place):
                place = f"{self.option} {key}" if self.option == "--vary" else self.option
                return replace(problem, place=place)
        return problem


def variations(texts: Sequence[str]) -> list[Variation]:
    """Return all combinations of KEY=V1,V2 …; raises ConfigError with all that is wrong."""
    varied: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for text in texts:
        key, equals, values = text.partition("=")
        key = key.strip()
        place = f"--vary {key}".rstrip()
        if not equals or not key or not all(split(key)):
            example = "for example: --vary batch_size=1,32,full"
            problems.append(Problem(f"expected KEY=V1,V2, found {text!r}", place, example))
        elif key in FIXED:
            problems.append(Problem(f"{key} cannot be varied", place, FIXED[key]))
        elif key in varied:
            problems.append(Problem("varied twice", place, f"give all values at once: {key}=V1,V2"))
        else:
            try:
                varied[key] = split_values(values, place)
            except ConfigError as error:
                problems.extend(error.problems)
    if problems:
        raise ConfigError.of(problems)
    combinations = [dict(zip(varied, each, strict=True)) for each in product(*varied.values())]
    # optimizer=… first, so that it does not undo optimizer.learning_rate=….
    return [
        Variation(each, tuple(f"{key}={each[key]}" for key in sorted(each, key=_depth)))
        for each in combinations
    ]


def activation_variations(draft: Draft, overrides: Sequence[str], names: str) -> list[Variation]:
    """Return a variation an activation, which stands in every hidden layer; "" means all."""
    keys = list(_activation_keys(draft.config(overrides).layers, "layers"))
    if not keys:
        raise ConfigError(
            "there is no hidden layer for an activation to stand in",
            place=draft.origin.place("layers"),
            remedy="add one: layers: [{units: 64}]",
        )
    return [
        Variation(
            {"activation": name},
            tuple(f"{key}={name}" for key in keys),
            "--activations",
        )
        for name in (split_values(names, "--activations") if names else hidden())
    ]


def _activation_keys(layers: Sequence[LayerEntry], place: str) -> Iterator[str]:
    """Yield the key of each activation in layers, and in those that they hold."""
    for number, layer in enumerate(layers):
        for each in layer.settings():
            key = f"{place}.{number}.{each.name}"
            if each.kind is LayerEntry:
                yield from _activation_keys(getattr(layer, each.name), key)
            elif isinstance(getattr(layer, each.name), Activation):
                yield key


def split_values(text: str, place: str) -> list[str]:
    """Split at the commas that stand outside of brackets and quotes; raises ConfigError."""
    values, opened = [""], ""
    for part in PARTS.findall(text):
        if part in "[{":
            opened += part
        elif part in "]}":
            if opened[-1:] != {"]": "[", "}": "{"}[part]:
                raise _unreadable(f"the {part} closes nothing in {text!r}", place)
            opened = opened[:-1]
        if part == "," and not opened:
            values.append("")
        else:
            values[-1] += part
    if opened:
        raise _unreadable(f"the {opened[-1]} is not closed in {text!r}", place)
    values = [value.strip() for value in values]
    if "" in values:
        raise _unreadable(f"a value is missing in {text!r}", place)
    return values


def _unreadable(message: str, place: str) -> ConfigError:
    remedy = "separate values with commas; lists and mappings stand in brackets; null is nothing"
    return ConfigError(message, place=place, remedy=remedy)


def _depth(key: str) -> int:
    return len(split(key))


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _typed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_typed(each) for each in value]
    try:
        return json.loads(value, parse_constant=str)
    except (TypeError, ValueError):
        return value
