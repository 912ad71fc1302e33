"""A search space in a config's own words, where a value would stand.

`{choose: [relu, mish]}` is one of some values, which may hold such words themselves;
`{range: [1e-4, 1e-1], log: true}` a number between two, whole where the key takes whole numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any, TypeAlias

from ann_cli.config.origin import OPEN, Key, Origin
from ann_cli.config.schema import find
from ann_cli.config.tree import Tree
from ann_cli.config.write import as_written, line
from ann_cli.errors import ConfigError, Problem, counted

CHOOSE, RANGE, LOG = "choose", "range", "log"
KEYS = {CHOOSE: (CHOOSE,), RANGE: (RANGE, LOG)}
DIGITS = 4
"""Of a number that is drawn from a range: more than a setting's effect tells apart."""

ALL_ALIKE = "the same rows have to judge all trials, so that this key needs one value"
WHOLE_MAPPING = "search the keys in it one by one"
FIXED: dict[Key, tuple[str, str]] = {
    ("data",): (ALL_ALIKE, WHOLE_MAPPING),
    **{
        ("data", key): (ALL_ALIKE, "tune a config for each value")
        for key in (
            *("file", "target", "features", "exclude", "types", "separator", "decimal"),
            *("thousands", "missing", "sample_weight", "validation", "test", "group", "time"),
            "stream",
        )
    },
    ("ensemble", "folds"): (ALL_ALIKE, "tune a config for each value"),
    ("recipe",): ("what it chooses has other rows to judge it", "name auto or none"),
    ("task",): ("a number's error and a class's have nothing in common", "name one task"),
    ("seed",): ("a seed that is searched for fits the validation rows by chance", "name one seed"),
    ("save_to",): ("trials write no run folders", "name one folder"),
    ("cluster", "address"): ("where trials are trained is one for all", "name one address"),
    ("checkpoint_every",): ("trials write no checkpoints", "name one number"),
}
"""What cannot be searched: why, and what to do."""


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
    if "name" in value or not (CHOOSE in value or RANGE in value):
        return False
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
    found = list(_problems(key, value))
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


def takes(key: Key) -> set[str]:
    """Return the kinds of numbers that a key takes, as the schema calls them."""
    nodes = find([int(step) if step.isdecimal() else step for step in key])[1]
    kinds = {str(node.get("type")) for node in nodes if not isinstance(node.get("type"), list)}
    return kinds & {"integer", "number"} if nodes else {"number"}  # an unknown key is told later


def _problems(key: Key, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the words of one mapping, and what to do."""
    # Of data only some keys are fixed: what it is fixed for is data as a whole.
    fixed = FIXED.get(key[:2]) or (FIXED.get(key[:1]) if key[:1] != ("data",) else None)
    fixed = fixed or _differs_within(key, value.get(CHOOSE))
    if fixed:
        yield fixed
        return
    word = CHOOSE if CHOOSE in value else RANGE
    unknown = [each for each in value if each not in KEYS[word]]
    if unknown:
        example = {CHOOSE: "{choose: [relu, mish]}", RANGE: "{range: [1e-4, 1e-1], log: true}"}
        yield f"{', '.join(unknown)} cannot stand beside {word}", f"for example {example[word]}"
        return
    yield from (_wrong_choice if word == CHOOSE else _wrong_range)(key, value)


def _differs_within(key: Key, options: Any) -> tuple[str, str] | None:
    """Return what to say of whole mappings that are chosen from, where a fixed key in them differs.

    One that is no mapping has none of its keys: no ensemble has no folds.
    """
    for fixed, (why, remedy) in FIXED.items():
        if len(fixed) > len(key) and fixed[: len(key)] == key and isinstance(options, list):
            found = [each.get(fixed[-1]) if isinstance(each, Mapping) else "" for each in options]
            if any(each != found[0] for each in found):
                return f"{'.'.join(fixed)} differs within: {why}", remedy
    return None


def _wrong_choice(key: Key, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    options = value[CHOOSE]
    if not isinstance(options, list) or len(options) < 2:
        yield "choose needs a list of two or more values", "for example {choose: [relu, mish]}"
        return
    twice = [line(as_written(each)) for at, each in enumerate(options) if each in options[:at]]
    if twice:
        yield f"choose has a value twice: {', '.join(dict.fromkeys(twice))}", "keep one"


def _wrong_range(key: Key, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    example = "for example {range: [1e-4, 1e-1], log: true}"
    ends = [_number(each) for each in value[RANGE]] if isinstance(value[RANGE], list) else []
    if len(ends) != 2 or None in ends:
        yield "range needs two numbers, the least and the greatest", example
        return
    low, high = float(ends[0] or 0), float(ends[1] or 0)
    kinds, log = takes(key), value.get(LOG)
    if not kinds:
        yield "range is for numbers, and this key takes none", "use {choose: […]}"
    elif kinds == {"integer"} and not (low.is_integer() and high.is_integer()):
        yield "this key takes whole numbers", "give whole numbers to range"
    if low >= high:
        told = f"range goes from {value[RANGE][0]} to {value[RANGE][1]}"
        yield told, "put the smaller number first; for one number write the number alone"
    if log not in (None, "true", "false"):
        yield f"log is true or false, and not {line(as_written(log))}", example
    elif log == "true" and low <= 0:
        yield "log needs a range above 0", "begin above 0, such as 1e-6, or leave log out"


def _number(text: Any) -> float | None:
    try:
        number = float(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return number if number is not None and isfinite(number) else None
