"""What can be made again is kept in the user's cache folder, where nobody else can write."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from ann_cli.files import FOLDER, OTHERS, UnfitError, create, read_own

LARGEST = 1 << 24
"""Bytes of a file, at most."""


def kept(name: str) -> bytes | None:
    """Return what is kept by a name, or None where there is none or it is not what was written."""
    try:
        with _own_folder(cache_folder()) as folder:
            found = read_own(name, LARGEST, folder, private=True)
    except OSError:
        return None
    digest, content = found[:32], found[32:]
    return content if sha256(content).digest() == digest else None


@contextmanager
def _own_folder(path: Path) -> Iterator[int]:
    """Open the folder that things are kept in. Raises OSError where others may write in it.

    Code from there is run: the digest in a file tells of damage, and not of who wrote it.
    """
    folder = os.open(path, FOLDER | os.O_NOFOLLOW)
    try:
        seen = os.fstat(folder)
        if seen.st_uid != os.geteuid() or seen.st_mode & OTHERS:
            raise UnfitError("can be changed by other users", path)
        yield folder
    finally:
        os.close(folder)


def keep(name: str, content: bytes, most: int) -> None:
    """Write a file, if the folder lets us; of those with its ending keep the `most` youngest."""
    with suppress(OSError), _made_folder() as folder:
        temporary = f".{name}.{os.urandom(4).hex()}"
        try:
            create(temporary, sha256(content).digest() + content, folder, 0o600)
            os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
            raise
        _remove_oldest(folder, Path(name).suffix, most)


def can_keep() -> bool:
    """Whether the folder lets us write, so that what is made now is there the next time."""
    try:
        with _made_folder() as folder:
            return os.access(".", os.W_OK, dir_fd=folder)
    except OSError:
        return False


@contextmanager
def _made_folder() -> Iterator[int]:
    """Open the folder that things are kept in; make it where it is not there. Raises OSError."""
    place = cache_folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _own_folder(place) as folder:
        yield folder


def _remove_oldest(folder: int, ending: str, most: int) -> None:
    """Remove what was kept longest, beyond so many files."""
    kept = [name for name in os.listdir(folder) if name.endswith(ending)]
    if len(kept) > most:
        kept.sort(key=lambda name: os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime)
        for old in kept[:-most]:
            os.unlink(old, dir_fd=folder)


def cache_folder() -> Path:
    """Return the user's folder for what can be made again."""
    home = Path(os.path.expanduser("~"))  # stays as it is where there is no home
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "ann"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "ann" / "Cache"
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    # "All paths must be absolute": XDG Base Directory Specification.
    return (Path(chosen) if os.path.isabs(chosen) else home / ".cache") / "ann"
