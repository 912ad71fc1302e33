"""The config that `ann init` writes: every key with its default and its line of help."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from ann_cli.config.data_spec import Data
from ann_cli.config.entry_schema import plain
from ann_cli.config.families import RATING_COLUMNS
from ann_cli.config.models import family_of, keys_of_others
from ann_cli.config.read import load
from ann_cli.config.schema import alternatives, find, is_layer, named_values
from ann_cli.config.spec import Config
from ann_cli.config.write import line

HEAD = """\
# yaml-language-server: $schema=ann.schema.json
# An editor completes and checks this file with that schema: ann schema > ann.schema.json
# A key behind a # has the default that stands there.
"""
WIDEST = 100
HELP = 30
"""The column in which the help starts, where the value leaves room."""


def starter(
    file: str,
    target: str | None,
    columns: Sequence[tuple[str, str, str]],
    task: str,
    data: Mapping[str, Any] | None = None,
    model: str = "network",
) -> str:
    """Return the text of a commented config; a column is its name, its kind and a note.

    `data` are keys of data that are written with values of their own. What learns without a target
    has the keys of its kind of `model` alone.
    """
    given: dict[str, Any] = {"file": file, **(data or {})}
    given |= {"target": target} if target is not None else {"model": model}
    if task != "auto":
        given["task"] = task
    named = {key: given[key] for key in RATING_COLUMNS if key in given}
    example = load({"data": {"file": file, "target": target, **named}, "model": model})
    others = keys_of_others(family_of(example))
    lines = ["", "data:"]
    lines += _keys(example.data, Data, given, ("data",), others)
    lines += _columns(columns)
    lines.append("")
    lines += _keys(example, Config, given, (), others)
    return HEAD + "\n".join(lines) + "\n"


def _keys(
    example: BaseModel,
    model: type[BaseModel],
    given: dict[str, Any],
    around: tuple[str, ...],
    others: Collection[str],
) -> Iterator[str]:
    """Yield a mapping's keys but for `others`: those given as they are, the rest behind a #."""
    indent = "  " * len(around)
    defaults = plain(example, brief=True)
    for key, field in model.model_fields.items():
        if key == "data" or ".".join((*around, key)) in others:
            continue
        sign, value = "" if key in given else "# ", given.get(key, defaults[key])
        each_alone = isinstance(value, Mapping) and key in given
        entry = f"{indent}{sign}{key}:{'' if each_alone else f' {line(value)}'}"
        yield from _helped(entry, indent, field.description or "", _listed((*around, key)))
        for name, one in value.items() if each_alone else ():
            yield f"{indent}  {line({name: one})[1:-1]}"


def _listed(steps: tuple[str, ...]) -> list[str]:
    """Return the values that a key can take, or the kinds of layers, where there are several."""
    nodes = find(steps)[1]
    values = [value for node in nodes for value in named_values(node)]
    elements = [each for node in nodes for each in alternatives(node.get("items", {}))]
    values += [each["required"][0] for each in elements if is_layer(each)]
    return values if len(values) > 1 and values != ["true", "false"] else []


def _helped(entry: str, indent: str, text: str, listed: list[str]) -> Iterator[str]:
    """Yield a key with its help behind it, or above it where there is no room; then its values."""
    beside = f"{entry:<{HELP}}  # {text}"
    if len(beside) <= WIDEST:
        yield beside
    else:
        yield f"{indent}# {text}"
        yield entry
    row = f"{indent}#".ljust(HELP + 3)
    for at, value in enumerate(listed):
        row += f" {value}" + " |" * (at < len(listed) - 1)
        if at == len(listed) - 1 or len(row) + len(listed[at + 1]) + 3 > WIDEST:
            yield row
            row = f"{indent}#".ljust(HELP + 3)


def _columns(columns: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """Yield the columns found, aligned."""
    rows = [(line(name), kind, _one_line(note)) for name, kind, note in columns]
    if not rows:
        return
    widths = [max(len(row[at]) for row in rows) for at in (0, 1)]
    yield "  # The columns found:"
    for name, kind, note in rows:
        yield f"  #   {name:<{widths[0]}}  {kind:<{widths[1]}}  {note}".rstrip()


def _one_line(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)
