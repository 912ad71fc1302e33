"""Where data are, as a config or a command names it: a path, or the address of a database."""

import re
from hashlib import file_digest
from os.path import abspath, isabs, relpath
from pathlib import Path

from ann_cli.files import open_named

DATABASE = re.compile(r"[a-zA-Z][\w+.-]*://")
"""How the address of a database begins."""

OF_FILE = re.compile(r"((?:sqlite|duckdb)(?:\+\w+)?:///)(.+)", re.DOTALL)
"""The address of a database that is a file, and its path."""


ELSEWHERE = ("http://", "https://", "ftp://", "s3://", "gs://", "file://")
"""Addresses that are none of databases."""


def is_database(location: str) -> bool:
    """Whether it is the address of a database, such as sqlite:///sales.db."""
    found = DATABASE.match(location)
    return found is not None and found[0].lower() not in ELSEWHERE


def without_password(location: str) -> str:
    """Return the address of a database as it may be shown."""
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1@", location)


def within_folder(location: str, folder: Path) -> str:
    """Return a location that is named from a folder as seen from the current one."""
    before, path = _parts(location)
    return before + (path if not path or isabs(path) else str(folder / path))


def seen_from(location: str, here: Path, there: str | Path) -> str:
    """Return a location that is named from the folder `here` as it is named from another.

    What is absolute stays so.
    """
    before, path = _parts(location)
    if not path or isabs(path):
        return location
    try:
        return before + relpath(here / path, there)
    except ValueError:  # Windows: another drive
        return before + abspath(here / path)


def absolute(location: str) -> str:
    """Return a location of the current folder as it is named from anywhere."""
    before, path = _parts(location)
    return before + (abspath(path) if path else "")


def file_of(location: str) -> str:
    """Return the path of the file that holds the data; "" where it cannot be told."""
    return _parts(location)[1]


def digest_of(location: str) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal; of what is no file the location.

    Raises OSError.
    """
    path = file_of(location)
    if not path:
        return location
    with open_named(path) as file:
        return file_digest(file, "sha256").hexdigest()


def _parts(location: str) -> tuple[str, str]:
    """Return what stands before a path, and the path; "" where it names no file."""
    if found := OF_FILE.fullmatch(location):
        return found[1], found[2]
    return (location, "") if location == "-" or is_database(location) else ("", location)
