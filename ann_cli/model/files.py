"""The one way to write files: whole or not at all. All system calls of writing are made here."""

import errno
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from glob import escape
from pathlib import Path

from ann_cli.errors import FileError

UNFINISHED = ".unfinished"
"""How the name of a file ends while it is written: .weights.npz.0f3a9c21.unfinished"""


def write(path: Path, content: bytes) -> None:
    """Replace one file. Raises FileError."""
    write_together({path: content})


def write_together(files: Mapping[Path, bytes], kept: Mapping[Path, Path] | None = None) -> None:
    """Replace files: each to a temporary name beside it, fsync; rename all; fsync their folders.

    `kept` gives another name to files that are there before they are replaced.

    A reader sees the old file or the new one, never a part; so does who comes after a crash, for
    the content is on the disk before the name is. Nothing is renamed before all is written, so
    that a full disk leaves every old file as it was. Links are followed. Raises FileError.
    """
    path, renames = Path(), dict[Path, Path]()
    try:
        try:
            for path, content in files.items():
                target = Path(os.path.realpath(path))
                ending = f"{os.urandom(4).hex()}{UNFINISHED}"
                temporary = target.with_name(f".{target.name}.{ending}")
                renames[temporary] = target
                _create(temporary, content)
            for path, other in (kept or {}).items():
                with suppress(FileNotFoundError):
                    os.replace(Path(os.path.realpath(path)), other)
            for temporary, path in renames.items():
                os.replace(temporary, path)
        except BaseException:
            for temporary in renames:
                with suppress(OSError):
                    os.unlink(temporary)
            raise
        for folder in dict.fromkeys(target.parent for target in renames.values()):
            _sync_folder(folder)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise unwritable(path, error) from error


def clean(path: Path) -> None:
    """Remove what a dead process has left of `path`; only for the holder of its folder's lock."""
    target = Path(os.path.realpath(path))
    for left in target.parent.glob(f".{escape(target.name)}.{'[0-9a-f]' * 8}{UNFINISHED}"):
        with suppress(OSError):
            os.unlink(left)


def remove(path: Path) -> None:
    """Remove a file, if it is there. Raises FileError."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError as error:
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


def _create(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # less the umask
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if os.fstat(descriptor).st_size != len(content):
            raise OSError(errno.EIO, "the file is not as long as what was written")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # which says that this file system has no such thing
            raise
    finally:
        os.close(descriptor)
