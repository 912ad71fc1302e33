"""What is wrong with the words of a search space, and what to do."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from ann_cli.config.origin import Key
from ann_cli.config.schema import Node, find, keys_of
from ann_cli.config.write import as_written, line
from ann_cli.errors import did_you_mean

CHOOSE, RANGE, LOG = "choose", "range", "log"
KEYS = {CHOOSE: (CHOOSE,), RANGE: (RANGE, LOG)}
EXAMPLES = {
    CHOOSE: "for example {choose: [relu, mish]}",
    RANGE: "for example {range: [1e-4, 1e-1], log: true}",
}

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


def problems_of(key: Key, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the words of one mapping, and what to do."""
    # Of data only some keys are fixed: what it is fixed for is data as a whole.
    fixed = FIXED.get(key[:2]) or (FIXED.get(key[:1]) if key[:1] != ("data",) else None)
    fixed = fixed or _differs_within(key, value.get(CHOOSE))
    if fixed:
        yield fixed
        return
    word = next((each for each in KEYS if each in value), "")
    if not word:
        given = misspelt(value, key)
        meant = next(each for each in KEYS if each in _near(given))
        yield f"unknown word {given!r}", f"{_near(given)} {EXAMPLES[meant]}"
        return
    unknown = [each for each in value if each not in KEYS[word]]
    if unknown:
        near = did_you_mean(unknown[0], KEYS[word])
        message = f"{', '.join(unknown)} cannot stand beside {word}"
        yield message, " ".join(filter(None, (near, EXAMPLES[word])))
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
        yield "choose needs a list of two or more values", EXAMPLES[CHOOSE]
        return
    twice = [line(as_written(each)) for at, each in enumerate(options) if each in options[:at]]
    if twice:
        yield f"choose has a value twice: {', '.join(dict.fromkeys(twice))}", "keep one"


def _wrong_range(key: Key, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    ends = [_number(each) for each in value[RANGE]] if isinstance(value[RANGE], list) else []
    if len(ends) != 2 or None in ends:
        yield "range needs two numbers, the least and the greatest", EXAMPLES[RANGE]
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
        yield f"log is true or false, and not {line(as_written(log))}", EXAMPLES[RANGE]
    elif log == "true" and low <= 0:
        yield "log needs a range above 0", "begin above 0, such as 1e-6, or leave log out"


def _number(text: Any) -> float | None:
    try:
        number = float(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return number if number is not None and isfinite(number) else None


def takes(key: Key) -> set[str]:
    """Return the kinds of numbers that a key takes, as the schema calls them."""
    nodes = _nodes(key)
    kinds = {str(node.get("type")) for node in nodes if not isinstance(node.get("type"), list)}
    return kinds & {"integer", "number"} if nodes else {"number"}  # an unknown key is told later


def _nodes(key: Key) -> list[Node]:
    """Return what may stand at a key, by the schema."""
    return find([int(step) if step.isdecimal() else step for step in key])[1]


def misspelt(value: Mapping[str, Any], key: Key) -> str:
    """Return which key is nearly a word, of a mapping none of whose keys has a use at its place.

    Its value is a list, which stands nowhere under a name that users give.
    """
    near = next((each for each in value if isinstance(value[each], list) and _near(each)), "")
    return "" if near and set(keys_of(_nodes(key))).intersection(value) else near


def _near(word: str) -> str:
    return did_you_mean(word, list(KEYS))
