"""The folds of a series: the origin rolls, and each fold is later than what trained it."""

from dataclasses import dataclass

import numpy as np

from ann_cli.config.series import check_series
from ann_cli.config.spec import Config
from ann_cli.data.series.history import written
from ann_cli.data.series.parts import Cuts
from ann_cli.data.series.table import WindowTable
from ann_cli.errors import ConfigError, DataError, counted
from ann_cli.experiments.plan import repeatable_table

FEW = 5
"""Folds below which it is said how little they tell."""


@dataclass(frozen=True)
class SeriesFolds:
    """Where the folds of a series begin and end."""

    cuts: list[Cuts]
    rows: int
    """Those with a target."""
    notes: list[str]
    """Sentences on the dates of each fold, and on how much they tell."""

    @classmethod
    def of(cls, config: Config, folds: int) -> "SeriesFolds":
        """Return those of a config. Raises ConfigError, and DataError where they have no room."""
        check_series(config)
        data = config.data
        if data.horizon is None:
            raise ConfigError(
                "rows of the file are divided here, and the steps of an example belong together",
                place="--folds",
                remedy="hold examples back: set data.test: 0.2 and use `ann train`",
            )
        if data.parts["validation"].file is not None:
            raise ConfigError(
                "rows of another file choose the epoch, and may be later than the fold that tests",
                place=config.place("data.validation"),
                remedy="use a share, such as data.validation: 0.2, or 0",
            )
        table = repeatable_table(config)
        # Its steps alone are asked for, and no text that parts of it would have to tell.
        plain = config.model_copy(update={"data": data.model_copy(update={"known": None})})
        file = WindowTable(table, plain).file
        history, steps = file.history, file.history.steps
        if steps < folds + 1:
            raise DataError(
                f"{counted(steps, 'step')} cannot make {folds:,} folds and steps before the first",
                place="--folds",
                remedy="use fewer folds, or more rows",
            )
        cuts = [Cuts.rolling(data, steps, at, folds) for at in range(1, folds + 1)]
        edges = [
            [written(history.moment(at), file.written) for at in (own.validation + 1, own.last)]
            for own in cuts
        ]
        notes = [
            f"each fold is later by {data.time} than all that it is trained on: "
            + ", ".join(f"{first} to {last}" for first, last in edges[:1] + edges[-1:])
            + f" are the first and the last of {folds:,}"
        ]
        if folds < FEW:
            notes.append(
                f"{folds:,} folds tell little of how scores differ from one time to another: "
                "their intervals are wide"
            )
        rows = sum(int(np.isfinite(each.values).sum()) for each in history.series)
        return cls(cuts, rows, notes)
