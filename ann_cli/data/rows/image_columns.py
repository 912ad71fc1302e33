"""Whether a table's columns are the pixels that a config says, and what else it asks of them."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from ann_cli.config.data_spec import Data
from ann_cli.config.image_spec import Image
from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Kind, listed
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.picture_feature import Pictures, told_odd
from ann_cli.data.columns.statistics import ColumnStatistics
from ann_cli.data.rows.split import Side
from ann_cli.data.table import Table
from ann_cli.errors import ConfigError, DataError, Problem, counted

PICTURES = "_pictures"
"""What the key of a table's pictures ends with, beside that of its own bytes."""


def check_image(
    config: Config, table: Table, features: Sequence[str], given: Encoder | None
) -> None:
    """Raise ConfigError or DataError where a config's picture does not go with its columns."""
    image = config.data.image
    if given and given.shape != (image.shape if image else None):
        told = " × ".join(map(str, given.shape)) if given.shape else "no picture"
        raise ConfigError(
            f"the encoder's rows are {told}, and this config's {image or 'no picture'}",
            place="--encoder",
            remedy="give the weights of a training on rows of the same kind, or none",
        )
    if image is None:
        return
    if problems := list(_useless(config, image, features)):
        raise ConfigError.of(problems)
    height, width, channels = image.shape
    pixels = height * width * channels
    if image.column is None and given is None and len(features) != pixels:
        raise DataError(
            f"a picture of {image} (height × width × channels) has {counted(pixels, 'pixel')}, and "
            f"{table.name} has {counted(len(features), 'column')} for them",
            place=config.place("data.image"),
            remedy=_remedy(features, channels),
        )


def kinds_in(image: Image, features: Sequence[str]) -> dict[str, Kind]:
    """Return what a picture's columns hold: numbers, or names of files."""
    kind: Kind = "number" if image.column is None else "category"
    return dict.fromkeys(features, kind)


def unused(data: Data, table: Table) -> list[str]:
    """Return a sentence on the columns beside pictures in files, which nothing is learned from."""
    if data.image is None or data.image.column is None:
        return []
    known = {data.image.column, data.sample_weight, data.group, data.time, *data.targets}
    others = [name for name in table.columns if name not in known]
    return [f"not learned from, beside the pictures: {listed(others, 5)}"] if others else []


def _useless(config: Config, image: Image, features: Sequence[str]) -> Iterator[Problem]:
    """Yield what a config says of columns that are pixels, or would be none."""
    data = config.data
    if image.column is not None:
        for key in ("features", "exclude"):
            if getattr(data, key):
                yield Problem(
                    f"the pixels are in the files that {image.column} names, and no other column "
                    "is learned from",
                    config.place(f"data.{key}"),
                    f"remove {key}, or data.image.column",
                )
        if image.column in (*data.targets, data.sample_weight, data.group, data.time):
            yield Problem(
                f"{image.column} is something else already",
                config.place("data.image.column"),
                "name the column of the PNG files",
            )
    for name in data.types:
        if name in features:
            yield Problem(
                f"column {name} is {'a picture' if image.column else 'a pixel, a number'} already",
                config.place(f"data.types.{name}"),
                "remove it",
            )


def _remedy(features: Sequence[str], channels: int) -> str:
    """Say which columns are no pixels by their names, or which size they would fill."""
    forms = [re.sub(r"\d+", "0", name) for name in features]
    times = Counter(forms)
    most = max(times.values())
    pairs = zip(features, forms, strict=True)
    others = [name for name, form in pairs if 2 * times[form] < most]
    if 0 < len(others) <= len(features) / 2:
        return f"leave out what is no pixel: data.exclude: [{listed(others, 5)}]"
    side = round((len(features) / channels) ** 0.5)
    fits = side * side * channels == len(features)
    like = f", such as {{height: {side}, width: {side}}}" if fits else ""
    return f"give the height, width and channels that these are{like}, or leave some out"


def picture_digests(
    sides: Mapping[Side, ColumnStatistics], own: Collection[Side]
) -> dict[str, str]:
    """Return what tells whether pictures changed, by the key of data that names their table.

    `own` are the sides that have a table of their own. A sum of hashes, each of a row's number and
    its pixels, is that of the rows in any order, and so of any division into sides (Bellare &
    Micciancio 1997, "A new paradigm for collision-free hashing", AdHash).
    """
    found: dict[str, int] = {}
    for side, rows in sides.items():
        for column in rows.columns.values():
            if isinstance(column, Pictures):
                key = f"{side if side in own else 'file'}{PICTURES}"
                found[key] = found.get(key, 0) + column.hashes
    return {key: f"{total % (1 << 256):064x}" for key, total in found.items()}


def check_pictures(sides: Mapping[Side, ColumnStatistics], names: Mapping[Side, str]) -> None:
    """Raise DataError with the rows of all files that are not the pictures asked for, by table."""
    odd: dict[str, list[tuple[int, str]]] = {}
    for side, found in sides.items():
        for column in found.columns.values():
            if isinstance(column, Pictures) and column.odd:
                odd.setdefault(names[side], []).extend(column.odd)
    if odd:
        raise DataError.of(told_odd(odd))
