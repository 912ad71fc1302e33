"""What a Boltzmann machine says of users and items: each user is a row of it."""

import numpy as np

from ann_cli.data.ratings.matrix import Matrix
from ann_cli.data.ratings.source import as_inputs
from ann_cli.engine.settings import Array
from ann_cli.model.recommender import NUMBERS, Recommender


class MachineRecommender(Recommender):
    """The same for a machine: what its hidden units, inferred from a user, tell of the items."""

    def pairs(self, users: Array, items: Array) -> Array:
        """Return the prediction of each pair, float64: a rating, or a choice's probability.

        Unknown users and items get what the biases say; the probability of an unknown item is 0.
        """
        rated = self.catalogue.rated
        found = self.catalogue.expected(users, items) if rated else np.zeros(len(users))
        distinct, places = np.unique(users, return_inverse=True)
        step = max(1, NUMBERS // self.model.network.inputs)
        for start in range(0, len(distinct), step):
            within = (places >= start) & (places < start + step) & (items >= 0)
            own = np.flatnonzero(within & (users >= 0) if rated else within)
            scores = self.scores(distinct[start : start + step])
            found[own] = scores[places[own] - start, items[own]]
        return self.catalogue.within(found) if rated else found

    def scores(self, users: Array) -> Array:
        """Return what each of some users thinks of all items, users × items, float64.

        Of ratings that is the prediction. An unknown user has rated or chosen nothing.
        """
        inputs = as_inputs(self.catalogue, self.ratings)
        x = inputs.dense(np.maximum(users, 0), self.model.config.precision)
        x[users < 0] = 0
        found: Array = self.model.network.predict(x).astype(np.float64)
        if self.catalogue.rated:
            items = np.arange(len(self.catalogue.items))
            by_bias = self.catalogue.expected(users[:, None], items[None, :])
            found = np.where(users[:, None] >= 0, found, by_bias)
        return found

    def folded_in(self, ratings: Matrix) -> Array:
        """Return the same as `scores` for new users, from their ratings, users × items."""
        inputs = as_inputs(self.catalogue, ratings)
        x = inputs.dense(np.arange(len(ratings)), self.model.config.precision)
        return np.asarray(self.model.network.predict(x).astype(np.float64))

    @property
    def item_codes(self) -> Array:
        """The weights that lead to each item, items × units: of ratings to its higher levels."""
        weights: Array = self.model.network.weights[0]
        if not self.catalogue.levels:
            return weights
        levels = np.array(self.catalogue.levels, weights.dtype)
        each = weights.reshape(len(self.catalogue.items), len(levels), -1)
        return np.einsum("ikj,k->ij", each, levels - levels.mean())
