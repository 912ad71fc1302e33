"""Every error that a person can meet: what is wrong, where, what was expected, what to do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, ClassVar, Self

SEARCHED = 2000
"""Choices among which the nearest is looked for."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; `place` is "file:line: key" or "file:line, column"."""

    message: str
    place: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        # A line feed in a name or a cell must not pass for a line of ours.
        place, message = (each.replace("\n", "\\n") for each in (self.place, self.message))
        head = f"{place}: {message}" if place else message
        return f"{head}\n  {self.remedy}" if self.remedy else head


class AnnError(Exception):
    """All the problems of one kind, and the exit status that tells a script which kind."""

    exit_status: ClassVar[int] = 1
    kind: ClassVar[str] = "internal"
    reached: Mapping[str, Any] = {}
    """What was known before, which --json tells beside the error."""

    def __init__(self, message: str, *, place: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = (Problem(message, place, remedy),)

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> Self:
        """One error from one or more problems."""
        collected = tuple(problems)
        error = cls(collected[0].message)
        error.problems = collected
        return error

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class ConfigError(AnnError):
    """The command line or the config cannot be used as it stands."""

    exit_status = 2
    kind = "config"


class DataError(AnnError):
    """The table cannot be used as it stands."""

    exit_status = 3
    kind = "data"


class WeightsError(AnnError):
    """The weights file is not one, or is damaged."""

    exit_status = 4
    kind = "weights"


@contextmanager
def within(file: str) -> Iterator[None]:
    """Place the problems of a DataError, which know their column, within a file."""
    try:
        yield
    except DataError as error:
        raise DataError.of(
            replace(each, place=", ".join(filter(None, (file, each.place))))
            for each in error.problems
        ) from error


class FileError(AnnError):
    """Reading or writing a file failed."""

    exit_status = 5
    kind = "file"


class LostError(FileError):
    """The machines that computed are gone, or the rows to come; what was learned is not."""


GO_ON = "what was learned is kept, go on with it: ann train … --resume"


@contextmanager
def keeping_what_was_learned() -> Iterator[None]:
    """Turn the FileError of rows that cannot be read any more into a LostError."""
    try:
        yield
    except LostError:
        raise
    except FileError as error:
        raise LostError.of(
            replace(each, remedy="; ".join(filter(None, (each.remedy, GO_ON))))
            for each in error.problems
        ) from error


class DivergedError(AnnError):
    """Training left the range of finite numbers."""

    exit_status = 6
    kind = "diverged"

    def adding(self, line: str) -> Self:
        """Return the error with one line more in its remedy."""
        (problem,) = self.problems
        remedy = "\n  ".join(filter(None, (problem.remedy, line)))
        return self.of([replace(problem, remedy=remedy)])


class InUseError(AnnError):
    """Another training is at work in the run folder."""

    exit_status = 11
    kind = "in_use"


def counted(count: int, noun: str) -> str:
    """Return "1 row" or "2,344 rows"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def nearest(words: Iterable[Any], choices: Sequence[str]) -> str:
    """Return "did you mean …? " for the first of some words that is near a choice, or nothing."""
    found = (did_you_mean(str(word), choices) for word in words)
    return f"{next(filter(None, found), '')} ".lstrip()


def did_you_mean(word: str, choices: Sequence[str]) -> str:
    """Return "did you mean …?" for the nearest choice, or nothing when none is near.

    Thousands of choices are not searched, which would take seconds.
    """
    if len(choices) > SEARCHED:
        return ""
    lowered = {choice.lower(): choice for choice in choices}
    near = get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return f"did you mean {lowered[near[0]]}?" if near else ""
