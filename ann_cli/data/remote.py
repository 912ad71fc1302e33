"""Files elsewhere, by their addresses: the one file that knows fsspec, and what it comes with.

Bytes are read as they are needed, a few megabytes at a time, and no file is ever in memory whole.
"""

import io
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from ann_cli.config.locations import ADDRESS, REMOTE, hidden, without_secrets
from ann_cli.errors import AnnError, ConfigError, DataError, FileError

BLOCK = 1 << 20
"""Bytes that are fetched ahead of what is asked for."""

PATIENCE = 60
"""Seconds until a web server has to say something."""

WAITS = (0.5, 2.0)
"""Seconds after which bytes that did not come are asked for again."""

EXTRAS = {"aiohttp": "http", "s3fs": "s3"}
"""The extra of ann-cli that brings a package."""

VERSIONS = ("ETag", "etag", "Content-MD5", "md5Hash", "content_md5", "checksum", "VersionId")
TIMES = ("Last-Modified", "LastModified", "last_modified", "mtime", "updated", "modified")
"""What tells a file from what it is once it was written to; the first that is known."""

KEYS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ~/.aws, or FSSPEC_S3_ANON=true of what all "
    "may read",
    "http": "a line of ~/.netrc: machine HOST login NAME password …",
}
KEYS |= {"s3a": KEYS["s3"], "https": KEYS["http"]}
"""Where those who are let in say who they are."""

DENIED = re.compile(r"\b(40[13]\b|access denied|forbidden|unauthorized|credential|signature)", re.I)
ABSENT = re.compile(r"\b(404\b|not found|no such|does not exist)", re.IGNORECASE)
LOST = re.compile(r"payload|disconnect|reset by peer|broken pipe|closed connection", re.IGNORECASE)
NO_RANGES = "range requests"
"""What fsspec says of a server that sends files from their first byte only."""


def open_remote(address: str) -> tuple[BinaryIO, int | None]:
    """Return the bytes of a file and how many they are, None where that cannot be told.

    Raises AnnError.
    """
    file = RemoteFile(address, BLOCK)
    return io.BufferedReader(file, 1 << 16), file.size


def first_bytes(address: str, count: int) -> bytes:
    """Return the first bytes of a file. Raises AnnError."""
    with RemoteFile(address, count) as file:
        return file.read(count) or b""


def files_at(address: str) -> list[str]:
    """Return the addresses that one stands for by its * and [], in the order of their names.

    One that names a file is itself. Raises AnnError.
    """
    signs = "*[" if _scheme(address).startswith("http") else "*?["
    if not any(sign in address for sign in signs):
        return [address]
    with _told(address):
        system, path = _system(address)
        if "[" in address and system.exists(path):
            return [address]
        system.invalidate_cache()
        found = system.glob(path, detail=True)
        paths = sorted(each for each, about in found.items() if about.get("type") != "directory")
        # zip://*.csv::s3://…, a path within another file; or simplecache::s3://…/*.csv
        first, chained, others = address.partition("::")
        if "://" not in first:
            return [first + chained + system.unstrip_protocol(each) for each in paths]
        return [system.unstrip_protocol(each) + chained + others for each in paths]


class RemoteFile(io.RawIOBase):
    """A file elsewhere, read in any order; from its first byte on where its server has no other."""

    def __init__(self, address: str, ahead: int) -> None:
        """Raises DataError where there is none, ConfigError for a package that is lacking."""
        self._address = address
        self._at, self._in_order, self._is_stream = 0, True, False
        with _told(address):
            self._system, self._path = _system(address)
            self._system.invalidate_cache()
            about = _about(self._system, self._path)
            if about.get("type") == "directory":
                raise DataError(
                    "is a folder, a CSV was expected",
                    place=without_secrets(address),
                    remedy="name its files: …/*.csv",
                )
            self.size: int | None = about.get("size")
            self._version: Any = self.size, _version_of(about)
            self._file = self._opened(ahead)

    @property
    def version(self) -> tuple[Any, ...]:
        """What tells it from what it is once it was written to: asked anew once bytes were read."""
        if self._version is None:
            with _told(self._address):
                self._system.invalidate_cache()
                about = self._system.info(self._path)
            self._version = about.get("size"), _version_of(about)
        return self._version

    def _opened(self, ahead: int) -> Any:
        return self._system.open(self._path, "rb", block_size=ahead, cache_type="readahead")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self.size is not None

    def tell(self) -> int:
        return self._at

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size or 0}[whence]
        self._at = start + place
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self.size is not None and self._at >= self.size:
            return 0
        self._version = None
        with _told(self._address):
            content = self._read(len(buffer))
        if not content and self.size is not None:
            raise FileError(
                f"ends after {self._at:,} of its {self.size:,} bytes",
                place=without_secrets(self._address),
                remedy="was it written to meanwhile? try again",
            )
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def _read(self, size: int) -> bytes:
        place = self._file.tell()
        if place != self._at:
            self._in_order = False
            self._file.seek(self._at)
        for wait in (*WAITS, None):
            try:
                return self._file.read(size)
            except (FileNotFoundError, PermissionError, TimeoutError):
                raise
            except Exception as error:  # of each file system its own kinds
                if NO_RANGES in str(error):
                    break
                if wait is None or self._is_stream:
                    raise
                time.sleep(wait)
        return self._read_on(size)

    def _read_on(self, size: int) -> bytes:
        """Read what comes next where a server sends a file from its first byte only."""
        if not self._in_order:
            raise FileError(
                "its server sends it from the first byte only, and it is read in parts",
                place=without_secrets(self._address),
                remedy="download it, or write it as a CSV",
            )
        self._file.close()
        self._is_stream = True
        self._file = self._opened(0)
        passed = 0
        while passed < self._at and (skipped := self._file.read(min(self._at - passed, BLOCK))):
            passed += len(skipped)
        return self._file.read(size)

    def close(self) -> None:
        if not self.closed and hasattr(self, "_file"):
            with _told(self._address):
                self._file.close()
        super().close()


def _about(system: Any, path: str) -> Mapping[str, Any]:
    """Return what a file system says of a file; where it is S3, why it does not say it."""
    try:
        found: Mapping[str, Any] = system.info(path)
        return found
    except Exception:  # of each file system its own kinds
        if not hasattr(system, "call_s3"):
            raise
    # What is asked first is answered without a word of why not.
    bucket, _, key = path.partition("/")
    listed = system.call_s3("list_objects_v2", Bucket=bucket, Prefix=key, MaxKeys=1)
    names = [each["Key"] for each in listed.get("Contents", ())]
    if any(name.startswith(f"{key}/") for name in names):
        return {"type": "directory"}
    if key in names:
        raise PermissionError("it is there, and may not be read")
    raise FileNotFoundError("no object has this key")


def _version_of(about: Mapping[str, Any]) -> str:
    known = (str(about[key]) for key in (*VERSIONS, *TIMES) if about.get(key))
    return next(known, "")


def _scheme(address: str) -> str:
    found = ADDRESS.match(address)
    return found[1].lower() if found else ""


def _system(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it. Raises ImportError."""
    from fsspec.core import url_to_fs

    options: dict[str, Any] = {}
    if _scheme(address) in ("http", "https") and "::" not in address:
        from aiohttp import ClientTimeout

        # A proxy and ~/.netrc count; bytes come as they are; only silence ends the waiting.
        patience = ClientTimeout(total=None, sock_connect=PATIENCE, sock_read=PATIENCE)
        client = {"trust_env": True, "auto_decompress": False, "timeout": patience}
        options = {"client_kwargs": client, "headers": {"Accept-Encoding": "identity"}}
    system, path = url_to_fs(address, **options)
    return system, path


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Turn what fsspec and those behind it raise into errors of ours, which show no secret."""
    place = without_secrets(address)
    try:
        yield
    except AnnError:
        raise
    except ImportError as error:
        raise _missing(address, place) from error
    except Exception as error:  # of each file system its own kinds
        first: BaseException = error
        while isinstance(first, FileNotFoundError) and first.__cause__ is not None:
            first = first.__cause__  # of all that fails by HTTP fsspec says that it is not found
        reason = _reason(first, address, place)
        said = reason.replace(place, "")  # a port or a name may hold a number that means a status
        if isinstance(first, FileNotFoundError) or ABSENT.search(said):
            what = "bucket" if "bucket" in reason.lower() else "file"
            raise DataError(f"no such {what}", place=place) from error
        if isinstance(first, PermissionError) or DENIED.search(said):
            keys = KEYS.get(_scheme(address), "the environment, as fsspec's page on it says")
            remedy = f"say who you are in {keys}"
            raise FileError(f"access is denied: {reason}", place=place, remedy=remedy) from error
        if LOST.search(reason):
            reason = "the connection was lost"
        if isinstance(first, TimeoutError):
            reason = f"no byte came within {PATIENCE} s"
        raise FileError(
            f"cannot be read: {reason}", place=place, remedy="is it there, and in reach? try again"
        ) from error


def _reason(error: BaseException, address: str, place: str) -> str:
    """Return what an error says, on one line, without what is secret in an address."""
    said = str(error).replace(address, place).strip().splitlines()
    return hidden(said[0])[:300].rstrip(".") if said else type(error).__name__


def _missing(address: str, place: str) -> ConfigError:
    """Return the error that says which package an address needs."""
    package = REMOTE.get(_scheme(address)) or "fsspec"
    extra = EXTRAS.get(package)
    own = f'pip install "ann-cli[{extra}]", or ' if extra else ""
    needed = "pip install " + " ".join(dict.fromkeys(["fsspec", package]))
    return ConfigError(
        f"{_scheme(address)}:// needs the package {package}, which is not installed",
        place=place,
        remedy=own + needed,
    )
