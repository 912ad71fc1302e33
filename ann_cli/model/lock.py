"""One training at a time in a run folder."""

import fcntl
import os
import struct
import sys
from contextlib import suppress
from pathlib import Path

from ann_cli.errors import FileError, InUseError
from ann_cli.files import FOLDER, UnfitError, open_own, read_own
from ann_cli.model.files import unfit, unwritable

NAME = ".lock"
FLOCK = "hhqqi0q"
"""C's struct flock: type, whence, start, length (0 is all), process."""


class Lock:
    """Holds a folder until it is released or the process dies, for the kernel keeps the lock.

    What is locked is an open file. The folder is held for as long as that file is the one at
    `.lock` there: who removes the folder, and makes another by its name, has that one.
    """

    def __init__(self, folder: Path) -> None:
        """Take the lock. Raises InUseError where another has it, FileError where none can be."""
        self._path = folder / NAME
        self._descriptor: int | None = None
        try:
            self.folder = os.open(folder, FOLDER)
            try:
                while self._descriptor is None:
                    self._descriptor = _taken(self._path, self.folder)
            except BaseException:
                os.close(self.folder)
                raise
        except BlockingIOError as error:
            raise _in_use(folder) from error
        except UnfitError as error:
            raise unfit(self._path, error) from error
        except OSError as error:
            raise unwritable(folder, error) from error

    def check(self) -> None:
        """Raise FileError or InUseError where the folder is no longer the one that is held."""
        if self._descriptor is not None and _is_at(self._path, self._descriptor):
            return
        if is_locked(self._path.parent):
            raise _in_use(self._path.parent)
        raise FileError(
            "was removed, moved or made anew while the training was at work, which writes no more",
            place=str(self._path.parent),
            remedy="leave a run folder and its .lock in their place until the training ends",
        )

    def release(self) -> None:
        """Let go; a second time does no harm."""
        if self._descriptor is None:
            return
        with suppress(OSError):  # while it is still held, so that nobody else's is removed
            if _is_at(NAME, self._descriptor, self.folder):
                os.unlink(NAME, dir_fd=self.folder)
        os.close(self._descriptor)
        os.close(self.folder)
        self._descriptor = None

    def __del__(self) -> None:
        self.release()


def is_locked(folder: Path) -> bool:
    """Whether a training is at work in the folder. On Linux this is asked, and no lock taken."""
    try:
        descriptor = open_own(folder / NAME)
    except (OSError, ValueError):
        return False
    try:
        return _is_locked(descriptor)
    except OSError:
        return True
    finally:
        os.close(descriptor)


def _taken(path: Path, folder: int) -> int | None:
    """Return a locked descriptor, or None where the file was removed while it was being locked."""
    descriptor = open_own(NAME, os.O_RDWR | os.O_CREAT, folder)
    try:
        _take(descriptor)
        seen = os.fstat(descriptor)
        if not _is_at(NAME, descriptor, folder):
            os.close(descriptor)
            return None
        if seen.st_nlink > 1:
            raise UnfitError("is a file that has another name, too", path)
    except BaseException:
        with suppress(OSError):
            os.close(descriptor)
        raise
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, b"%d\n" % os.getpid())  # a disk that is full is told here, too
    except BaseException:
        os.unlink(NAME, dir_fd=folder)
        os.close(descriptor)
        raise
    return descriptor


def _is_at(path: str | Path, descriptor: int, folder: int | None = None) -> bool:
    with suppress(FileNotFoundError, NotADirectoryError):
        there = os.stat(path, dir_fd=folder, follow_symlinks=False)
        return os.path.samestat(there, os.fstat(descriptor))
    return False


def _in_use(folder: Path) -> InUseError:
    try:
        holder = f": process {int(read_own(folder / NAME, 1 << 16)[:20])}"
    except (OSError, ValueError):
        holder = ""
    return InUseError(
        f"another training is at work in this folder{holder}",
        place=str(folder),
        remedy="wait until it ends, or choose another folder: --set save_to=…",
    )


# Linux has locks of an open file ("open file description locks") that can be asked for without
# being taken; flock(2), which all have, can only be tried, and who tries stands in others' way.

if sys.platform == "linux":

    def _take(descriptor: int) -> None:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack(FLOCK, fcntl.F_WRLCK, 0, 0, 0, 0))

    def _is_locked(descriptor: int) -> bool:
        asked = struct.pack(FLOCK, fcntl.F_WRLCK, 0, 0, 0, 0)
        found = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, asked)
        return struct.unpack(FLOCK, found)[0] != fcntl.F_UNLCK

else:

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _is_locked(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
