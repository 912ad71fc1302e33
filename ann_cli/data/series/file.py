"""A file of series: its columns, steps and seasons, and what the training part says of them."""

from functools import cached_property

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.cells.writing import kinds_given
from ann_cli.data.named_columns import check_named
from ann_cli.data.series.history import History, Roles, Series, form_of, history_of
from ann_cli.data.series.known import Known, KnownText
from ann_cli.data.series.parts import Cuts
from ann_cli.data.series.season import naive_error, season_of
from ann_cli.data.series.timeline import Timeline
from ann_cli.data.table import Table
from ann_cli.errors import DataError, Problem, within


class SeriesFile:
    """The series of a table, read once and held in memory."""

    def __init__(
        self, inner: Table, config: Config, timeline: Timeline | None, cuts: Cuts | None = None
    ) -> None:
        """`timeline` is what was learned in training; with `cuts` nothing after these is there.

        Raises DataError for absent columns.
        """
        self.inner, self._config, self._data = inner, config, config.data
        self._given, self._given_cuts = timeline, cuts
        self.name = inner.name
        self.roles = Roles.of(config.data)
        self._check()

    def _check(self) -> None:
        """Raise DataError for columns that the config names, and that are not there."""
        named = {
            "data.target": [self.roles.target],
            "data.time": [self.roles.time],
            "data.series": [self.roles.series] if self.roles.series is not None else [],
            "data.known": self.roles.known,
            "data.types": list(self._data.types),
        }
        check_named(self._config, self.inner, named)

    @property
    def history(self) -> History:
        """The series. Raises DataError for what is no series."""
        return self._read[0]

    @property
    def known(self) -> Known:
        """What is known ahead."""
        texts = any(self.kinds[name] == "category" for name in self.roles.known)
        return self._read[1] if texts else Known(self.roles.known)

    @cached_property
    def _read(self) -> tuple[History, Known]:
        frame = self.inner.read(self.kinds)
        with within(self.name):
            history = history_of(
                frame,
                self.roles,
                self.kinds[self.roles.time] == "date",
                self.written,
                self._given.step if self._given else None,
            )
            if self._given_cuts:
                history = history.up_to(self._given_cuts.last)
            texts = self._given.texts if self._given else self._learned(frame, history)
            known = Known(self.roles.known, tuple(texts))
            return history.with_known(known, frame), known

    def _learned(self, frame: pd.DataFrame, history: History) -> list[KnownText]:
        """Return the columns of text that are known ahead: their values in the training part."""
        names = [name for name in self.roles.known if self.kinds[name] == "category"]
        if not names:
            return []
        end = self._cuts_of(history).training + 1
        rows = [each.rows[: max(end - each.start, 0)] for each in history.series]
        training = frame.iloc[np.concatenate(rows)]
        return [KnownText.learned(name, training[name]) for name in names]

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """The kinds of the columns of the file that are read."""
        roles = self.roles
        names = roles.columns
        types: dict[str, Kind] = {
            name: kind for name, kind in kinds_given(self._data).items() if name in names
        }
        types[roles.target] = "number"
        if roles.series is not None:
            types[roles.series] = "category"
        if self._given:
            types |= {each.name: "category" for each in self._given.texts}
        kinds = self.inner.recognise(types, names)
        problems = []
        if kinds[roles.time] in ("category", "boolean"):
            problems.append(
                Problem(
                    f"column {roles.time} holds no dates and no numbers, and says when each row is",
                    self._config.place("data.time"),
                    "say how its dates are written: "
                    f'data.types: {{{roles.time}: {{date: "%d/%m/%Y"}}}}',
                )
            )
        problems += [
            Problem(
                f"column {name} holds dates, and what is known ahead is numbers here, texts, or "
                "yes and no",
                self._config.place("data.known"),
                "make a column of what of a date counts, such as the day of the week",
            )
            for name in roles.known
            if kinds[name] == "date"
        ]
        learned = [each.name for each in self._given.texts] if self._given else list(roles.known)
        problems += [
            Problem(
                f"column {name} holds text, and held numbers where the weights were trained",
                self.name,
                "give a file whose column holds numbers",
            )
            for name in roles.known
            if kinds[name] == "category" and name not in learned
        ]
        if problems:
            raise DataError.of(problems)
        return kinds

    @property
    def notes(self) -> list[str]:
        """Sentences on how cells are written, and on time."""
        return [*self.inner.notes(self.kinds), *self.history.notes]

    @cached_property
    def written(self) -> str:
        """How moments are written, as `strftime` has it; "" of numbers."""
        if self._given:
            return self._given.form
        return self._found_form()

    def _found_form(self) -> str:
        time = self.roles.time
        if self.kinds[time] != "date":
            return ""
        _, texts = next(iter(self.inner.chunks_with_text({time: "date"}, [time])))
        return form_of(texts[time].head(100).tolist(), self.inner.notations[time].date)

    @cached_property
    def cuts(self) -> Cuts:
        """The steps after which the parts begin. Raises DataError where one has no window."""
        return self._cuts_of(self.history)

    def _cuts_of(self, history: History) -> Cuts:
        return self._given_cuts or Cuts.of(self._data, history.steps)

    @cached_property
    def season(self) -> int:
        """The steps of a season, as the config has it or recognised; 1 where there is none."""
        if self._data.season is not None:
            return int(self._data.season)
        if self._given:  # an earlier one found none
            return 1
        return season_of(self.history.step, map(self._training_part, self.history.series))

    def _training_part(self, series: Series) -> Array:
        return series.values[: max(self.cuts.training + 1 - series.start, 0)]

    @cached_property
    def timeline(self) -> Timeline:
        """What the training part teaches, or taught."""
        if self._given:
            return self._given
        scales = {
            each.name: naive_error(self._training_part(each), self.season)
            for each in self.history.series
            if np.isfinite(self._training_part(each)).any()
        }
        date = self.inner.notations[self.roles.time].date if self.written else ""
        texts = self.known.texts
        return Timeline(self.history.step, date, self.written, scales, texts)
