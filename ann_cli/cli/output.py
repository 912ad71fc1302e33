"""Where a command's output goes: data to standard output, words to standard error."""

import functools
import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from glob import glob
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO

import click

from ann_cli.errors import ConfigError, FileError

if TYPE_CHECKING:
    from ann_cli.config.spec import Config
    from ann_cli.report.terminal import Terminal

SURROGATE = re.compile("[\ud800-\udfff]")
"""What Python makes of bytes that are not UTF-8."""


class Output:
    """The choices that every command offers, and the two streams that they govern."""

    def __init__(self, as_json: bool, quiet: bool, color: bool) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.color = color

    @functools.cached_property
    def terminal(self) -> "Terminal":
        """What talks to the person, on standard error."""
        from ann_cli.report.terminal import Terminal

        return Terminal(standard_error(), self.quiet, self.color)

    def data(self, text: str) -> None:
        """Write to standard output; raises FileError where there is none.

        A terminal obeys control characters, and shows text in another order than it has: it gets
        such characters as text. To a pipe or a file data goes as it is.
        """
        stream = standard_output()
        if stream.isatty():
            text = legible(text)
        # Bytes, so that the locale changes nothing and a file name that is not UTF-8 survives.
        stream.buffer.write(text.encode("utf-8", "surrogateescape"))

    def document(self, content: Any) -> None:
        """Write one JSON document; a file name that is not UTF-8 becomes an escape in it."""
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
        self.data(SURROGATE.sub(lambda found: f"\\u{ord(found[0]):x}", text) + "\n")


def table(head: str, rows: Iterable[tuple[str, Iterable[float | None]]]) -> str:
    """Return a CSV of named numbers; what is not known is an empty cell."""
    lines = [
        ",".join([name, *("" if value is None else format(value, ".9g") for value in values)])
        for name, values in rows
    ]
    return "\n".join([head, *lines, ""])


def legible(text: str) -> str:
    """Return data with all that cannot be seen as JSON's escapes, but for line feeds.

    JSON stays JSON. C0, DEL, C1, bidirectional controls, line separators and surrogates are what
    Unicode counts as not printable.
    """
    return "".join(
        one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in text
    )


def check_writable(path: str, remedy: str = "name another file") -> None:
    """Raise FileError, before anything that takes long, where a file could not be written."""
    target, reason = Path(path), ""
    if target.is_dir():
        reason = "is a folder"
    elif target.exists() and not target.is_file():
        return  # a pipe or a device, which is written into
    elif not target.parent.is_dir():
        reason = f"there is no folder {target.parent}"
    elif not os.access(target.parent, os.W_OK):
        reason = f"no file can be made in {target.parent}"
    if reason:
        raise FileError(reason, place=path, remedy=remedy)


def check_not_read(path: str, read: Iterable[str]) -> None:
    """Raise ConfigError where a file to write is one that is read, or that a pattern stands for."""
    for source in read:
        for each in (source, *glob(source)):
            with suppress(OSError, ValueError):
                if os.path.samefile(path, each):
                    raise ConfigError(
                        "this file is read here, and would be replaced",
                        place=path,
                        remedy="name another file to write",
                    )


def named_files(config: "Config") -> list[str]:
    """Return the files that a config names, as seen from the current folder."""
    return [config.resolve(each) for each in config.data.files.values()]


def standard_output() -> TextIO:
    """Return standard output; raises FileError where it is closed."""
    if sys.stdout is None:
        raise FileError("standard output is closed", remedy="open it, or redirect it to a file")
    return sys.stdout


def standard_error() -> IO[str]:
    """Return standard error, or a stream that swallows all where it is closed."""
    return sys.stderr if sys.stderr is not None else open(os.devnull, "w")


def colored(asked: bool) -> bool:
    """Whether a terminal gets colour: not where NO_COLOR or TERM=dumb says no."""
    return asked and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every command has; the command gets them as its first argument."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
    @click.option("-q", "--quiet", is_flag=True, help="Nothing on standard error but errors.")
    @click.option("--no-color", is_flag=True, help="No colour, as with NO_COLOR.")
    @click.option("--debug", is_flag=True, help="Show a traceback when something fails.")
    @functools.wraps(command)
    def wrapped(as_json: bool, quiet: bool, no_color: bool, debug: bool, **rest: Any) -> Any:
        return command(Output(as_json, quiet, colored(not no_color)), **rest)

    return wrapped
