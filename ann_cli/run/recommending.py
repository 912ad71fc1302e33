"""A model of ratings and a table: what is recommended to whom, and how good that is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.cells.headers import instead
from ann_cli.data.cells.values import Array, not_seen
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.ratings.catalogue import Catalogue
from ann_cli.data.ratings.matrix import Matrix
from ann_cli.data.ratings.reading import Names, Pairs, RatingTable, joined, once_each
from ann_cli.data.ratings.source import RatingRows
from ann_cli.data.rows.ratings import prepare_ratings
from ann_cli.data.rows.split import SIDES, Side
from ann_cli.data.table import Table
from ann_cli.engine.randomness import generators
from ann_cli.errors import ConfigError, DataError, counted, did_you_mean
from ann_cli.insight.scoring import Scoring, to_score
from ann_cli.model.model import Model
from ann_cli.model.own_table import trained_on
from ann_cli.model.recommender import Recommender
from ann_cli.run.evaluation import Evaluation
from ann_cli.tasks.recommendation import RatingScores, best
from ann_cli.tasks.task import Scores


def recommender_of(model: Model) -> Recommender:
    """Return what recommends. Raises ConfigError for a model that was not trained on ratings."""
    if model.encoder.catalogue is None:
        raise ConfigError(
            f"these weights are of a {model.task.name}, and know of no users and items",
            remedy="train on ratings: model: autoencoder with data.user and data.item",
        )
    return model.recommender


def unknown_names(model: Model, counts: Mapping[str, int]) -> list[str]:
    """Return sentences on users and items that were not there in training."""
    told = not_seen(counts)
    by = "the biases alone" if model.task.name == "ratings" else "what is chosen most"
    return [*told, f"what is predicted of these is {by}"] if told else []


@dataclass
class Recommendations:
    """The first items for each of some users, without those that the user has seen."""

    model: Model
    top: int = 10
    users: str | None = None
    """A table of the users, by the column that the ratings name them in; None: all known."""
    ratings: str | None = None
    """A table of ratings by new users, or new ones by known users."""
    similar: str | None = None
    """The item that others are to be like, instead of users."""
    told: list[str] = field(default_factory=list)
    """What a person should know, once all are recommended."""

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Yield frames with user, item, rank and score; of similar items without a user."""
        recommender = recommender_of(self.model)
        if self.similar is not None:
            yield self._alike(recommender, self.similar)
        elif self.ratings is not None:
            yield from self._folded_in(recommender, self.ratings)
        elif self.users is not None:
            yield from self._for_users(recommender, self.users)
        else:
            names = np.array(recommender.catalogue.users, dtype=object)
            yield from self.of_places(names, np.arange(len(names)))

    def _alike(self, recommender: Recommender, item: str) -> pd.DataFrame:
        catalogue = recommender.catalogue
        (at,) = catalogue.places("item", np.array([item], dtype=object))
        if at < 0:
            raise DataError(
                f"no {catalogue.item} {item!r} was there in training",
                place="--similar",
                remedy=did_you_mean(item, catalogue.items),
            )
        scores = recommender.similar(int(at))[None, :]
        scores[0, at] = -np.inf
        return self._frame(catalogue, None, scores)

    def _for_users(self, recommender: Recommender, source: str) -> Iterator[pd.DataFrame]:
        catalogue = recommender.catalogue
        table = self.model.table(source)
        if catalogue.user not in table.columns:
            raise DataError(
                f"there is no column {catalogue.user!r}, which names users",
                place=table.name,
                remedy=instead(catalogue.user, table.columns),
            )
        kinds = table.recognise({catalogue.user: "category"}, [catalogue.user])
        met, unknown = set[Any](), 0
        for frame in table.chunks(kinds):
            cells = frame[catalogue.user].dropna().drop_duplicates()
            names = np.array([each for each in cells if each not in met], dtype=object)
            met |= set(names)
            places = catalogue.places("user", names)
            unknown += int(np.count_nonzero(places < 0))
            yield from self.of_places(names, places)
        if unknown:
            what = "the items' biases alone" if catalogue.rated else "what is chosen most"
            self.told.append(
                f"{counted(unknown, catalogue.user)} not there in training: recommended by {what}"
            )

    def of_places(self, names: Array, places: Array) -> Iterator[pd.DataFrame]:
        """Yield frames for users by their names and their places; −1 is an unknown one."""
        recommender, start = recommender_of(self.model), 0
        for users, scores in recommender.blocks(places):
            known = np.flatnonzero(users >= 0)
            at, cells = recommender.ratings.cells(users[known])
            scores[known[at], recommender.ratings.columns[cells]] = -np.inf
            yield self._frame(recommender.catalogue, names[start : start + len(users)], scores)
            start += len(users)

    def _folded_in(self, recommender: Recommender, source: str) -> Iterator[pd.DataFrame]:
        catalogue, config = recommender.catalogue, self.model.config
        table = RatingTable(config, self.model.table(source))
        users, items = Names(), Names()
        read = table.read(users, items)
        names = np.array(list(users.places), dtype=object)
        of_item = catalogue.places("item", np.array(list(items.places), dtype=object))
        given = Pairs(read.users, of_item[read.items], read.ratings, read.times)
        strange = int(np.count_nonzero(given.items < 0))
        self.told += table.notes()
        if strange:
            self.told.append(
                f"left out {counted(strange, 'row')} of items that were not there in training"
            )
        given = given[np.flatnonzero(given.items >= 0)]
        known = catalogue.places("user", names)
        before = _ratings_of(recommender, known)
        if len(before):
            self.told.append(
                f"{counted(int((known >= 0).sum()), catalogue.user)} known from training: their "
                "ratings there count, too"
            )
        times = None  # what is given is later than what trained
        every = [before, Pairs(given.users, given.items, given.ratings, times)]
        pairs, _ = once_each(joined(every), len(catalogue.items))
        shape = len(names), len(catalogue.items)
        ratings = Matrix.of(pairs.users, pairs.items, pairs.ratings, shape)
        step = max(1, (1 << 22) // shape[1])
        for start in range(0, shape[0], step):
            part = _some_rows(ratings, np.arange(start, min(start + step, shape[0])))
            scores = recommender.folded_in(part)
            scores[part.rows, part.columns] = -np.inf
            yield self._frame(catalogue, names[start : start + step], scores)

    def _frame(self, catalogue: Catalogue, names: Array | None, scores: Array) -> pd.DataFrame:
        first = best(scores, self.top)
        own = np.take_along_axis(scores, first, axis=1)
        there = np.isfinite(own)
        rows, ranks = np.nonzero(there)
        items = np.array(catalogue.items, dtype=object)
        found = own[there]
        if catalogue.rated and self.similar is None:
            found = catalogue.within(found)
        columns = {} if names is None else {"user": names[rows]}
        score = found.astype(np.float32)
        return pd.DataFrame(
            {**columns, "item": items[first[there]], "rank": ranks + 1, "score": score}
        )


def _ratings_of(recommender: Recommender, users: Array) -> Pairs:
    """Return the training ratings of some users, by their places in the array."""
    known, ratings = np.flatnonzero(users >= 0), recommender.ratings
    at, cells = ratings.cells(users[known])
    own = known[at].astype(np.int32)
    return Pairs(own, ratings.columns[cells], ratings.values[cells])


def _some_rows(ratings: Matrix, rows: Array) -> Matrix:
    at, cells = ratings.cells(rows)
    shape = len(rows), ratings.width
    return Matrix.of(at, ratings.columns[cells], ratings.values[cells], shape)


def evaluate_ratings(model: Model, table: Table) -> Evaluation:
    """Score a model on a table of ratings, or on each side of the one that it was trained on."""
    if trained_on(model, table):
        return _evaluate_sides(model, table)
    catalogue, rows = recommender_of(model).catalogue, RatingTable(model.config, table)
    users, items = Names(), Names()
    read = rows.read(users, items)
    of_user = catalogue.places("user", np.array(list(users.places), dtype=object))
    of_item = catalogue.places("item", np.array(list(items.places), dtype=object))
    pairs = Pairs(of_user[read.users], of_item[read.items], read.ratings)
    there = (pairs.users >= 0) & (pairs.items >= 0)
    unknown = {
        catalogue.user: int(np.count_nonzero(pairs.users < 0)),
        catalogue.item: int(np.count_nonzero(pairs.items < 0)),
    }
    notes = rows.notes() + unknown_names(model, {k: n for k, n in unknown.items() if n})
    if catalogue.rated:
        scorer = RatingScores()
        scorer.add(read.ratings, recommender_of(model).pairs(pairs.users, pairs.items))
        return Evaluation(len(read), scorer.scores(), scorer.details(), {}, notes)
    known, _ = once_each(pairs[np.flatnonzero(there)], len(catalogue.items))
    if not len(known):
        raise DataError(
            "no row is of a user and an item that were there in training", place=table.name
        )
    assert model.ratings is not None
    shape = len(catalogue.users), len(catalogue.items)
    goals = Matrix.of(known.users, known.items, known.ratings, shape)
    source = RatingRows(catalogue, model.ratings, goals, dtype=model.config.precision)
    scoring = Scoring(model)
    for block in to_score(source, model):
        scoring.add(block)
    return Evaluation(len(known), scoring.metrics.scores(), scoring.details(), {}, notes)


def _evaluate_sides(model: Model, table: Table) -> Evaluation:
    config = model.config
    own: dict[str, Any] = {str(key): 0.0 for key, part in config.data.parts.items() if part.file}
    config = config.model_copy(update={"data": config.data.model_copy(update=own)})
    random = generators(config.seed)["split"]
    encoder: Encoder = model.encoder
    data_set = prepare_ratings(config, random, encoder, None, table, None)
    whole, rows, sides = Scoring(model), 0, dict[Side, tuple[int, Scores]]()
    for side in SIDES:
        source = data_set.sides.get(side)
        if not isinstance(source, RatingRows):
            continue
        own_scoring = Scoring(model)
        for block in to_score(source, model):
            whole.add(block)
            own_scoring.add(block)
        sides[side] = source.ratings, own_scoring.scores()
        rows += source.ratings
    return Evaluation(rows, whole.scores(), whole.details(), sides, list(data_set.notes))
