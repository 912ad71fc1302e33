"""`--set KEY=VALUE`: a key of the config, given on the command line."""

from typing import Any

from ann_cli.config.entry_schema import kind_of, plain
from ann_cli.config.origin import Key, split
from ann_cli.config.spec import Config, EarlyStopping
from ann_cli.config.tree import Tree, parse
from ann_cli.errors import ConfigError, Problem


def override(tree: Tree, texts: tuple[str, ...]) -> None:
    """Put each KEY=VALUE into the tree, in order; the problems of all come together."""
    problems: list[Problem] = []
    for text in texts:
        key, equals, value = text.partition("=")
        key = key.strip()
        place = f"--set {key}".rstrip()
        try:
            if not equals or not key or not all(split(key)):
                raise ConfigError(
                    f"expected KEY=VALUE, found {text!r}",
                    place=place,
                    remedy="for example: --set optimizer.learning_rate=0.01",
                )
            steps = split(key)
            # A bare - would begin a list; here it stands for standard input.
            given = value if value == "-" else parse(value, place, lines=False).value
            _put(tree, steps, given, place)
            for known in [known for known in tree.marks if known[: len(steps)] == steps]:
                del tree.marks[known]
            tree.marks[steps] = key
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError.of(problems)


def _put(tree: Tree, steps: Key, value: Any, place: str) -> None:
    """Put one value where its steps lead, through defaults where the config says nothing."""
    at = tree.value
    for count, step in enumerate(steps):
        slot: Any = step
        if isinstance(at, list):
            slot = _index(at, steps[:count], step, place)
        if count == len(steps) - 1:
            at[slot] = value
            return
        if isinstance(at, dict) and slot not in at:
            at[slot] = _default(steps[: count + 1], at)
            tree.marks[steps[: count + 1]] = ".".join(steps)
        inner = at[slot]
        if isinstance(inner, str):
            # `adam` stands for {name: adam}.
            inner = {"name": inner}
        at[slot] = at = inner if inner is not None else {}


def _index(values: list[Any], steps: Key, step: str, place: str) -> int:
    if step.isdecimal() and int(step) < len(values):
        return int(step)
    where = ".".join(steps)
    known = f"{where}.0 to {where}.{len(values) - 1}" if len(values) > 1 else f"{where}.0"
    raise ConfigError(
        f"{where} has no element {step!r}",
        place=place,
        remedy=f"it has {known}" if values else f"it is empty; set all of it: {where}=[…]",
    )


MODELS: dict[Key, Any] = {(): Config, ("early_stopping",): EarlyStopping}


def _default(steps: Key, around: dict[str, Any]) -> Any:
    """Return a key's default as a config would say it, copied; `around` is the mapping it is in."""
    *before, key = steps
    if kind := before and before[-1].isdecimal() and kind_of(around):
        return next((plain(each.default) for each in kind.settings() if each.name == key), None)
    known = MODELS[steps[:-1]].model_fields.get(key) if steps[:-1] in MODELS else None
    default = known.default if known else None
    return [dict(each) for each in default] if isinstance(default, list) else default
