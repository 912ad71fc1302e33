"""checkpoint.npz: a training in mid-course, all that it takes to go on as if nothing had been."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ann_cli.engine.settings import Array
from ann_cli.errors import FileError
from ann_cli.model.archive import Archive
from ann_cli.model.files import remove, write_together

NAME = "checkpoint.npz"
PREVIOUS = "checkpoint.previous.npz"
FORMAT: Final = 1
LONGEST = 1 << 28
"""Characters of metadata at most; most of it is the history, some 100 an epoch."""

Record = dict[str, Any]


STRICT = ConfigDict(strict=True, extra="forbid")


class Position(BaseModel):
    """How far the training has come, as the engine has it."""

    model_config = STRICT

    steps: int = Field(ge=0)
    blocks: int = Field(ge=0)
    loss: float
    generators: dict[str, dict[str, Any]]


class Metadata(BaseModel):
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
    history: list[Record]
    best_epoch: int = Field(ge=0)
    seconds: float = Field(ge=0)
    parameters: int = Field(ge=0)
    states: int = Field(ge=0)
    """Rows of the optimizer's state."""
    precision: Literal["float32", "float64"]


@dataclass(frozen=True)
class Checkpoint:
    """`theta` and the weights to keep so far, `kept`, are flat; `state` has a row for each name."""

    metadata: Metadata
    theta: Array
    state: Array
    kept: Array


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Write it into a run folder; the one before it stays, by another name. Raises FileError."""
    write_together({folder / NAME: content(checkpoint)}, kept(folder))


def kept(folder: Path) -> dict[Path, Path]:
    """Return by which name the checkpoint that is there stays when the next is written."""
    return {folder / NAME: folder / PREVIOUS}


def discard(folder: Path) -> None:
    """Remove the checkpoints from a run folder. Raises FileError."""
    for name in (NAME, PREVIOUS):
        remove(folder / name)


def content(checkpoint: Checkpoint) -> bytes:
    """Return the file's bytes."""
    text = json.dumps(checkpoint.metadata.model_dump())
    arrays = {name: getattr(checkpoint, name) for name in ("theta", "state", "kept")}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays, metadata=np.array(text))
    return buffer.getvalue()


def latest(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """Return the last checkpoint in a run folder that is whole, and what is to be said of others.

    Raises FileError where one is there and cannot be read.
    """
    notes = list[str]()
    for name in (NAME, PREVIOUS):
        try:
            return _read(folder / name), notes
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise FileError(f"cannot be read: {reason}", place=str(folder / name)) from error
        except Exception:
            # zipfile, NumPy, pydantic and JSON raise a dozen kinds of error, as the damage falls.
            notes.append(f"{folder / name} is damaged, and was left out")
    return None, notes


def _read(path: Path) -> Checkpoint:
    with open(path, "rb") as file:
        archive = Archive(file)
        if archive.names != {"theta", "state", "kept", "metadata"}:
            raise ValueError("not the arrays of a checkpoint")
        metadata = Metadata.model_validate(json.loads(archive.text("metadata", LONGEST)))
        flat, dtype = (metadata.parameters,), metadata.precision
        shapes = {"theta": flat, "state": (metadata.states, *flat), "kept": flat}
        arrays = {name: archive.array(name, shape, dtype) for name, shape in shapes.items()}
        if not all(np.isfinite(each).all() for each in arrays.values()):
            raise ValueError("some numbers are not finite")
        return Checkpoint(metadata, **arrays)
