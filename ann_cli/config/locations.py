"""Where data are, as a config or a command names it: a path, or the address of files elsewhere or
of a database."""

import re
from hashlib import file_digest
from os.path import abspath, isabs, relpath
from pathlib import Path

from ann_cli.files import files_of, joint_digest, open_named

ADDRESS = re.compile(r"([a-zA-Z][\w+.-]*)(?:::|://)")
"""How an address begins: s3://bucket/sales.csv, zip::s3://…, sqlite:///sales.db."""

OF_FILE = re.compile(r"((?:sqlite|duckdb)(?:\+\w+)?:///)(.+)", re.DOTALL)
"""The address of a database that is a file, and its path."""


REMOTE = {
    **dict.fromkeys(("http", "https"), "aiohttp"),
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("abfs", "abfss", "az", "adl"), "adlfs"),
    **dict.fromkeys(("hdfs", "arrow_hdfs"), "pyarrow"),
    **dict.fromkeys(("sftp", "ssh"), "paramiko"),
    **dict.fromkeys(
        ("webhdfs", "webHDFS", "dbfs", "github", "gist", "jupyter", "jlab"), "requests"
    ),
    **dict.fromkeys(("oci", "ocilake"), "ocifs"),
    **dict.fromkeys(("tos", "tosfs"), "tosfs"),
    **dict.fromkeys(
        ("file", "local", "memory", "ftp", "zip", "tar", "simplecache", "filecache", "blockcache"),
        "",
    ),
    "smb": "smbprotocol",
    "webdav": "webdav4",
    "hf": "huggingface_hub",
    "oss": "ossfs",
    "box": "boxfs",
    "dropbox": "dropboxdrivefs",
    "gdrive": "gdrivefs",
    "git": "pygit2",
    "lakefs": "lakefs-spec",
    "libarchive": "libarchive-c",
    "dvc": "dvc",
    "wandb": "wandbfs",
}
"""How the addresses of files elsewhere begin, and what fsspec needs beside itself to read them."""

SECRET = re.compile(
    r"([?&][^=&#]*(?:sig|token|key|secret|pass|cred|auth)[^=&#]*=)[^&#\s'\"]+", re.IGNORECASE
)
"""The part of an address that lets whoever has it in, and its value."""


def is_remote(location: str) -> bool:
    """Whether it is the address of a file that fsspec opens, such as s3://bucket/sales.csv."""
    found = ADDRESS.match(location)
    if found is None:
        return False
    scheme = found[1].lower()
    if scheme in REMOTE:
        return True
    from importlib.metadata import entry_points

    return any(each.name == scheme for each in entry_points(group="fsspec.specs"))


def is_database(location: str) -> bool:
    """Whether it is the address of a database, such as sqlite:///sales.db."""
    found = ADDRESS.match(location)
    return found is not None and found[0].endswith("://") and not is_remote(location)


def without_secrets(location: str) -> str:
    """Return an address as it may be shown: without a password, and without what signs it."""
    return hidden(location) if ADDRESS.match(location) else location


def hidden(text: str) -> str:
    """Return a text in which addresses may stand without what is secret in them."""
    return SECRET.sub(r"\1…", re.sub(r"(://[^:/@?#\s]*):[^/?#\s]*@", r"\1@", text))


def has_secret(location: str) -> bool:
    """Whether the address of a file elsewhere holds what must not be written down."""
    return is_remote(location) and without_secrets(location) != location


def plain_name(location: str) -> str:
    """Return a location without what an address may have behind the file's name."""
    if not ADDRESS.match(location):
        return location
    first = location.partition("::")[0]  # of zip://x.csv::sales.zip the file within the other
    return re.split("[?#]", first if "://" in first else location)[0]


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

    Of several files it is that of their digests. Raises OSError.
    """
    path = file_of(location)
    if not path:
        return without_secrets(location)
    found = []
    for each in files_of(path) or [path]:
        with open_named(each) as file:
            found.append(file_digest(file, "sha256").hexdigest())
    return joint_digest(found)


def _parts(location: str) -> tuple[str, str]:
    """Return what stands before a path, and the path; "" where it names no file."""
    if found := OF_FILE.fullmatch(location):
        return found[1], found[2]
    elsewhere = location == "-" or is_database(location) or is_remote(location)
    return (location, "") if elsewhere else ("", location)
