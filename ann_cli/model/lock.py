"""One training at a time in a run folder."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from ann_cli.errors import InUseError
from ann_cli.model.files import unwritable

NAME = ".lock"


class Lock:
    """Holds a folder until it is released or the process dies, for the kernel keeps it (flock)."""

    def __init__(self, folder: Path) -> None:
        """Take the lock. Raises InUseError where another has it, FileError where none can be."""
        self._path = folder / NAME
        self._descriptor: int | None = None
        try:
            while self._descriptor is None:
                self._descriptor = _taken(self._path)
        except BlockingIOError as error:
            raise InUseError(
                f"another training is at work in this folder{_holder(self._path)}",
                place=str(folder),
                remedy="wait until it ends, or choose another folder: --set save_to=…",
            ) from error
        except OSError as error:
            raise unwritable(folder, error) from error

    def release(self) -> None:
        """Let go; a second time does no harm."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.unlink(self._path)  # while it is still held, so that nobody else's is removed
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        self.release()


def is_locked(folder: Path) -> bool:
    """Whether a training is at work in the folder."""
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _taken(path: Path) -> int | None:
    """Return a locked descriptor, or None where the file was removed while it was being locked."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        there = _is_at(path, descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    if not there:
        os.close(descriptor)
        return None
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, b"%d\n" % os.getpid())  # a disk that is full is told here, too
    except BaseException:
        os.unlink(path)
        os.close(descriptor)
        raise
    return descriptor


def _is_at(path: Path, descriptor: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    return False


def _holder(path: Path) -> str:
    try:
        return f": process {int(path.read_bytes()[:20])}"
    except (OSError, ValueError):
        return ""
