"""A config with a search space in it: what may stand where, and the config of one choice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from ann_cli.config.entry_schema import kind_of
from ann_cli.config.origin import Key, Origin
from ann_cli.config.read import Draft
from ann_cli.config.search_words import Choose, Range, Word, words_of
from ann_cli.config.spec import Config
from ann_cli.config.tree import Tree
from ann_cli.errors import ConfigError, Problem

Pick: TypeAlias = Callable[[Word], float | None]
"""Says which of the values is taken, by its number, or which number of a range; None: neither, so
that the key has its default. A key that has none gets the first value, or a range's middle."""


@dataclass(frozen=True)
class Space:
    """A draft whose values may be words; raises ConfigError where these make no sense."""

    draft: Draft

    @cached_property
    def words(self) -> dict[Key, Word]:
        """The words by where they stand, in order; those within a value after it."""
        return words_of(self.draft.tree, self.draft.origin)

    def filled(self, pick: Pick) -> Draft:
        """Return the draft with one value for each of the words."""
        marks: dict[Key, int | str] = {}
        value = _Filling(self, pick, marks).value(self.draft.tree.value, (), ())
        given = self.draft.origin
        return Draft(Tree(value, marks), Origin(given.label, given.folder, given.name, marks))

    def untuned(self) -> Draft:
        """Return the draft as if nothing were searched for: with the default of each such key."""
        return self.filled(lambda word: None)

    def combinations(self, most: int) -> list[dict[str, Any]]:
        """Return all there are, as labels and numbers by parameter; none where they are more."""
        try:
            return list(self._within((), most))
        except _ManyError:
            return []

    def _within(self, at: Key, most: int) -> list[dict[str, Any]]:
        """Return the combinations of the words that stand within a value, and not deeper."""
        found: list[dict[str, Any]] = [{}]
        for word in self.words.values():
            around = [each for each in self.words if each != word.at and _holds(each, word.at)]
            if not _holds(at, word.at) or any(_holds(at, each) for each in around):
                continue
            choices = self._choices(word, most)
            if len(found) * len(choices) > most:
                raise _ManyError
            found = [known | choice for known in found for choice in choices]
        return found

    def _choices(self, word: Word, most: int) -> list[dict[str, Any]]:
        if isinstance(word, Choose):
            return [
                {word.name: label} | inner
                for number, label in enumerate(word.labels)
                for inner in self._within(word.nested(number), most)
            ]
        if not word.whole or word.high - word.low >= most:
            raise _ManyError
        return [{word.name: number} for number in range(int(word.low), int(word.high) + 1)]

    def check(self) -> Config:
        """Try each value and both ends of each range; return the config that is not tuned.

        Raises ConfigError with all that a key does not take.
        """
        config = self.untuned().checked()
        problems: dict[Problem, None] = {}
        for word in self.words.values():
            values = range(len(word.options)) if isinstance(word, Choose) else (word.low, word.high)
            for value in values:
                try:
                    self.filled(_to(word, value)).checked()
                except ConfigError as error:
                    problems.update(dict.fromkeys(error.problems))
        if problems:
            raise ConfigError.of(problems)
        return config


class _ManyError(Exception):
    """There are more combinations than were asked for."""


def _holds(around: Key, at: Key) -> bool:
    """Whether a place lies within another, or is the same."""
    return at[: len(around)] == around


def _to(target: Word, value: float) -> Pick:
    """Return what picks a value of one of the words, and what leads there, and nothing else."""

    def pick(word: Word) -> float | None:
        if word.at == target.at:
            return value
        if isinstance(word, Choose):
            for number in range(len(word.options)):
                nested = word.nested(number)
                if _holds(nested, target.at):
                    return number
        return None

    return pick


@dataclass(frozen=True)
class _Filling:
    """Puts values in place of words, and notes the line of each key."""

    space: Space
    pick: Pick
    marks: dict[Key, int | str]

    def value(self, value: Any, key: Key, at: Key) -> Any:
        mark = self.space.draft.origin.mark(at)
        if mark is not None:
            self.marks.setdefault(key, mark)
        word = self.space.words.get(at)
        if word is not None:
            picked = self.pick(word)
            if isinstance(word, Choose):
                number = int(picked or 0)
                return self.value(word.options[number], key, word.nested(number))
            return word.shown(_middle(word) if picked is None else picked)
        if isinstance(value, Mapping):
            return {
                step: self.value(each, (*key, step), (*at, step))
                for step, each in value.items()
                if not self.left_out(value, step, (*at, step))
            }
        if isinstance(value, list):
            steps = ((str(number), each) for number, each in enumerate(value))
            return [self.value(each, (*key, step), (*at, step)) for step, each in steps]
        return value

    def left_out(self, around: Mapping[str, Any], step: str, at: Key) -> bool:
        """Whether a key is to have its default; the key that tells what a layer is has none."""
        word = self.space.words.get(at)
        if word is None or self.pick(word) is not None:
            return False
        others = {each: value for each, value in around.items() if each != step}
        return step != "name" and kind_of(others) is kind_of(around)


def _middle(word: Range) -> float:
    middle = (word.low * word.high) ** 0.5 if word.log else (word.low + word.high) / 2
    return round(middle) if word.whole else middle
