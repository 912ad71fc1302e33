"""Which files of a run folder belong together: SHA256SUMS, as `sha256sum -c` reads it."""

from collections.abc import Collection, Mapping
from hashlib import file_digest, sha256
from pathlib import Path

from ann_cli.files import open_named, read_own
from ann_cli.model.lock import is_locked

RECORD = "SHA256SUMS"
LARGEST = 65_536


def checksums(files: Mapping[str, bytes]) -> bytes:
    """Return the record of the files, a line each."""
    lines = [f"{sha256(content).hexdigest()}  {name}\n" for name, content in files.items()]
    return "".join(lines).encode()


def differing(folder: Path, names: Collection[str] | None = None) -> list[str]:
    """Return the files, all or these, that are not those of the folder's record; none without one.

    The record is written last. Where they differ, a run was cut short while it replaced the files
    of another, or somebody has changed one. While a training is at work there, none is named.
    """
    for _ in range(2):  # a run that ended between two looks is no mixture
        known = recorded(folder)
        found = [
            name
            for name in (known if names is None else names)
            if name in known and _digest(folder / name) != known[name]
        ]
        if not found or is_locked(folder):
            return []
    return found


def difference_note(path: Path) -> str:
    """Return what is to be said of a run folder's file before it is used; "" where all is well."""
    if not differing(path.parent, [path.name]):
        return ""
    return (
        f"{path} is not the file that {RECORD} beside it names: a training was cut short while it "
        "replaced the files of this folder, or one was changed"
    )


def recorded(folder: Path) -> dict[str, str]:
    """Return the digest of each file that the record of a run folder names."""
    try:
        text = read_own(folder / RECORD, LARGEST).decode("ascii", "replace")
    except (OSError, ValueError):
        return {}
    lines = (line.partition("  ") for line in text.splitlines())
    return {name: digest for digest, _, name in lines if name and Path(name).name == name}


def _digest(path: Path) -> str:
    try:
        if not path.is_file():  # nor a link to one, which a person may have named
            return ""
        with open_named(path) as file:
            return file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""
