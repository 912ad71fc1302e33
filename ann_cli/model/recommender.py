"""From what a network learned of users and items to ratings of pairs and to recommendations."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.ratings.matrix import Matrix
from ann_cli.data.ratings.source import as_inputs
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError

NUMBERS = 1 << 22
"""Numbers of rows that are computed at a time."""


class Recommender:
    """What a model says of users and items, each by its place in the catalogue; −1 is unknown."""

    def __init__(self, model: Any) -> None:
        assert model.encoder.catalogue is not None
        assert model.ratings is not None
        self.model, self.catalogue = model, model.encoder.catalogue
        self.ratings: Matrix = model.ratings
        """Those that were trained on, users × items."""

    def predicted(self, frame: pd.DataFrame, shown: str = "") -> pd.DataFrame:
        """Return what each row's user thinks of its item. Raises ConfigError: no more is shown."""
        if shown:
            raise ConfigError(
                "this model was trained on ratings, and predicts what a user thinks of an item",
                place=f"--{shown}",
                remedy="leave it out",
            )
        users = self.catalogue.places("user", frame[self.catalogue.user])
        items = self.catalogue.places("item", frame[self.catalogue.item])
        found = self.pairs(users, items).astype(self.model.config.precision)
        return pd.DataFrame({"prediction": found}, index=frame.index)

    @property
    def by_item(self) -> bool:
        """Whether the network's rows are those of items."""
        return self.catalogue.rows == "item"

    @cached_property
    def codes(self) -> Array:
        """What the last hidden layer makes of each row, rows × units."""
        inputs = as_inputs(self.catalogue, self.ratings)
        return self._codes_of(inputs.turned() if self.by_item else inputs)

    def _codes_of(self, inputs: Matrix) -> Array:
        parts = []
        step = max(1, NUMBERS // max(inputs.width, 1))
        for start in range(0, len(inputs), step):
            rows = np.arange(start, min(start + step, len(inputs)))
            x = inputs.dense(rows, self.model.config.precision)
            for layer in self.model.member.layers[:-1]:
                x = layer.predict(x)
            parts.append(x)
        return np.concatenate(parts)

    def pairs(self, users: Array, items: Array) -> Array:
        """Return the prediction of each pair, float64: a rating, or a choice's probability.

        Unknown users and items get what the biases say; the probability of an unknown item is 0.
        """
        if self.catalogue.rated:
            found = self.catalogue.expected(users, items)
            there = np.flatnonzero((users >= 0) & (items >= 0))
            rows, columns = (items, users) if self.by_item else (users, items)
            last = self.model.member.layers[-1]
            for start in range(0, len(there), 4096):
                part = there[start : start + 4096]
                own = last.weights.T[columns[part]]
                added = np.einsum("ij,ij->i", self.codes[rows[part]], own)
                found[part] += (added + last.bias[columns[part]]) * self.catalogue.unit
            return self.catalogue.within(found)
        found = np.zeros(len(users))
        distinct, places = np.unique(users, return_inverse=True)
        step = max(1, NUMBERS // len(self.catalogue.items))
        for start in range(0, len(distinct), step):
            own = np.flatnonzero((places >= start) & (places < start + step) & (items >= 0))
            shares = self.scores(distinct[start : start + step])
            found[own] = shares[places[own] - start, items[own]]
        return found

    def scores(self, users: Array) -> Array:
        """Return what each of some users thinks of all items, users × items, float64.

        Of ratings that is the prediction, not yet within their range.
        """
        last = self.model.member.layers[-1]
        known = np.maximum(users, 0)
        if self.by_item:
            z = (self.codes @ last.weights[:, known] + last.bias[known]).T
        else:
            z = self._rows_of(np.where(users >= 0, known, -1))
        if not self.catalogue.rated:
            return self.model.network.output.predict(z).astype(np.float64)
        z = np.where(users[:, None] >= 0, z, 0.0)
        items = np.arange(len(self.catalogue.items))
        expected = self.catalogue.expected(users[:, None], items[None, :])
        found: Array = z * self.catalogue.unit + expected
        return found

    def _rows_of(self, users: Array) -> Array:
        """Return the weighted sums of rows of users; an unknown one has no inputs."""
        codes = self.codes[users]
        if (users < 0).any():
            none = Matrix.of(*(np.empty(0, np.int64),) * 3, (1, self.ratings.width))
            codes[users < 0] = self._codes_of(none)[0]
        return self.model.member.layers[-1].predict(codes)

    def folded_in(self, ratings: Matrix) -> Array:
        """Return the same as `scores` for new users, from their ratings, users × items.

        Where rows are those of users the network takes them as any other row. Where they are those
        of items, a user is a column, for which there are no weights yet: they are those of least
        squares from the items' codes, with the penalty of the training, as the last layer's are.
        """
        catalogue = self.catalogue
        if not catalogue.rated:
            inputs = as_inputs(catalogue, ratings)
            z = self.model.member.layers[-1].predict(self._codes_of(inputs))
            return self.model.network.output.predict(z).astype(np.float64)
        items = np.arange(len(catalogue.items))
        expected = catalogue.expected(np.full(1, -1), items)
        biases = np.array(
            [
                catalogue.bias_of(*_row(ratings, at)) if ratings.counts[at] else 0.0
                for at in range(len(ratings))
            ]
        )
        whole = expected[None, :] + biases[:, None]
        errors = ratings.values - whole[ratings.rows, ratings.columns]
        left = ratings.with_values(errors / catalogue.unit)
        if self.by_item:
            added = np.stack([self._column_of(*_row(left, at)) for at in range(len(left))])
        else:
            added = self.model.member.layers[-1].predict(self._codes_of(left))
        return whole + added * catalogue.unit

    def _column_of(self, items: Array, left: Array) -> Array:
        """Return what a new user's own weights add to the biases of all items, in its unit."""
        codes = self.codes.astype(np.float64)
        own = codes[items]
        penalty = max(self._penalty, 1e-3)
        # The dual of ridge regression: as many unknowns as the user has ratings.
        products = own @ own.T
        products[np.diag_indices_from(products)] += penalty
        return np.asarray(codes @ (own.T @ np.linalg.solve(products, left)))

    @cached_property
    def _penalty(self) -> float:
        """What the squares of a column's weights cost beside its squared errors, in training.

        The loss is the mean over rows, divided by the share of cells that is known.
        """
        config = self.model.config
        rows = len(self.catalogue.items)
        return float(config.l2) * rows * float(getattr(config.loss, "known", 1.0))

    @property
    def item_codes(self) -> Array:
        """What stands for each item, items × units: its code, or the weights that lead to it."""
        return self.codes if self.by_item else self.model.member.layers[-1].weights.T

    def similar(self, item: int) -> Array:
        """Return how alike each item is to one: the cosine of their codes, or of their weights."""
        codes = self.item_codes.astype(np.float64)
        lengths = np.maximum(np.sqrt(np.square(codes).sum(axis=1)), 1e-12)
        return np.asarray(codes @ codes[item] / (lengths * lengths[item]))

    def blocks(self, users: Array) -> Iterator[tuple[Array, Array]]:
        """Yield some users at a time, and their scores."""
        step = max(1, NUMBERS // len(self.catalogue.items))
        for start in range(0, len(users), step):
            part = users[start : start + step]
            yield part, self.scores(part)


def _row(ratings: Matrix, row: int) -> tuple[Array, Array]:
    """Return the columns and the values of a row."""
    own = slice(ratings.offsets[row], ratings.offsets[row + 1])
    return ratings.columns[own], ratings.values[own].astype(np.float64)
