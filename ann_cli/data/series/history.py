"""The rows of one file as series: in order, on one grid of steps, without gaps."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.cells import dates
from ann_cli.data.cells.dates import ISO
from ann_cli.data.cells.values import Array, listed, not_seen
from ann_cli.data.series.known import Known
from ann_cli.data.series.step import Step, moment_of
from ann_cli.errors import DataError, Problem, counted

SHOWN = 5
"""Gaps, double moments and moments between the steps that are listed, each."""

ISO_PARTS = re.compile(
    r"\d{4}(-\d\d)?(-\d\d)?(?:([T ])\d\d(:?\d\d)?(:?\d\d)?[.,\d]*)? ?(Z|UTC|[+-]\d\d:?\d*)?"
)


@dataclass(frozen=True)
class Series:
    """One series, a cell a step; NaN where it is missing."""

    name: str
    """Its value of data.series; "" where there is one alone."""
    start: int
    """The first step, counted from the first of all series."""
    rows: Array
    """The rows of the file, from 0."""
    values: Array
    """The target, steps."""
    known: Array
    """Steps × channels that are known ahead."""

    @property
    def last(self) -> int:
        """The last step that has a target, counted from the first of all series; -1 of none."""
        found = np.flatnonzero(np.isfinite(self.values))
        return self.start + int(found[-1]) if len(found) else -1


@dataclass(frozen=True)
class History:
    """All series of a file."""

    series: tuple[Series, ...]
    step: Step
    first: float
    """The first moment."""
    notes: tuple[str, ...]

    @property
    def steps(self) -> int:
        """The number of steps from the first to the last that has a target."""
        return max(each.last for each in self.series) + 1

    def moment(self, position: int) -> float:
        """Return the moment of a step."""
        return self.step.moment(self.first, position)

    def up_to(self, last: int) -> "History":
        """Return the same as it was known after a step."""
        sizes = [(each, last + 1 - each.start) for each in self.series]
        series = tuple(
            replace(each, rows=each.rows[:size], values=each.values[:size], known=each.known[:size])
            for each, size in sizes
            if size > 0
        )
        return replace(self, series=series)

    def with_known(self, known: Known, frame: pd.DataFrame) -> "History":
        """Return the same with what is known ahead of a frame that it was made of."""
        cells, unseen = known.cells(frame.iloc[np.concatenate([each.rows for each in self.series])])
        ends = np.cumsum([len(each.rows) for each in self.series])[:-1]
        parts = zip(self.series, np.split(cells, ends), strict=True)
        series = tuple(replace(each, known=own) for each, own in parts)
        return replace(self, series=series, notes=(*self.notes, *not_seen(unseen)))


@dataclass(frozen=True)
class Roles:
    """Which columns of a file are what."""

    target: str
    time: str
    series: str | None
    known: tuple[str, ...]

    @classmethod
    def of(cls, data: Any) -> "Roles":
        """Return what the `data` of a config says."""
        return cls(data.target, data.time, data.series, tuple(data.known or ()))

    @property
    def columns(self) -> list[str]:
        """All of them."""
        named = [self.time, *([] if self.series is None else [self.series]), self.target]
        return [*named, *self.known]


def history_of(
    frame: pd.DataFrame, roles: Roles, dates: bool, form: str, step: Step | None = None
) -> History:
    """Return the series of a frame whose cells are read; `dates` are seconds since 1970.

    What is known ahead is not in it yet: `with_known`. `form` is how a moment is written, and
    `step` the one that is known. Raises DataError with the rows of all gaps and double moments.
    """
    moments = frame[roles.time].to_numpy(np.float64)
    _check_present(frame, roles, moments)
    names = [""] if roles.series is None else frame[roles.series].unique().tolist()
    groups = [np.arange(len(frame))]
    if roles.series is not None:
        codes, _ = pd.factorize(frame[roles.series])
        groups = [np.flatnonzero(codes == at) for at in range(len(names))]
    ordered = [rows[np.argsort(moments[rows], kind="stable")] for rows in groups]
    notes = list[str]()
    if any((own != rows).any() for own, rows in zip(ordered, groups, strict=True)):
        notes.append(f"the rows are not in the order of {roles.time}: sorted by it")
    known_step = step is not None
    step = step or Step.of([moments[rows] for rows in ordered], dates)
    if step is None:
        raise DataError(
            "there is one moment alone, and a series has several",
            place=f"column {roles.time}",
            remedy="name the column that tells the series apart as data.series"
            if roles.series is None
            else "",
        )
    first = float(moments.min())
    if not known_step:
        notes.append(f"a step of {roles.time} is {step.name}")
    problems, found = list[Problem](), list[Series]()
    for name, rows in zip(names, ordered, strict=True):
        positions = step.positions(moments[rows], first)
        problems += _problems(_Place(roles, name, form, rows, moments[rows]), positions, step)
        if problems:
            continue
        known = np.empty((len(rows), 0))
        values = frame[roles.target].to_numpy(np.float64)[rows]
        found.append(Series(str(name), round(float(positions[0])), rows, values, known))
    if problems:
        told = problems[: 2 * SHOWN]
        if len(problems) > len(told):
            told.append(Problem(f"and {len(problems) - len(told):,} more such places"))
        raise DataError.of(told)
    return History(tuple(found), step, first, tuple(notes))


def _check_present(frame: pd.DataFrame, roles: Roles, moments: Array) -> None:
    """Raise DataError for rows without a moment, or without the name of their series."""
    problems = []
    missing = {roles.time: np.isnan(moments)}
    if roles.series is not None:
        missing[roles.series] = frame[roles.series].isna().to_numpy()
    for name, cells in missing.items():
        if cells.any():
            rows = np.flatnonzero(cells) + 1
            problems.append(
                Problem(
                    f"{counted(len(rows), 'row')} without {name}: "
                    f"{listed([f'{row:,}' for row in rows.tolist()], SHOWN)}",
                    f"column {name}",
                    "fill these cells, or leave the rows out",
                )
            )
    if problems:
        raise DataError.of(problems)


@dataclass(frozen=True)
class _Place:
    """Where in a file something is wrong."""

    roles: Roles
    series: str
    form: str
    rows: Array
    moments: Array

    def told(self, at: int) -> str:
        return f"{written(self.moments[at], self.form)} (row {self.rows[at] + 1:,})"

    @property
    def name(self) -> str:
        place = f"column {self.roles.time}"
        return place if self.roles.series is None else f"{place}, {self.roles.series} {self.series}"


def _problems(place: _Place, positions: Array, step: Step) -> Iterator[Problem]:
    """Yield what is wrong with the moments of one series, in their order."""
    between = np.flatnonzero(positions != np.round(positions))
    distance = np.diff(positions)
    said = f"the step that was recognised is {step.name}"
    if len(between):
        yield Problem(
            f"{counted(len(between), 'row')} between the steps: {_some(place, between)}; {said}",
            place.name,
            "a series has a row at each step: sum the rows up, or number them in a column that "
            "data.time names",
        )
        return
    if len(double := np.flatnonzero(distance == 0)):
        yield Problem(
            f"{counted(len(double), 'moment')} twice: {_some(place, double + 1)}; {said}",
            place.name,
            "leave one of the rows out, or name the column that tells the series apart: data.series"
            if place.roles.series is None
            else "leave one of the rows out",
        )
    if len(gaps := np.flatnonzero(distance > 1)):
        steps = int(distance[gaps].sum()) - len(gaps)
        shown = [f"{place.told(at)} to {place.told(at + 1)}" for at in gaps[:SHOWN].tolist()]
        yield Problem(
            f"{counted(steps, 'step')} missing between {listed(shown, SHOWN)}"
            f"{_more(len(gaps))}; {said}",
            place.name,
            "add rows whose target is empty, and the windows around them are left out",
        )


def _some(place: _Place, at: Array) -> str:
    return listed([place.told(each) for each in at[:SHOWN].tolist()], SHOWN) + _more(len(at))


def _more(count: int) -> str:
    return f", and {count - SHOWN:,} more" if count > SHOWN else ""


def written(moment: float, form: str) -> str:
    """Return a moment as its file writes it."""
    if not form:
        return f"{moment:.12g}"
    return dates.written(moment_of(moment), form)


def form_of(texts: Sequence[str], date: str) -> str:
    """Return the form, as `strftime` has it, of dates that are read by `date`, from some cells."""
    if date != ISO:
        return date
    found = next((match for text in texts if (match := ISO_PARTS.fullmatch(text.strip()))), None)
    if found is None:
        return "%Y-%m-%d %H:%M:%S"
    month, day, sign, minute, second, zone = found.groups()
    form = "%Y" + ("-%m" if month else "") + ("-%d" if day else "")
    if sign:
        form += f"{sign}%H"
        form += (":%M" if ":" in minute else "%M") if minute else ""
        form += (":%S" if ":" in second else "%S") if second else ""
    return form + ("" if zone is None else "Z" if zone == "Z" else "+00:00")
