"""What every task offers: its outputs, how they are decoded, and how they are scored."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any, ClassVar, Protocol

from ann_cli.engine.output import Output
from ann_cli.engine.settings import Array, Entry

Scores = dict[str, float | None]
"""Metrics by name; None where there is no such number."""

Columns = dict[str, Array]
"""The columns of a frame of predictions, by name."""


class Target(Protocol):
    """A column to predict, fitted to the training rows."""

    @property
    def name(self) -> str:
        """The column."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels; none for a number."""

    @property
    def domain(self) -> str | None:
        """What its numbers must be, as a loss says; None: any."""

    @property
    def transform(self) -> Any:
        """What is done to its numbers before they are scaled, if anything."""

    @property
    def number_format(self) -> str:
        """How a float32 prediction is printed, for the operator %; "" for all digits."""

    def decode(self, outputs: Array) -> Array:
        """Return one number a row in its own units, or the labels of classes given by number."""

    def predictions(self, outputs: Array) -> Array:
        """Return the same for what was predicted: of numbers within their range."""


class RowScores(Protocol):
    """The task's metrics, gathered block by block."""

    def add(self, y: Array, outputs: Array, weight: Array | None) -> Array:
        """Add rows × outputs, actual and predicted; return each row's loss, as `row_loss` says."""

    def scores(self) -> Scores:
        """Return the metrics of all rows so far."""

    def details(self) -> dict[str, Any]:
        """Return what is told beside: each class, or each of several targets."""


class Task(Entry):
    """What is predicted of a row, and how that is judged."""

    fits: ClassVar[Mapping[str, str]]
    """The output activations that make sense, and the usual loss of each; the first is auto."""
    kind: ClassVar[Any]
    """What the column of a target is read as: "number" or "category"; "cells" where there is none.
    """
    has_target: ClassVar[bool] = True
    """Whether it predicts a column, of which it knows the actual values."""
    of_cells: ClassVar[bool] = False
    """Whether the actual values are the row's own inputs."""
    keeps_gaps: ClassVar[bool] = False
    """Whether a cell that is missing stays so: its inputs are NaN."""
    of_ratings: ClassVar[bool] = False
    """Whether its rows are those of users or of items, of which a few cells are known."""
    many_targets: ClassVar[bool] = False
    """Whether there may be several targets."""
    of_windows: ClassVar[bool] = False
    """Whether its rows are windows of a series."""
    constant: ClassVar[str]
    """What the baseline is called that predicts the same for every row."""
    least_squares: ClassVar[bool] = False
    """Whether the linear baseline has a closed form."""
    decides: ClassVar[tuple[str, str]]
    """The metric by which models are compared, and the one that is shown beside it."""
    importance: ClassVar[tuple[str, ...]]
    """The metrics that a column's importance is told by; the first one sorts the columns."""
    judged_by: ClassVar[str | None] = None
    """The metric of the validation rows that chooses the best epoch; None: their loss."""
    row_loss: ClassVar[str]
    """What a row's loss is by which two models are told apart."""
    most_row_loss: ClassVar[float] = inf
    """The most that it can be; the least is 0."""

    def outputs(self, targets: Sequence[Target], activation: str) -> int:
        """Return how many outputs a network has for its targets."""
        raise NotImplementedError

    def misfits(self, config: Any, classes: int) -> Iterator[tuple[str, str, str]]:
        """Yield what makes no sense in a config for the task: the key, why, what to do."""
        return iter(())

    def prediction_columns(
        self, targets: Sequence[Target], output: Output, probabilities: bool
    ) -> dict[str, Target]:
        """Return the columns of a frame of predictions: each one's name and its target.

        The first of a target is its prediction.
        """
        raise NotImplementedError

    def interval_columns(self, targets: Sequence[Target]) -> dict[str, Target]:
        """Return the columns that say where the actual value may be: names and their targets."""
        raise NotImplementedError

    def decode(
        self, outputs: Array, targets: Sequence[Target], output: Output, probabilities: bool
    ) -> Columns:
        """Return the predictions for rows × outputs. Raises ConfigError for no probabilities."""
        raise NotImplementedError

    def scorer(self, targets: Sequence[Target], output: Output) -> RowScores:
        """Return what gathers the metrics."""
        raise NotImplementedError

    def averaged(self, y: Array, targets: Sequence[Target]) -> Array:
        """Return what the constant baseline is the mean of, from rows × outputs."""
        return y

    def constant_outputs(self, mean: Array, targets: Sequence[Target]) -> Array:
        """Return the weighted sums of the constant baseline, from that mean."""
        return mean

    def overlap(self, targets: Sequence[Target]) -> int:
        """Return how many rows in a row tell the same: 1 where each stands for itself."""
        return 1

    def output_names(
        self, targets: Sequence[Target], output: Output, outputs: int
    ) -> tuple[str, ...]:
        """Return what the outputs are called."""
        raise NotImplementedError

    def summary(self, targets: Sequence[Target]) -> str:
        """Return what is predicted, in a few words."""
        raise NotImplementedError


class WithoutTarget(Task):
    """A task that predicts no column: what is printed of a row follows from the kind of model."""

    kind = "cells"
    has_target = False

    def prediction_columns(
        self, targets: Sequence[Target], output: Output, probabilities: bool
    ) -> dict[str, Target]:
        return {}

    def interval_columns(self, targets: Sequence[Target]) -> dict[str, Target]:
        return {}

    def decode(
        self, outputs: Array, targets: Sequence[Target], output: Output, probabilities: bool
    ) -> Columns:
        return {}
