"""The one way to write files: whole or not at all, and only in the folder that was opened."""

import errno
import os
import re
import stat
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from ann_cli.errors import FileError
from ann_cli.files import FOLDER, UnfitError, create

UNFINISHED = ".unfinished"
"""How the name of a file ends while it is written: .weights.npz.0f3a9c21.unfinished"""

LEFT = re.compile(r"\.(.+)\.[0-9a-f]{8}" + re.escape(UNFINISHED))


class Held(Protocol):
    """A folder that is held: no other path leads to what is written in it."""

    folder: int
    """Its descriptor."""

    def check(self) -> None:
        """Raise an AnnError where another has the folder by now."""


def write(path: Path, content: bytes, held: Held | None = None) -> None:
    """Replace one file; what is a pipe or a device is written into. Raises FileError."""
    if held is None and _takes_bytes(path):
        try:
            with open(path, "wb") as stream:
                stream.write(content)
        except OSError as error:
            raise unwritable(path, error) from error
    else:
        write_together(path.parent, {path.name: content}, held=held)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a stream that replaces a file once all is written into it, and never before.

    What is a pipe or a device is written into. Raises FileError.
    """
    if _takes_bytes(path):
        with open(path, "wb") as stream:
            yield stream
        return
    try:
        within = os.open(path.parent, FOLDER)
    except (OSError, ValueError) as error:
        raise unwritable(path, error) from error
    temporary = f".{path.name}.{os.urandom(4).hex()}{UNFINISHED}"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        mode = _mode(path.name, within)
        descriptor = os.open(temporary, flags, 0o666 if mode is None else mode, dir_fd=within)
        with open(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path.name, src_dir_fd=within, dst_dir_fd=within)
        _sync(within)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=within)
        if isinstance(error, OSError):
            raise unwritable(path, error) from error
        raise
    finally:
        os.close(within)


def _takes_bytes(path: Path) -> bool:
    """Whether a pipe or a device is there: a file in its place would take it away, as from root."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def write_together(
    folder: Path,
    files: Mapping[str, bytes],
    kept: Mapping[str, str] | None = None,
    held: Held | None = None,
) -> None:
    """Replace files of a folder: each to a temporary name, fsync; rename all; fsync the folder.

    `kept` gives another name to files that are there before they are replaced. A file keeps the
    rights that the one before it had. `held` is asked before each rename whether the folder is
    still its own.

    A reader sees the old file or the new one, never a part; so does who comes after a crash, for
    the content is on the disk before the name is. Nothing is renamed before all is written, so
    that a full disk leaves every old file as it was. All of it happens in the folder that was
    opened, also where its path leads to another by now; and a link is replaced, not followed.
    Raises FileError.
    """
    place, renames = folder / next(iter(files)), dict[str, str]()
    try:
        within = os.open(folder, FOLDER) if held is None else held.folder
        try:
            for name, content in files.items():
                place = folder / name
                temporary = f".{name}.{os.urandom(4).hex()}{UNFINISHED}"
                renames[temporary] = name
                create(temporary, content, within, _mode(name, within))
            for old, new in [*(kept or {}).items(), *renames.items()]:
                place = folder / new
                if held:
                    held.check()
                try:
                    os.replace(old, new, src_dir_fd=within, dst_dir_fd=within)
                except FileNotFoundError:
                    if old in renames:
                        raise
            _sync(within)
        except BaseException:
            for temporary in renames:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=within)
            raise
        finally:
            if held is None:
                os.close(within)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise unwritable(place, error) from error


def clean(folder: int, names: Collection[str]) -> None:
    """Remove what a dead process has left of files in an open folder; only for its holder."""
    for left in os.listdir(folder):
        found = LEFT.fullmatch(left)
        if found and found[1] in names:
            with suppress(OSError):
                os.unlink(left, dir_fd=folder)


def remove(path: Path, held: Held | None = None) -> None:
    """Remove a file, if it is there. Raises FileError."""
    try:
        if held is None:
            os.unlink(path)
        else:
            held.check()
            os.unlink(path.name, dir_fd=held.folder)
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


def unfit(path: Path, error: UnfitError) -> FileError:
    """Say that what lies at a file's place in a run folder is not fit to be that file."""
    return FileError(
        str(error.strerror),
        place=str(path),
        remedy="remove it, or choose another folder: --set save_to=…",
    )


def _mode(name: str, folder: int) -> int | None:
    """Return the rights of the regular file of this name; None where there is none."""
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError:
        return None
    return stat.S_IMODE(mode) & 0o777 if stat.S_ISREG(mode) else None


def _sync(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:  # which says that this file system has no such thing
            raise
