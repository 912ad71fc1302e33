"""Rows with a label, told apart by how large an autoencoder's errors are."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.cells.headers import instead
from ann_cli.data.cells.values import listed
from ann_cli.data.table import Table
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError, DataError
from ann_cli.model.model import Model
from ann_cli.tasks.ranking import average_precision, by_score, roc_auc
from ann_cli.tasks.task import Scores

MOST_VALUES = 1000
"""Different values of a label, at most."""


class Labelled:
    """The errors of rows by their label, gathered block by block.

    One value is looked for: the one that is named, else the rarer of two. The area under the ROC
    curve is how often a row with it has a larger error than a row with another value.
    """

    def __init__(self, model: Model, label: str) -> None:
        """`label` is a column, or COLUMN=VALUE. Raises ConfigError for a model without errors."""
        if not model.task.of_cells:
            raise ConfigError(
                f"model: {model.config.model} has no error of a row's cells, by which rows are "
                "told apart",
                place="--label",
                remedy="leave it out; it is for model: autoencoder",
            )
        self._label, self.column, self.value = label, label, ""
        self._errors, self._labels = list[Array](), list[Array]()

    def check(self, table: Table) -> None:
        """Find the column in a table. Raises DataError where it is absent."""
        if self._label not in table.columns and "=" in self._label:
            self.column, _, self.value = self._label.partition("=")
        if self.column not in table.columns:
            raise DataError(
                f"there is no column {self.column!r}",
                place=f"{table.name}: --label",
                remedy=instead(self.column, table.columns),
            )

    def add(self, frame: pd.DataFrame, errors: Sequence[Array]) -> None:
        """Add the rows of a frame and their errors; those without a label count for nothing."""
        labels = frame[self.column].to_numpy(object)
        known = frame[self.column].notna().to_numpy()
        self._labels.append(labels[known].astype(str))
        self._errors.append(np.concatenate([*errors, np.empty(0)])[known])

    def scores(self) -> Scores:
        """Return the areas under the curves. Raises DataError where no value can be looked for."""
        found, errors = self._found()
        others, own = by_score(errors, found, np.ones(len(errors)))
        return {
            "roc_auc": roc_auc(own, others),
            "average_precision": average_precision(own, others),
        }

    def details(self) -> dict[str, Any]:
        """Return which rows were looked for, and how many these are."""
        found, _ = self._found()
        told = {"column": self.column, "value": self.value, "rows": int(found.sum())}
        return {"label": told | {"others": int((~found).sum())}}

    def _found(self) -> tuple[Array, Array]:
        labels, errors = np.concatenate(self._labels), np.concatenate(self._errors)
        values, counts = np.unique(labels, return_counts=True)
        if not self.value and len(values) == 2:
            self.value = str(values[int(np.argmin(counts))])
        if len(values) < 2 or self.value not in values:
            shown = listed(values[:MOST_VALUES].tolist(), 5) or "none"
            raise DataError(
                f"column {self.column} has the values {shown}, and one is to be told from others",
                place="--label",
                remedy=f"name it: --label {self.column}=VALUE",
            )
        return labels == self.value, errors
