"""A search space in a config's own words, where a value would stand.

`{choose: [relu, mish]}` is one of some values, which may hold such words themselves;
`{range: [1e-4, 1e-1], log: true}` a number between two, whole where the key takes whole numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from ann_cli.config.origin import OPEN, Key, Origin
from ann_cli.config.search_problems import CHOOSE, KEYS, LOG, RANGE, misspelt, problems_of, takes
from ann_cli.config.tree import Tree
from ann_cli.config.write import as_written, line
from ann_cli.errors import ConfigError, Problem, counted

DIGITS = 4
"""Of a number that is drawn from a range: more than a setting's effect tells apart."""


@dataclass(frozen=True)
class Choose:
    """One of some values. `name` is the parameter's, `key` the config's, `at` where it stands."""

    name: str
    key: Key
    at: Key
    options: tuple[Any, ...]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The values as a person writes them; short where these hold words themselves."""
        sizes = [len(option) for option in self.options if isinstance(option, list)]
        nested = any(map(_holds_words, self.options))
        if nested and len(set(sizes)) == len(self.options):
            return tuple(counted(size, self.key[-1].removesuffix("s")) for size in sizes)
        # What is words and nothing else is shown as they are.
        shown = [each if _is_words(each) else _short(each) for each in self.options]
        short = tuple(line(as_written(each)) for each in shown)
        whole = tuple(line(as_written(each)) for each in self.options)
        return short if len(set(short)) == len(short) else whole

    @property
    def text(self) -> str:
        """The words as a person writes them."""
        return f"{{choose: [{', '.join(self.labels)}]}}"

    def shown(self, value: float) -> str:
        """Return one of the values, by its number, as a person writes it."""
        return self.labels[int(value)]

    def nested(self, index: int) -> Key:
        """Return where one of the values stands."""
        return (*self.at, CHOOSE, str(index))


@dataclass(frozen=True)
class Range:
    """A number from `low` to `high`; `log`: each size is as likely as the next."""

    name: str
    key: Key
    at: Key
    low: float
    high: float
    log: bool
    whole: bool

    @property
    def text(self) -> str:
        """The words as a person writes them."""
        log = f", {LOG}: true" if self.log else ""
        return f"{{range: [{self.shown(self.low)}, {self.shown(self.high)}]{log}}}"

    def shown(self, value: float) -> str:
        """Return a number as it stands in a config: whole, or with a few digits and in range."""
        if self.whole:
            return str(int(value))
        return repr(min(max(float(f"{value:.{DIGITS}g}"), self.low), self.high))


Word: TypeAlias = Choose | Range


def _holds_words(value: Any) -> bool:
    return any(True for _ in _standing(value, (), ()))


def _is_words(value: Any) -> bool:
    return isinstance(value, Mapping) and _meant(value, ())


def _short(value: Any) -> Any:
    """Return a value with an ellipsis for the words in it."""
    if isinstance(value, Mapping):
        if _is_words(value):
            return "…"
        return {key: _short(each) for key, each in value.items()}
    return [_short(each) for each in value] if isinstance(value, list) else value


def refuse_words(tree: Tree, origin: Origin) -> None:
    """Raise ConfigError where a value is to be searched for, and one was expected."""
    problems = [
        Problem(
            "several values stand here, and one was expected",
            origin.place(key),
            "give one value, or let `ann tune CONFIG` find it: it prints a config that trains",
        )
        for key, _, _ in _standing(tree.value, (), ())
    ]
    if problems:
        raise ConfigError.of(problems)


def words_of(tree: Tree, origin: Origin) -> dict[Key, Word]:
    """Return all words by their place in a tree, in its order. Raises ConfigError."""
    words: dict[Key, Word] = {}
    problems: list[Problem] = []
    for key, at, value in _standing(tree.value, (), ()):
        _collect(key, at, value, origin, words, problems)
    if problems:
        raise ConfigError.of(problems)
    return words


def _standing(value: Any, key: Key, at: Key) -> Iterator[tuple[Key, Key, Mapping[str, Any]]]:
    """Yield each mapping that is meant as words, not those within it: its key and its place."""
    if isinstance(value, Mapping):
        if _meant(value, key):
            yield key, at, value
            return
        steps = value.items()
    elif isinstance(value, list):
        steps = {str(number): each for number, each in enumerate(value)}.items()
    else:
        return
    for step, each in steps:
        yield from _standing(each, (*key, step), (*at, step))


def _meant(value: Mapping[str, Any], key: Key) -> bool:
    if "name" in value:
        return False
    if not (CHOOSE in value or RANGE in value):
        return bool(misspelt(value, key))
    # There the words may be a user's own: a class that is called range.
    return key not in OPEN or any(isinstance(value.get(word), list) for word in KEYS)


def _collect(
    key: Key,
    at: Key,
    value: Mapping[str, Any],
    origin: Origin,
    words: dict[Key, Word],
    problems: list[Problem],
) -> None:
    """Put the words of one mapping, and those within it, under their places."""
    found = list(problems_of(key, value))
    problems += [Problem(message, origin.place(key), remedy) for message, remedy in found]
    if found:
        return
    if CHOOSE in value:
        options = tuple(value[CHOOSE])
        words[at] = Choose(_name(Choose("", key, at, options), words), key, at, options)
        for number, option in enumerate(options):
            for inner in _standing(option, key, words[at].nested(number)):  # type: ignore[union-attr]
                _collect(*inner, origin, words, problems)
    else:
        low, high = map(float, value[RANGE])
        told = (low, high, value.get(LOG) == "true", takes(key) == {"integer"})
        words[at] = Range(_name(Range("", key, at, *told), words), key, at, *told)


def _name(word: Word, words: Mapping[Key, Word]) -> str:
    """Return a parameter's name: its key; where others have that key, which of them it is.

    Equal words of one key, as of the first of one layer or of two, are one parameter.
    """
    same = [each for each in words.values() if each.key == word.key]
    for each in same:
        if type(each) is type(word) and each.text == word.text:
            return each.name
    number = len({each.name for each in same}) + 1
    which = "range" if number == 2 and isinstance(word, Range) else f"{number}"
    return ".".join(word.key) + (f" ({which})" if number > 1 else "")
