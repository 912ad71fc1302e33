"""weights.npz: everything that `predict` needs, opened by numpy.load, no pickle."""

import io
import json
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from ann_cli.config.complete import complete, with_target_keys
from ann_cli.config.plain_config import as_dict
from ann_cli.config.read import load as load_config
from ann_cli.config.recipe import declined
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.csv.header import CONFIG
from ann_cli.data.rows.column_choice import fits
from ann_cli.data.rows.split import SIDES
from ann_cli.errors import AnnError, ConfigError, WeightsError
from ann_cli.files import open_named
from ann_cli.model.archive import Archive
from ann_cli.model.calibration import Calibration
from ann_cli.model.checksums import difference_note
from ann_cli.model.files import Held, write
from ann_cli.model.model import Model
from ann_cli.model.networks import OTHERS, new_network, shapes_of
from ann_cli.model.rating_arrays import rating_arrays, rating_names, ratings_in
from ann_cli.tasks import TASKS

FORMAT: Final = 1
ZIP = b"PK\x03\x04"
FIRST = 1 << 16
"""Bytes by which another kind of file is recognised."""

MOST_CHARACTERS = 10_000_000
"""Characters of metadata at most: some 250,000 categories, or 50,000 columns."""

MOST_LISTS = 1_000_000
"""Lists and mappings in them at most, of which each takes some 70 bytes to read."""

MOST_LAYERS = 10_000
"""Layers of a network at most."""

LARGEST_PIPED = 1 << 30
"""Bytes at most of a file that cannot be read twice, and is held in memory."""


class WeightsMetadata(BaseModel):
    """What the file says of itself; config and encoder have checks of their own."""

    model_config = ConfigDict(strict=True, extra="forbid")

    format: Literal[1]
    task: str
    config: dict[str, Any]
    encoder: dict[str, Any]
    columns: list[str]
    classes: list[str]
    metrics: dict[str, Any]
    versions: dict[str, Any]
    data_sha256: dict[str, str] = {}
    data_bytes: dict[str, int] = {}
    seed: int
    calibration: Calibration | None = None


def save(path: Path, model: Model, held: Held | None = None) -> None:
    """Write the model; equal models give equal bytes."""
    write(path, content(model), held)


def content(model: Model) -> bytes:
    """Return the file's bytes, the same for equal models."""
    metadata = WeightsMetadata(
        format=FORMAT,
        task=model.config.task,
        config=as_dict(model.config),
        encoder=model.encoder.to_dict(),
        columns=_columns(model.encoder),
        classes=list(model.classes),
        metrics=model.metrics,
        versions=model.versions,
        data_sha256=model.digests,
        data_bytes=model.sizes,
        seed=model.config.seed,
        calibration=model.calibration,
    )
    arrays: dict[str, Any] = dict(model.network.views(model.network.stored))
    arrays |= rating_arrays(model.ratings)
    told = vars(metadata) | {
        "calibration": model.calibration.model_dump() if model.calibration else None
    }
    text = json.dumps(told, ensure_ascii=False, allow_nan=False)
    if len(text) > MOST_CHARACTERS or _lists(text) > MOST_LISTS:
        raise too_long()
    buffer = io.BytesIO()
    # None of the arrays holds objects, so that nothing is pickled.
    # NumPy dates every member 1980-01-01, so the bytes depend on nothing but the arrays.
    np.savez(buffer, **arrays, metadata=np.array(text))
    return buffer.getvalue()


def load(path: str | Path) -> Model:
    """Read a model back; raises WeightsError where it is missing, damaged or of another kind.

    A weights.npz that is not of the same run as the files beside it is whole all the same: it is
    loaded, and `Model.notes` says so.
    """
    path = weights_file(path)
    try:
        with open_named(path) as file:
            model = read(file, path)
    except FileNotFoundError:
        raise _unusable(path, "no such file") from None
    except IsADirectoryError:
        raise _unusable(path, "this folder holds no weights.npz") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _unusable(path, (getattr(error, "strerror", None) or str(error)).lower()) from error
    said = difference_note(Path(path))
    model.notes = (said,) if said else ()
    return model


def weights_file(path: str | Path) -> str | Path:
    """Return the weights.npz of a run folder; another path as it is."""
    inside = Path(path) / "weights.npz"
    return inside if inside.is_file() else path


def read(file: BinaryIO, path: str | Path) -> Model:
    """Read a model from an open file; `path` is how an error names it. Raises WeightsError."""
    start = file.read(len(ZIP))
    if start != ZIP:
        if CONFIG.match(start + file.read(FIRST)):
            why = "this is a config, and weights were expected"
            raise WeightsError(why, place=str(path), remedy=f"`ann train {path}` writes weights")
        raise _unusable(path, "not a weights file")
    try:
        return _model(Archive(_seekable(file)))
    except OSError:
        raise
    except Exception as error:
        # zipfile, NumPy, pydantic and JSON raise a dozen kinds of error, as the damage falls.
        raise _unusable(path, f"damaged, or not a weights file: {_reason(error)}") from error


def _seekable(file: BinaryIO) -> BinaryIO:
    """Return the file, or all of it in memory where it is a pipe."""
    return file if file.seekable() else io.BytesIO(ZIP + file.read(LARGEST_PIPED))


def _model(archive: Archive) -> Model:
    if "metadata" not in archive.names:
        raise ValueError("no metadata in it")
    text = archive.text("metadata", MOST_CHARACTERS)
    if _lists(text) > MOST_LISTS:
        raise ValueError(f"more than {MOST_LISTS:,} lists in its metadata")
    stored = json.loads(text, parse_constant=_no_number)
    if isinstance(stored, dict) and stored.get("format") != FORMAT:
        raise ValueError(f"format {stored.get('format')}, and this version of ann reads {FORMAT}")
    metadata = WeightsMetadata.model_validate(stored)
    if not all(isinstance(metadata.metrics.get(side, {}), dict | None) for side in SIDES):
        raise ValueError("its metrics are none")
    layers = metadata.config.get("layers", [])
    if not isinstance(layers, list) or len(layers) > MOST_LAYERS:
        raise ValueError("its layers are none, or too many")
    config = with_target_keys(load_config(metadata.config))
    encoder = Encoder.from_dict(metadata.encoder)
    classes = len(encoder.classes)
    task = config.task
    if task not in TASKS or not fits(encoder, task):
        raise ValueError(f"its targets are not those of a {task}")
    config = declined(config)
    if complete(config, task, classes, validated=True) != config:
        raise ValueError(f"the config is not that of a {task} with {classes} classes")
    told = (metadata.task, metadata.columns, metadata.classes, metadata.seed)
    if told != (task, _columns(encoder), list(encoder.classes), config.seed):
        raise ValueError("task, columns, classes or seed are not those of config and encoder")
    expected = shapes_of(config, encoder)
    if archive.names != {"metadata", *expected, *rating_names(encoder.catalogue)}:
        raise ValueError("not the arrays that its layers need")
    for name, shape in expected.items():
        archive.check_size(name, shape, config.precision)
    network = new_network(config, encoder)  # no larger than the file
    for name, view in network.views(network.stored).items():
        view[...] = archive.array(name, view.shape, config.precision)
    if not np.isfinite(network.stored).all():
        raise ValueError("some weights are not finite numbers")
    if config.model in OTHERS:
        OTHERS[config.model].check(network)
    if metadata.calibration:
        metadata.calibration.check(encoder.targets)
    said = metadata.metrics, metadata.versions, metadata.data_sha256, metadata.data_bytes
    ratings = ratings_in(archive, encoder.catalogue)
    return Model(config, encoder, network, *said, metadata.calibration, ratings)


def _columns(encoder: Encoder) -> list[str]:
    """Return the names of the inputs; of ratings their columns, as the catalogue has the names."""
    return list(encoder.input_columns if encoder.catalogue else encoder.inputs)


def too_long() -> ConfigError:
    """Say that a model's columns, categories and classes are more than its file may describe."""
    return ConfigError(
        f"the columns and their values take more than {MOST_CHARACTERS:,} characters to describe",
        place="data",
        remedy="leave out columns of ever new texts, such as names: data.exclude: [...]",
    )


def _lists(text: str) -> int:
    """Return how many lists and mappings a JSON text holds at most."""
    return text.count("[") + text.count("{")


def _no_number(text: str) -> None:
    raise ValueError(f"{text} in its metadata")


def _reason(error: Exception) -> str:
    """Return the first line of what is wrong."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        message = f"metadata.{'.'.join(map(str, first['loc']))}: {first['msg']}"
    elif isinstance(error, AnnError):
        message = error.problems[0].message
    else:
        message = str(error) or type(error).__name__
    return message.splitlines()[0][:200]


def _unusable(path: str | Path, why: str) -> WeightsError:
    return WeightsError(
        why, place=str(path), remedy="name a weights.npz that `ann train` has written"
    )
