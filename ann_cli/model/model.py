"""A model: the config, the encoder and the network that turn a table into predictions."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.cells.frames import as_read, with_names
from ann_cli.data.cells.writing import as_written
from ann_cli.data.columns.decoding import rebuilt
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.targets import NumberTarget
from ann_cli.data.open_table import open_table
from ann_cli.data.prefetch import parallel_map
from ann_cli.data.ratings.matrix import Matrix
from ann_cli.data.rows.series_frames import examples_of_frame, history_of_frame
from ann_cli.data.rows.tables import usual_notations, windowed
from ann_cli.data.series.futures import Futures, futures_of
from ann_cli.data.series.history import History, Roles
from ann_cli.data.series.known import Known
from ann_cli.data.series.windows import Form
from ann_cli.data.table import Table
from ann_cli.engine.ensemble import Ensemble
from ann_cli.engine.network import Network
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError
from ann_cli.model.calibration import Calibration, no_calibration
from ann_cli.model.environment import threads_side_by_side
from ann_cli.model.machine_recommender import MachineRecommender
from ann_cli.model.recommender import Recommender
from ann_cli.model.row_outputs import show_of
from ann_cli.tasks import TASKS, Task
from ann_cli.tasks.classification import class_probabilities

ROWS_OF_A_THREAD = 1 << 14
"""Rows that a thread predicts at a time, about."""


@dataclass
class Model:
    """What `ann_cli.load` returns: `predict(frame)` gives a frame, pandas in and out."""

    config: Config
    encoder: Encoder
    network: Network | Ensemble
    metrics: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, Any] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    """The SHA-256 of the data's `file` and `validation` that it was trained on, where known."""
    sizes: dict[str, int] = field(default_factory=dict)
    """The bytes of these files."""
    calibration: Calibration | None = None
    """How far off it was on rows that it was not trained on, where there were any."""
    ratings: Matrix | None = None
    """What users thought of items, users × items, where that is what it was trained on."""
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What a person should know of the file it was loaded from; not stored."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes' labels; none for regression."""
        return self.encoder.classes

    @property
    def member(self) -> Network:
        """The network that layers and units are told of; of an ensemble its first."""
        return self.network.member

    def table(
        self,
        source: str | Path,
        strict: bool = False,
        hashed: bool = False,
        every: int = 1,
        query: str | None = None,
    ) -> Table:
        """Open a table that holds rows for this model, written as it pleases. Raises DataError.

        Of the windows of a series one in `every` is there. `query` is what a database is asked;
        None: what it was asked in training.

        Where its cells leave a doubt they are read as those of the training rows.
        """
        usual = usual_notations(self.config, self.encoder)
        written = as_written(self.config.data, usual)
        written = replace(written, query=query or written.query)
        table = open_table(source, hashed=hashed, written=written, strict=strict)
        return windowed(table, self.config, self.encoder.timeline, every)

    def predict(
        self,
        frame: pd.DataFrame,
        probabilities: bool = False,
        interval: float | None = None,
        shown: str = "",
    ) -> pd.DataFrame:
        """Return a frame with `prediction`, and `probability_<label>` for each class when asked.

        `interval` is the share of actual values that `prediction_low` to `prediction_high` are to
        hold, or of classes the list `prediction_set`: ConfigError where the model cannot tell.

        Columns are bound by name, in any order; more than needed do no harm. Raises DataError where
        one is missing, ConfigError where the model has no probabilities. A cell that is not what
        its column holds counts as missing, with a UserWarning.

        A model without a target gives what `SHOWN` has for it, such as `reconstruction_error`;
        `shown` asks for something else of it: "code", "columns", "reconstruct".

        Of a series the frame is its history, and there is a row a step ahead: `forecast`. Of
        examples that are sequences it has their steps, and there is a row an example.
        """
        if self.encoder.timeline is not None:
            timeline = self.encoder.timeline
            history = history_of_frame(frame, self.config, self.encoder, timeline)
            return self.forecast(history, interval)
        if self.config.data.window is not None:
            names, steps = examples_of_frame(frame, self.config, self.encoder)
            found = self.predicted(steps, probabilities, interval)
            found.insert(0, str(self.config.data.series), pd.Series(names, dtype=object))
            return found
        frame = with_names(frame, self.encoder.input_columns)
        self.encoder.check_columns(frame)
        frame = as_read(frame, self.encoder.input_columns, self.encoder.notations)
        return self.predicted(frame, probabilities, interval, shown)

    def predicted(
        self,
        frame: pd.DataFrame,
        probabilities: bool,
        interval: float | None,
        shown: str = "",
    ) -> pd.DataFrame:
        """Return the same for a frame whose cells are read, and whose rows are the network's."""
        if self.encoder.catalogue is not None:
            self._check_asked(probabilities, interval)
            return self.recommender.predicted(frame, shown)
        block = self.network.block_rows
        if len(frame) <= block:
            return self._predicted(frame, probabilities, interval, shown)
        # Whole blocks, so that the number of threads changes no last bit.
        size = ceil(ROWS_OF_A_THREAD / block) * block
        parts = (frame[start : start + size] for start in range(0, len(frame), size))
        with threads_side_by_side(self.member, block) as threads:
            every = parallel_map(
                lambda part: self._predicted(part, probabilities, interval, shown), parts, threads
            )
            return pd.concat(list(every)).set_axis(frame.index)

    def _predicted(
        self, frame: pd.DataFrame, probabilities: bool, interval: float | None, shown: str
    ) -> pd.DataFrame:
        x = self.encoder.transform(frame, self.config.precision)
        with np.errstate(over="ignore", invalid="ignore"):  # cells far beyond the training rows'
            if shown or not self.task.has_target:
                self._check_asked(probabilities, interval)
                made = show_of(self.config.model, shown)(self, frame, x)
                return pd.DataFrame(made, index=frame.index)
            outputs = self.network.predict(x)
            found = self.decode(outputs, frame.index, probabilities)
            if interval is None:
                return found
            columns = self.intervals(x, outputs, interval)
        return found.assign(**{name: pd.Series(v, frame.index) for name, v in columns.items()})

    @cached_property
    def recommender(self) -> Recommender:
        """What it says of users and items, where it was trained on ratings."""
        machine = self.config.model == "boltzmann"
        return MachineRecommender(self) if machine else Recommender(self)

    def shown_columns(self, shown: str = "") -> list[str]:
        """Return the columns of what is shown of a row where nothing is predicted."""
        if self.encoder.catalogue is not None:
            return ["prediction"]
        blank = pd.DataFrame({name: [None] for name in self.encoder.input_columns}, dtype=object)
        x = np.zeros((1, self.network.inputs), self.config.precision)
        return list(show_of(self.config.model, shown)(self, blank, x))

    def _check_asked(self, probabilities: bool, interval: float | None) -> None:
        """Raise ConfigError for what only a prediction has."""
        if probabilities or interval is not None:
            raise ConfigError(
                f"model: {self.config.model} predicts no column",
                place="--probabilities" if probabilities else "--interval",
                remedy="leave it out",
            )

    def forecast(self, history: History, interval: float | None = None) -> pd.DataFrame:
        """Return a frame with time, series where there are many, step and prediction.

        There is a row for each step after the last one of each series that has a target. Raises
        DataError for the rows and cells that it takes, and that are missing.
        """
        data, timeline = self.config.data, self.encoder.timeline
        assert timeline is not None
        known = Known.of(data, timeline.texts)
        form = Form.of(data, data.season or 1, self.config.difference, known)
        return self.at(futures_of(history, Roles.of(data), form, timeline), interval)

    def at(self, futures: Futures, interval: float | None = None) -> pd.DataFrame:
        """Return the rows of what is to be predicted, with the predictions."""
        targets = self.encoder.targets
        x = self.encoder.transform(futures.windows, self.config.precision)
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = self.network.predict(x)
            columns: dict[str, Any] = self.task.decode(outputs, targets, self.network.output, False)
            named = self.task.prediction_columns(targets, self.network.output, False)
            if interval is not None:
                columns |= self.intervals(x, outputs, interval)
                named |= self.task.interval_columns(targets)
        steps: dict[str, list[Array]] = {}
        for name, target in named.items():
            steps.setdefault(name.replace(f"_{target.name}", ""), []).append(columns[name])
        restored = {name: futures.restored(np.stack(own, axis=-1)) for name, own in steps.items()}
        return futures.rows.assign(**restored)

    def intervals(self, x: Array, outputs: Array, level: float) -> dict[str, Any]:
        """Return the columns that say where actual values may be. Raises ConfigError."""
        calibration, targets = self.calibrated(level), self.encoder.targets
        names = self.task.interval_columns(targets)
        if self.task.kind == "category":
            shares = class_probabilities(outputs, self.network.output)
            assert shares is not None
            return dict.fromkeys(names, calibration.sets(level, shares, self.classes))
        spread = None
        if calibration.uses_spread and isinstance(self.network, Ensemble):
            spread = self.network.spread(x)
        numbers = [each for each in targets if isinstance(each, NumberTarget)]
        ends = calibration.ends(level, outputs, spread, numbers)
        return dict(zip(names, (end for pair in ends for end in pair), strict=True))

    def calibrated(self, level: float) -> Calibration:
        """Return what makes intervals of a level. Raises ConfigError where nothing does."""
        if not self.task.has_target:
            self._check_asked(False, level)
        if self.calibration is not None:
            self.calibration.quantiles(level)
            self._check_names()
            return self.calibration
        if self.task.kind == "category" and not self.network.loss.probabilities:
            raise ConfigError(
                f"{self.network.loss.name} gives a decision and no probabilities",
                place="--interval",
                remedy="train with loss: cross_entropy",
            )
        raise no_calibration()

    def _check_names(self) -> None:
        """Raise ConfigError where a target's prediction and another's interval share a name."""
        targets = self.encoder.targets
        own = self.task.prediction_columns(targets, self.network.output, False)
        for name in self.task.interval_columns(targets):
            if name in own:
                raise ConfigError(
                    f"{name} is the prediction of the target {own[name].name} already",
                    place="--interval",
                    remedy="rename that target's column, and train again",
                )

    def decode(
        self, outputs: Array, index: pd.Index | None = None, probabilities: bool = False
    ) -> pd.DataFrame:
        """Return the frame of predictions for the network's outputs, rows × outputs."""
        if self.task.of_cells:
            return rebuilt(self.encoder, outputs).set_axis(
                index if index is not None else range(len(outputs))
            )
        columns = self.task.decode(
            outputs, self.encoder.targets, self.network.output, probabilities
        )
        return pd.DataFrame(columns, index=index)

    @property
    def task(self) -> Task:
        """What is predicted."""
        return TASKS[self.config.task]()

    def number_format(self, column: str = "prediction") -> str:
        """Return how a column of predictions is printed, for the operator %; "" for all digits."""
        if self.config.precision == "float64":
            return ""
        targets = self.encoder.targets
        of_column = self.task.prediction_columns(targets, self.network.output, False)
        of_column |= self.task.interval_columns(targets)
        if not targets:
            return "%.6g"
        return of_column.get(column, targets[0]).number_format
