"""Temporary files without a name: gone when ann is, however it ends."""

import tempfile
import weakref
from pathlib import Path
from typing import BinaryIO


def nameless(owner: object, folder: Path | None = None) -> BinaryIO:
    """Return a new file in a folder, open for as long as its owner lives. Raises OSError."""
    file: BinaryIO = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
    weakref.finalize(owner, file.close)
    return file
