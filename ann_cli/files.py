"""The one way to open files: what was opened is looked at before a byte of it is used.

A name says nothing of what lies there: it may be a link to another's file, a pipe that nobody
fills, or a device without an end. A file that a person names may be a link or a pipe. A file with a
name of ann's own, in a run folder or in the cache, has to be a regular file that nobody else owns.
"""

import errno
import os
import stat
from collections.abc import Callable, Sequence
from glob import escape, glob, has_magic
from hashlib import sha256
from io import BufferedReader
from pathlib import Path

KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
}
REFUSED = {errno.ELOOP: stat.S_IFLNK, errno.EISDIR: stat.S_IFDIR}
"""What lies there, where the kernel does not open it."""

OTHERS = stat.S_IWGRP | stat.S_IWOTH
"""The rights of group and others to write."""

FOLDER = os.O_RDONLY | os.O_DIRECTORY
OWN = os.O_NOFOLLOW | os.O_NONBLOCK
"""Never through a link, and never waiting for whoever is to open a pipe's other end."""


class UnfitError(OSError):
    """What lies there is not a file that may be used; `strerror` says why."""

    def __init__(self, reason: str, path: str | Path) -> None:
        super().__init__(errno.EINVAL, reason, str(path))


def open_named(path: str | Path) -> BufferedReader:
    """Open a file that a person named, to be read: regular, or a pipe, also through links.

    Raises UnfitError for a device, OSError where it cannot be opened.
    """
    waits = stat.S_ISFIFO(os.stat(path).st_mode)  # for its writer, as a pipe's reader does
    descriptor = os.open(path, os.O_RDONLY | (0 if waits else os.O_NONBLOCK))
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode) and not (waits and stat.S_ISFIFO(mode)):
            raise UnfitError(_unexpected(mode), path)
    except BaseException:
        os.close(descriptor)
        raise
    return open(descriptor, "rb")


def files_of(path: str) -> list[str]:
    """Return the files that a path names: itself, or those that its *, ? and [] stand for.

    They come in the order of their names; ** stands for folders in folders. A name that has such
    signs in it and exists is itself, and so is a folder before them.
    """
    if not has_magic(path) or os.path.lexists(path):
        return [path]
    steps = path.split(os.sep)
    there = 0
    while there < len(steps) and os.path.lexists(os.sep.join(steps[: there + 1]) or os.sep):
        there += 1
    pattern = os.sep.join([*map(escape, steps[:there]), *steps[there:]])
    return sorted(each for each in glob(pattern, recursive=True) if not os.path.isdir(each))


def joint_digest(digests: Sequence[str]) -> str:
    """Return the SHA-256 of several files, in their order, by their own; of one its own."""
    if len(digests) == 1:
        return digests[0]
    return sha256("".join(f"{each}\n" for each in digests).encode()).hexdigest()


def open_own(
    path: str | Path, flags: int = os.O_RDONLY, folder: int | None = None, private: bool = False
) -> int:
    """Return the descriptor of a file that has a name of ann's own, in a folder that may be open.

    It is a regular file of this user, of root or of the folder's owner; a `private` one is this
    user's, has no second name, and nobody else may write it. Raises UnfitError or OSError.
    """
    try:
        descriptor = os.open(path, flags | OWN, 0o666, dir_fd=folder)
    except OSError as error:
        if error.errno not in REFUSED:
            raise
        raise UnfitError(_unexpected(REFUSED[error.errno]), path) from error
    try:
        check_own(os.fstat(descriptor), path, folder, private)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def check_own(
    seen: os.stat_result, path: str | Path, folder: int | None = None, private: bool = False
) -> None:
    """Raise UnfitError where a file is not fit to be one of ann's own, as `open_own` has it."""
    if not stat.S_ISREG(seen.st_mode):
        raise UnfitError(_unexpected(seen.st_mode), path)
    owners = {os.geteuid()}
    if not private:
        around = os.stat(Path(path).parent) if folder is None else os.fstat(folder)
        owners |= {0, around.st_uid}
    if seen.st_uid not in owners:
        raise UnfitError("belongs to another user", path)
    if private and (seen.st_mode & OTHERS or seen.st_nlink > 1):
        raise UnfitError("can be changed by other users", path)


def read_own(
    path: str | Path, most: int, folder: int | None = None, private: bool = False
) -> bytes:
    """Return the content of a file with a name of ann's own. Raises UnfitError beyond `most`."""
    with open(open_own(path, folder=folder, private=private), "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise UnfitError(f"is larger than {most:,} bytes", path)
    return content


def read_in_data(
    path: str | Path, most: int | None, first: int, check: Callable[[bytes], None]
) -> bytes:
    """Return the content of a file that a cell names: regular, no link, whoever owns it.

    Its `first` bytes are given to `check` before any other is read; they are all that is returned
    where `most` is None. Raises UnfitError for what is no such file or larger than `most`, what
    `check` does, or OSError.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | OWN)
    except ValueError as error:  # a name with a zero byte
        raise UnfitError("has a name that no file can have", path) from error
    except OSError as error:
        if error.errno not in REFUSED:
            raise
        raise UnfitError(_unexpected(REFUSED[error.errno]), path) from error
    seen = os.fstat(descriptor)
    if not stat.S_ISREG(seen.st_mode):
        os.close(descriptor)
        raise UnfitError(_unexpected(seen.st_mode), path)
    with open(descriptor, "rb") as file:
        start = file.read(first)
        check(start)
        if most is None:
            return start
        rest = file.read(most - len(start) + 1) if seen.st_size <= most else b""
    if seen.st_size > most or len(start) + len(rest) > most:
        raise UnfitError(f"is larger than {most:,} bytes", path)
    return start + rest


def create(name: str, content: bytes, folder: int, mode: int | None = None) -> None:
    """Write a new file in an open folder, and have it on the disk. Raises OSError.

    `mode` is its rights; None for those that the umask leaves.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL  # of which the last follows no link
    descriptor = os.open(name, flags, 0o666 if mode is None else mode, dir_fd=folder)
    try:
        if mode is not None:
            os.fchmod(descriptor, mode)
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if os.fstat(descriptor).st_size != len(content):
            raise OSError(errno.EIO, "the file is not as long as what was written")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unexpected(mode: int) -> str:
    kind = KINDS.get(stat.S_IFMT(mode), "something else")
    return f"is {kind}, and a regular file was expected"
