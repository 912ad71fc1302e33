"""The files that a model was trained on, found again by what its weights record of them."""

import os
import stat
from hashlib import sha256
from math import inf
from pathlib import Path
from typing import Any

from ann_cli.config.locations import is_database, is_remote
from ann_cli.config.read import load as load_config
from ann_cli.data.csv.compression import inflated
from ann_cli.data.csv.source import PIECE
from ann_cli.errors import ConfigError, DataError
from ann_cli.files import files_of, joint_digest, open_named
from ann_cli.model.model import Model

NAME_IT = "name the data: --data FILE"


def recorded_data(model: Model, path: Path, data: str | None) -> dict[str, Any]:
    """Return the keys of `data` that name files, as seen from here.

    `data` is the CSV to read instead of the one that the config names; the other files, and that
    one, are read only where they are those that the weights record. Raises ConfigError and
    DataError.
    """
    beside = path.with_name("config.yaml")
    named = load_config(beside) if beside.is_file() else model.config
    if data is None and named.data.file == "-":
        raise ConfigError("these weights were trained on standard input", remedy="name it: --data")
    for key, location in named.data.files.items():
        elsewhere = is_database(location) or is_remote(location)
        if elsewhere and (key != "file" or data is None):
            where = "a database" if is_database(location) else "files elsewhere"
            raise ConfigError(  # which may be anyone's: whoever reads weights asks none
                f"these weights were trained on {where}, asked only if you name it",
                place=f"data.{key}",
                remedy=NAME_IT,
            )
    found = {key: named.resolve(file) for key, file in named.data.files.items()}
    for key, file in found.items():
        if key != "file" or data is None:
            _check_recorded(model, key, file)
    return found | ({"file": data} if data else {})


def _size(file: str) -> float:
    """Return a file's bytes; infinity of what is none. Raises OSError."""
    seen = os.stat(file)
    return seen.st_size if stat.S_ISREG(seen.st_mode) else inf


def _digest(file: str) -> str:
    """Return the SHA-256 of a CSV's bytes, of a packed file those that it holds."""
    found = sha256()
    with open_named(file) as opened:
        stream = inflated(opened, file)
        while part := stream.read(PIECE):
            found.update(part)
    return found.hexdigest()


def _check_recorded(model: Model, key: str, file: str) -> None:
    """Raise DataError where a file that weights name is not the one that they record.

    The weights may be a stranger's: nothing of another file is shown, or read beyond its size.
    """
    recorded, size = model.digests.get(key), model.sizes.get(key)
    files = files_of(file) or [file]
    try:
        there = sum(map(_size, files))
        may_be = recorded and there < inf and size in (None, there)
        if may_be and joint_digest([_digest(each) for each in files]) == recorded:
            return
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise DataError("no such file", place=file, remedy=NAME_IT) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(f"cannot be read: {reason}", place=file, remedy=NAME_IT) from None
    raise DataError(
        "is not the file that these weights were trained on, by its bytes",
        place=f"{file} (data.{key})",
        remedy=NAME_IT,
    )
