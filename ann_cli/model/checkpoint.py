"""checkpoint.npz: a training in mid-course, all that it takes to go on as if nothing had been."""

import io
import json
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ann_cli.config.read import load as load_config
from ann_cli.engine.randomness import PURPOSES
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.trainer import Record
from ann_cli.errors import AnnError, FileError
from ann_cli.files import UnfitError, open_own
from ann_cli.model.archive import Archive
from ann_cli.model.files import Held, remove, unfit, write_together

NAME = "checkpoint.npz"
PREVIOUS = "checkpoint.previous.npz"
FORMAT: Final = 1
MOST_CHARACTERS = 1 << 28
"""Characters of metadata at most; most of it is the history, some 100 an epoch."""

FIRST_PURPOSES = 4
"""How many generators the first version had; others came after them, one by one."""

LARGEST = np.finfo(np.float64).max

Found = TypeVar("Found")

STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Position(BaseModel):
    """How far the training has come, as the engine has it."""

    model_config = STRICT

    steps: int = Field(ge=0)
    blocks: int = Field(ge=0)
    loss: float
    generators: dict[str, dict[str, Any]]
    best: list[list[float]] = []
    """Of an ensemble each variation's best epoch, and the loss that it had on validation rows."""


class CheckpointMetadata(BaseModel):
    """What is not an array."""

    model_config = STRICT

    format: Literal[1] = FORMAT
    finished: bool
    """Whether the run's files were written with it."""
    config: dict[str, Any]
    encoder: str
    """The SHA-256 of the columns, scales and categories."""
    data: dict[str, str]
    """The SHA-256 of the data files."""
    versions: dict[str, Any]
    engine: Literal["numpy", "numba"]
    position: Position
    history: list[dict[str, Any]]
    """The records as they are: an epoch's number stays whole."""
    best_epoch: int = Field(ge=0)
    seconds: float = Field(ge=0)
    parameters: int = Field(ge=0)
    """Those that are trained."""
    statistics: int = Field(0, ge=0)
    """Those that no gradient moves."""
    states: int = Field(ge=0)
    """Rows of the trainer's state, such as an optimizer's."""
    width: int | None = Field(None, ge=0)
    """Numbers in a row of it; None: as many as there are trained parameters."""
    planned: int | None = Field(None, ge=0)
    """Epochs that there are to be, where they are others than the config's."""
    precision: Literal["float32", "float64"]


@dataclass(frozen=True)
class Checkpoint:
    """The parameters, and those to keep so far, are flat; `state` has as many rows as it needs."""

    metadata: CheckpointMetadata
    stored: Array
    state: Array
    kept: Array


ARRAYS = {"stored": "theta", "state": "state", "kept": "kept"}
"""What each array is called in the file."""

KEPT = {NAME: PREVIOUS}
"""By which name the checkpoint that is there stays when the next is written."""


def save(folder: Path, checkpoint: Checkpoint, held: Held | None = None) -> None:
    """Write it into a run folder; the one before it stays, by another name. Raises FileError."""
    write_together(folder, {NAME: content(checkpoint)}, KEPT, held)


def discard(folder: Path, held: Held | None = None) -> None:
    """Remove the checkpoints from a run folder. Raises FileError."""
    for name in (NAME, PREVIOUS):
        remove(folder / name, held)


def content(checkpoint: Checkpoint) -> bytes:
    """Return the file's bytes."""
    text = json.dumps(checkpoint.metadata.model_dump())
    arrays = {name: getattr(checkpoint, field) for field, name in ARRAYS.items()}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays, metadata=np.array(text))
    return buffer.getvalue()


def latest(
    folder: Path, check: Callable[[CheckpointMetadata], None] | None = None
) -> tuple[Checkpoint | None, list[str]]:
    """Return the last checkpoint in a run folder that is whole, and what is to be said of others.

    `check` looks at what it says of itself before its arrays are read, and may raise an AnnError.
    Raises FileError where one is there and cannot be read, or is no file to be read.
    """

    def read(archive: Archive) -> Checkpoint:
        metadata = _metadata(archive)
        if check:
            check(metadata)
        return Checkpoint(metadata, **_arrays(archive, metadata))

    return _first(folder, read)


def latest_metadata(folder: Path) -> CheckpointMetadata | None:
    """Return what the last checkpoint says of itself; its arrays are not read. Raises FileError."""
    return _first(folder, _metadata)[0]


def _first(folder: Path, read: Callable[[Archive], Found]) -> tuple[Found | None, list[str]]:
    notes = list[str]()
    for name in (NAME, PREVIOUS):
        try:
            with open(open_own(folder / name), "rb") as file:
                return read(Archive(file)), notes
        except (FileNotFoundError, NotADirectoryError):
            continue
        except UnfitError as error:
            raise unfit(folder / name, error) from error
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise FileError(f"cannot be read: {reason}", place=str(folder / name)) from error
        except AnnError:
            raise
        except Exception:
            # zipfile, NumPy, pydantic and JSON raise a dozen kinds of error, as the damage falls.
            notes.append(f"{folder / name} is damaged, and was left out")
    return None, notes


def _arrays(archive: Archive, metadata: CheckpointMetadata) -> dict[str, Array]:
    flat = (metadata.parameters + metadata.statistics,)
    width = metadata.parameters if metadata.width is None else metadata.width
    state = (metadata.states, width)
    shapes = {"stored": flat, "state": state, "kept": flat}
    arrays = {
        field: archive.array(ARRAYS[field], shape, metadata.precision)
        for field, shape in shapes.items()
    }
    if not all(np.isfinite(each).all() for each in arrays.values()):
        raise ValueError("some numbers are not finite")
    return arrays


def _metadata(archive: Archive) -> CheckpointMetadata:
    """Return what a checkpoint says of itself. Raises whatever is wrong with it."""
    if archive.names != {*ARRAYS.values(), "metadata"}:
        raise ValueError("not the arrays of a checkpoint")
    metadata = CheckpointMetadata.model_validate(
        json.loads(archive.text("metadata", MOST_CHARACTERS))
    )
    try:
        epochs = load_config(metadata.config).epochs
    except AnnError as error:
        raise ValueError("its config is none") from error
    most = epochs if metadata.planned is None else metadata.planned
    if not isinstance(metadata.config.get("epochs"), int) or len(metadata.history) > most:
        raise ValueError("it has more epochs than its config")
    if metadata.best_epoch > len(metadata.history):
        raise ValueError("its best epoch is none of its epochs")
    for number, record in enumerate(metadata.history, start=1):
        known = metadata.history[0].keys() | metadata.history[-1].keys()
        _check_record(number, record, known)
    known = set(metadata.position.generators)
    if known not in [set(PURPOSES[:count]) for count in range(FIRST_PURPOSES, len(PURPOSES) + 1)]:
        raise ValueError("it has other generators")
    for state in metadata.position.generators.values():
        generator: Any = np.random.PCG64()
        generator.state = state
        if generator.state != state:
            raise ValueError("the state of a generator is none")
    return metadata


def _check_record(number: int, record: Record, known: Set[str]) -> None:
    """Raise ValueError where a record of the history is not the one of its epoch."""
    if record.get("epoch") != number or "loss" not in record or not known >= record.keys():
        raise ValueError("the history is not one of its epochs")
    for value in record.values():
        if type(value) not in (int, float) or not -LARGEST <= value <= LARGEST:
            raise ValueError("the history holds what is no number")
