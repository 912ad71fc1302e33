"""YAML as plain values, each scalar as the text that stands there, with the line of each key.

Built from the parser's events, so that what a config has no use for (tags, anchors, a second
document, depth without end) is refused before anything is made of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.reader import Reader

from ann_cli.config.origin import Key
from ann_cli.errors import ConfigError, Problem

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NULLS = ("", "~", "null", "Null", "NULL")
DEEPEST = 50
TOO_DEEP = f"nested more than {DEEPEST} deep"
HOW_DEEP = "no key of a config lies that deep"
MOST_EVENTS = 20_000
MOST_DIGITS = 400
"""More than any number needs: the largest of float64 has 309."""

MOST_PROBLEMS = 20
"""Named at once: what is wrong at a thousand places is no config."""

SYNTAX = (
    ("tab character", "a tab cannot indent", "use spaces"),
    ("cannot start any token", "no value can start with this character", "quote the value"),
    ("mapping values are not allowed", "a ':' is not expected here", "check the indentation of "
     "this line and the one above; quote text that holds ': '"),
    ("',' or ']'", "a list that [ opened goes on wrongly", "separate with ',' and close with ']'"),
    ("',' or '}'", "a mapping that { opened goes on wrongly", "separate with ',' and close with "
     "'}'"),
    ("'-' indicator", "expected another '- ' of the list here", "indent all of a list alike"),
    ("expected key", "expected a key here", "indent all keys of a mapping alike"),
    ("block end", "expected a key here", "indent all keys of a mapping alike"),
    ("expected ':'", "a key without ':'", "write key: value"),
    ("end of stream", "a quote is not closed", "close it, or write the text without quotes"),
    ("nesting depth", TOO_DEEP, HOW_DEEP),
    ("alphabetic or numeric", "no value can start with * or &", "quote the value: 'sales/*.csv'"),
    ("escape", "an unknown escape after \\ in double quotes", "use single quotes"),
)  # fmt: skip
"""Parts of the parser's messages; what they mean to a person; what to do."""


@dataclass
class Tree:
    """Plain values, and the line of each key."""

    value: Any = None
    marks: dict[Key, int | str] = field(default_factory=dict)


@dataclass
class _Level:
    """A mapping or a list that is being filled."""

    value: Any
    steps: Key
    key: str | None = None


def leaves(value: Any, around: str = "") -> Iterator[tuple[str, str | None]]:
    """Yield the scalars of a tree with their dotted keys; what is empty has an empty text."""
    if not isinstance(value, dict | list) or not value:
        yield around, None if value is None else str(value or "")
        return
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        yield from leaves(each, f"{around}.{key}" if around else str(key))


def parse(text: str, label: str, *, lines: bool = True) -> Tree:
    """Return the one document in a text; a place is "label:line", or the label alone."""
    return _Builder(label, lines).build(text)


class _Builder:
    """Puts values in their place as the parser meets them."""

    def __init__(self, label: str, lines: bool) -> None:
        self.label, self.lines = label, lines
        self.tree = Tree()
        self.levels: list[_Level] = []
        self.problems: list[Problem] = []

    def place(self, line: int, column: int | None = None) -> str:
        if not self.lines:
            return self.label
        return f"{self.label}:{line}" + ("" if column is None else f", column {column}")

    def build(self, text: str) -> Tree:
        documents = 0
        for count, event in enumerate(self.events(text)):
            line = event.start_mark.line + 1  # type: ignore[union-attr]
            if count == MOST_EVENTS:
                raise ConfigError(
                    f"more than {MOST_EVENTS:,} keys, values and brackets, which no config has",
                    place=self.place(line),
                    remedy="is it the data's file?",
                )
            if len(self.problems) >= MOST_PROBLEMS:
                self.refuse(line, "so much is wrong above that the rest was not read", "")
                break
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.refuse(line, "a second document starts here", "keep one config a file")
                    break
            elif isinstance(event, yaml.NodeEvent):
                self.node(event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.levels.pop()
        if self.problems:
            raise ConfigError.of(self.problems)
        return self.tree

    def events(self, text: str) -> Iterator[yaml.Event]:
        """Yield the parser's events; a syntax error becomes a ConfigError."""
        unprintable = Reader.NON_PRINTABLE.search(text)
        if unprintable:
            line = text.count("\n", 0, unprintable.start()) + 1
            found = f"a character that no YAML may hold: {unprintable.group()!r}"
            raise ConfigError(found, place=self.place(line), remedy="remove it, or escape it")
        try:
            yield from yaml.parse(text, Loader=LOADER)
        except yaml.MarkedYAMLError as error:
            raise self.syntax(error, text) from None

    def syntax(self, error: yaml.MarkedYAMLError, text: str) -> ConfigError:
        """Say a syntax error in plain words."""
        problem = error.problem or error.context or "this is not YAML"
        mark, start = error.problem_mark or error.context_mark, error.context_mark
        if mark is None:
            return ConfigError(problem, place=self.label)
        if text[mark.index : mark.index + 1] == "\t":
            problem = "tab character"
        known = ((meaning, advice) for part, meaning, advice in SYNTAX if part in problem)
        message, remedy = next(known, (problem, ""))
        if start and start.line < mark.line and self.lines:
            message += f" (it began on line {start.line + 1})"
        return ConfigError(message, place=self.place(mark.line + 1, mark.column + 1), remedy=remedy)

    def refuse(self, line: int, message: str, remedy: str, key: Key = ()) -> None:
        place = ": ".join(filter(None, (self.place(line), ".".join(key))))
        self.problems.append(Problem(message, place, remedy))

    def node(self, event: yaml.NodeEvent, line: int) -> None:
        alias = isinstance(event, yaml.AliasEvent)
        if alias or event.anchor:
            sign = f"*{event.anchor}" if alias else f"&{event.anchor}"
            self.refuse(line, f"{sign} repeats a part elsewhere", "write the value out; quote text")
        tag = getattr(event, "tag", None)
        if tag:
            tag = tag.replace("tag:yaml.org,2002:", "!!")
            self.refuse(line, f"the tag {tag} has no use here", "remove it; quote text")
        level = self.levels[-1] if self.levels else None
        if level and isinstance(level.value, dict) and level.key is None:
            self.key(level, event, line)
            return
        value: Any = None
        if isinstance(event, yaml.ScalarEvent):
            if not event.style and sum(map(str.isdigit, event.value)) > MOST_DIGITS:
                self.refuse(line, f"more than {MOST_DIGITS} digits", "no number needs as many")
            value = None if not event.style and event.value in NULLS else event.value
        elif isinstance(event, yaml.CollectionStartEvent):
            value = {} if isinstance(event, yaml.MappingStartEvent) else []
        steps = self.put(level, value, line)
        if isinstance(event, yaml.CollectionStartEvent):
            if len(self.levels) == DEEPEST:
                raise ConfigError(TOO_DEEP, place=self.place(line), remedy=HOW_DEEP)
            self.levels.append(_Level(value, steps))

    def key(self, level: _Level, event: yaml.NodeEvent, line: int) -> None:
        """Keep the key of the value that comes next."""
        if not isinstance(event, yaml.ScalarEvent):
            raise ConfigError(
                "a key must be a plain word",
                place=self.place(line),
                remedy="write key: value; quote text that starts with [ or { or *",
            )
        if event.value == "<<" and not event.style:
            self.refuse(line, "'<<' merges a part from elsewhere", "write the keys out")
        if event.value in level.value:
            key = (*level.steps, event.value)
            known = f", first on line {self.tree.marks[key]}" if self.lines else ""
            self.refuse(line, f"the key {event.value!r} stands here twice{known}", "keep one", key)
        level.key = event.value
        self.tree.marks[(*level.steps, event.value)] = line

    def put(self, level: _Level | None, value: Any, line: int) -> Key:
        """Put a value in its place and return the steps to it."""
        if level is None:
            self.tree.value = value
            self.tree.marks[()] = line
            return ()
        if level.key is None:
            steps = (*level.steps, str(len(level.value)))
            level.value.append(value)
            self.tree.marks[steps] = line
            return steps
        steps = (*level.steps, level.key)
        level.value[level.key] = value
        level.key = None
        return steps
