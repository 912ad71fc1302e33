"""The one way to write a file: whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from ann_cli.errors import FileError


def write(path: Path, content: bytes) -> None:
    """Replace `path`: to a temporary name beside it, flush, fsync, rename, fsync the folder.

    A reader sees the old file or the new one, never a part. Raises FileError.
    """
    target = Path(os.path.realpath(path))
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), 0o666 & ~_umask())
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        _sync_folder(target.parent)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise unwritable(path, error) from error


def make_folder(path: Path) -> None:
    """Create the folder where missing, and make sure that files can be written in it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError | ValueError) -> FileError:
    """Say that a path cannot be written, in the system's own words."""
    reason = getattr(error, "strerror", None) or str(error)
    return FileError(
        f"cannot be written: {reason.lower()}",
        place=str(path),
        remedy="choose another place with save_to, or make room or rights there",
    )


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
