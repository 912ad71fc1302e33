"""From a config and a table of ratings to a data set: read, split, learn the biases."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ann_cli.config.boltzmann_recipe import with_machine
from ann_cli.config.complete import check_dropout, complete
from ann_cli.config.models import family_of
from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.ratings.catalogue import Catalogue, Who
from ann_cli.data.ratings.matrix import Matrix
from ann_cli.data.ratings.reading import Names, Pairs, RatingTable, once_each, sides_of
from ann_cli.data.ratings.sides import RatingSides
from ann_cli.data.ratings.source import RatingRows
from ann_cli.data.rows.data_set import DataSet
from ann_cli.data.rows.memory import readable
from ann_cli.data.rows.rating_levels import with_levels
from ann_cli.data.rows.split import HELD, SIDES, Side, shares_of
from ann_cli.data.rows.tables import Chosen, bytes_of, other_tables, own_table
from ann_cli.data.table import Table
from ann_cli.errors import ConfigError, DataError, counted
from ann_cli.tasks.recommendation import MOST_ITEMS


def prepare_ratings(
    config: Config,
    generator: np.random.Generator,
    encoder: Encoder | None,
    folder: Path | None,
    table: Table | None,
    chosen: Chosen | None,
) -> DataSet:
    """Read, divide and encode the ratings of a config, as `preparation.prepare` says."""
    if encoder is not None and encoder.catalogue is None:
        raise ConfigError(
            "the encoder is one of columns, and this config has ratings of items by users",
            place="--encoder",
            remedy="give the weights of a training on ratings, or none",
        )
    hashed = folder is not None
    table = table or own_table(config, None, False, hashed, chosen)
    others = other_tables(config, table, hashed, chosen)
    users, items = Names(), Names()
    own = RatingTable(config, table)
    read = own.read(users, items)
    others_read = {side: RatingTable(config, each) for side, each in others.items()}
    held_read = {side: each.read(users, items) for side, each in others_read.items()}
    pairs, notes = _divided(config, read, held_read, generator, users, items)
    names = tuple(users.places), tuple(items.places)
    catalogue, sides = _learned(config, pairs, names, encoder)
    tables = [own, *others_read.values()]
    for each, side in zip(tables, ("", *others_read), strict=True):
        notes += [f"{each.table.name}: {note}" if side else note for note in each.notes()]
    notes += _told(config, catalogue, sides)
    source = RatingSides(table, pairs, sum(each.left_out for each in tables), notes)
    training = _matrix(sides["training"], len(catalogue.users), len(catalogue.items))
    rows = {side: _rows(config, catalogue, training, each, side) for side, each in sides.items()}
    data = config.data.model_copy(update={"stream": False})
    config = config.model_copy(update={"data": data, "rows": catalogue.rows})
    visible = "rating" if catalogue.rated else "binary"
    config = with_machine(config, visible, "", len(rows["training"]))
    task = family_of(config).task(config)
    validated = "validation" in rows
    share = catalogue.share_beside(config.noise)
    config = complete(config, task, 0, validated, len(rows["training"]), share)
    check_dropout(config)
    digests, sizes = bytes_of(table, others) if hashed else ({}, {})
    kinds: dict[str, Kind] = own.kinds
    return DataSet(
        config,
        kinds,
        Encoder((), (), catalogue=catalogue),
        rows["training"],
        rows.get("validation"),
        rows.get("test"),
        class_factors=None,
        data=source,
        once=False,
        digests=digests,
        sizes=sizes,
        notes=tuple(notes),
    )


def _divided(
    config: Config,
    read: Pairs,
    held: dict[Side, Pairs],
    generator: np.random.Generator,
    users: Names,
    items: Names,
) -> tuple[dict[Side, Pairs], list[str]]:
    """Return each side's pairs, each user and item once, and sentences on it."""
    shares, notes = shares_of(config.data), []
    own, again = once_each(read, len(items.places))
    if again:
        which = "latest" if config.data.time else "last"
        notes.append(
            f"{counted(again, 'row')} left out, as their {config.data.user} has a later one of the "
            f"same {config.data.item}: the {which} counts"
        )
    sides = sides_of(own, shares, generator, len(users.places))
    pairs = {side: own[np.flatnonzero(sides == at)] for at, side in enumerate(SIDES)}
    for side, each in held.items():
        pairs[side], _ = once_each(each, len(items.places))
    asked = {side: share for side, share in zip(HELD, shares, strict=True) if share}
    for side, share in asked.items():
        if not len(pairs[side]):
            raise DataError(
                f"no {config.data.user} has ratings enough to hold a share of {share:g} back",
                place=config.place(f"data.{side}"),
                remedy=f"set data.{side}: 0, a greater share, or another file's path",
            )
    return {side: each for side, each in pairs.items() if len(each) or side in held}, notes


def _learned(
    config: Config,
    pairs: dict[Side, Pairs],
    names: tuple[tuple[str, ...], tuple[str, ...]],
    encoder: Encoder | None,
) -> tuple[Catalogue, dict[Side, Pairs]]:
    """Return what the training ratings teach, and each side's pairs by the places of that."""
    given, training = encoder.catalogue if encoder else None, pairs["training"]
    if given:
        of_user = given.places("user", np.array(names[0], dtype=object))
        of_item = given.places("item", np.array(names[1], dtype=object))
    else:
        of_user, of_item = _met(training.users, len(names[0])), _met(training.items, len(names[1]))
    sides = {
        side: Pairs(of_user[each.users], of_item[each.items], each.ratings, each.times)
        for side, each in pairs.items()
    }
    known = sides["training"]
    sides["training"] = known = known[np.flatnonzero((known.users >= 0) & (known.items >= 0))]
    if given:
        return replace(given, known=len(known)), sides
    met = _named(names[0], of_user), _named(names[1], of_item)
    for key, own in zip(("user", "item"), met, strict=True):
        if len(own) < 2:
            raise DataError(
                f"column {getattr(config.data, key)} has one value alone in all rows that train",
                place=config.place(f"data.{key}"),
                remedy="ratings are compared across users and items: give those of several",
            )
    rated = config.data.rating is not None
    usual: Who = "item" if rated else "user"
    rows = usual if config.rows == "auto" else config.rows
    columns = str(config.data.user), str(config.data.item)
    catalogue = Catalogue.of(columns, rows, met, _matrix(known, *map(len, met)), rated)
    return with_levels(config, catalogue, known.ratings), sides


def _matrix(pairs: Pairs, users: int, items: int) -> Matrix:
    return Matrix.of(pairs.users, pairs.items, pairs.ratings, (users, items))


def _met(places: Array, names: int) -> Array:
    """Return the place of each name among those that occur, −1 of others; int32."""
    occurs = np.bincount(places, minlength=names) > 0
    return np.where(occurs, np.cumsum(occurs) - 1, -1).astype(np.int32)


def _named(names: Sequence[str], places: Array) -> tuple[str, ...]:
    """Return the names that have a place, in its order."""
    return tuple(name for name, place in zip(names, places.tolist(), strict=True) if place >= 0)


def _rows(
    config: Config, catalogue: Catalogue, training: Matrix, pairs: Pairs, side: Side
) -> RatingRows:
    if side == "training":
        return RatingRows(catalogue, training, training, dtype=config.precision)
    there = (pairs.users >= 0) & (pairs.items >= 0)
    known, strange = pairs[np.flatnonzero(there)], pairs[np.flatnonzero(~there)]
    goals = _matrix(known, len(training), training.width)
    return RatingRows(catalogue, training, goals, strange, config.precision)


def _told(config: Config, catalogue: Catalogue, sides: dict[Side, Pairs]) -> list[str]:
    """Return sentences on how many users, items and ratings there are."""
    noun = "rating" if catalogue.rated else "choice"
    verbs = {"training": "to train", "validation": "to validate", "test": "to test"}
    counts = [f"{counted(len(each), noun)} {verbs[side]}" for side, each in sides.items()]
    notes = [
        f"{len(catalogue.users):,} of {config.data.user}, {len(catalogue.items):,} of "
        f"{config.data.item}: {', '.join(counts)}; {catalogue.share:.2%} of all pairs are known"
    ]
    if config.data.time and len(sides) > 1:
        notes.append(f"the latest of each {config.data.user} by {config.data.time} are held back")
    if not catalogue.rated and len(catalogue.items) > MOST_ITEMS:
        notes.append(
            f"EASE is no baseline here: its weights between {len(catalogue.items):,} items would "
            f"take {readable(24 * len(catalogue.items) ** 2)} to compute"
        )
    for side, each in sides.items():
        strange = int(np.count_nonzero((each.users < 0) | (each.items < 0)))
        if strange and side != "training":
            what = "predicted by the biases alone" if catalogue.rated else "not looked for"
            notes.append(
                f"{counted(strange, f'{side} {noun}')} of users or items without any to train on: "
                f"{what}"
            )
    return notes
