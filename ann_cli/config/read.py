"""Reading a config: from a file, standard input or a mapping, with all that is wrong at once."""

import re
import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from numbers import Integral, Real
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ann_cli.config.models import MODELS
from ann_cli.config.origin import Origin
from ann_cli.config.override import override
from ann_cli.config.problems import explained
from ann_cli.config.search_words import refuse_words
from ann_cli.config.spec import Config
from ann_cli.config.tree import DEEPEST, Tree, leaves, parse
from ann_cli.errors import ConfigError, FileError, did_you_mean

LARGEST = 1024 * 1024
KEY = re.compile(r"\s*(#|---|[\w'\"]+\s*:(\s|$)|\{)")
"""How a line of a config begins."""


@dataclass(frozen=True)
class Draft:
    """A config as it stands in its file, from which checked ones are made."""

    tree: Tree
    origin: Origin

    def config(self, overrides: Sequence[str] = ()) -> Config:
        """Return the config with each KEY=VALUE put in; raises ConfigError."""
        changed = self.changed(overrides)
        refuse_words(changed.tree, changed.origin)
        return changed.checked()

    def changed(self, overrides: Sequence[str]) -> "Draft":
        """Return the draft with each KEY=VALUE put in; raises ConfigError."""
        tree, given = deepcopy(self.tree), self.origin
        override(tree, tuple(overrides))
        return Draft(tree, Origin(given.label, given.folder, given.name, tree.marks))

    def checked(self) -> Config:
        """Return the config as it stands; raises ConfigError."""
        try:
            config = Config.model_validate(self.tree.value, context=_context(self.tree.value))
        except ValidationError as error:
            raise explained(error, self.tree.value, self.origin) from None
        config._origin = self.origin
        config._written = dict(leaves(self.tree.value))
        return config


def _context(tree: Any) -> dict[str, Any]:
    """Return what the keys of data are to know of those beside them."""
    model = tree.get("model", "network") if isinstance(tree, Mapping) else None
    family = MODELS.get(model) if isinstance(model, str) else None
    return {"without_target": family is None or not family.has_target}


def load(source: str | PathLike[str] | Mapping[str, Any], overrides: Sequence[str] = ()) -> Config:
    """Return the config in a file, on standard input ("-") or in a mapping, checked."""
    return read(source).config(overrides)


def read(source: str | PathLike[str] | Mapping[str, Any]) -> Draft:
    """Return what a file, standard input ("-") or a mapping holds, its keys not yet checked."""
    if isinstance(source, Mapping):
        return Draft(Tree(_as_text(source, 0)), Origin())
    path = fspath(source)
    stdin = path == "-"
    label = "standard input" if stdin else path
    content = _content(path, label)
    _refuse_another_kind(content[: 1 << 16], path, label)
    if len(content) > LARGEST:
        raise ConfigError(
            "larger than 1 MiB, which no config is", place=label, remedy="is it the data's file?"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"not UTF-8 text: byte 0x{content[error.start]:02x}",
            place=f"{label}:{line}",
            remedy="save it as UTF-8",
        ) from None
    tree = parse(text, label)
    if not isinstance(tree.value, dict):
        empty = tree.value is None
        raise ConfigError(
            "the config is empty" if empty else "expected keys such as data: and layers:",
            place=f"{label}:{tree.marks.get((), 1)}",
            remedy="it needs at least data: {file: …, target: …}; `ann init DATA` writes one",
        )
    if stdin:
        return Draft(tree, Origin(label))
    return Draft(tree, Origin(label, Path(path).parent, Path(path).stem))


def _refuse_another_kind(start: bytes, path: str, label: str) -> None:
    """Raise ConfigError for a file whose first bytes are those of weights or of a table."""
    if start.startswith(b"PK\x03\x04"):
        raise ConfigError(
            "this is a weights file or another archive, and a config was expected",
            place=label,
            remedy=f"weights are for `ann predict {path} DATA`",
        )
    text = start.decode("utf-8", "replace")
    binary = b"\0" in start[:16] or (b"\0" in start and "\ufffd" in text[:-1])
    if binary or start.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd")):
        raise ConfigError("this is no text, and a config was expected", place=label)
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    keys = any(KEY.match(line) for line in lines)
    for sign in ",;\t|":
        widths = {line.count(sign) for line in lines}
        if lines and not keys and 0 not in widths and len(widths) <= 2:
            raise ConfigError(
                "this looks like a table, and a config was expected",
                place=label,
                remedy=f"`ann init {path} --target NAME` writes a config for it",
            )


def _content(path: str, label: str) -> bytes:
    """Return the file's bytes, at most one more than is allowed."""
    try:
        if path == "-":
            if sys.stdin is None:
                raise ConfigError("is closed", place=label)
            if sys.stdin.buffer.isatty():
                raise ConfigError(
                    "is a terminal, and a config was expected",
                    place=label,
                    remedy="redirect a file into it: - < config.yaml",
                )
            return sys.stdin.buffer.read(LARGEST + 1)
        with open(path, "rb") as file:
            return file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise ConfigError("no such file", place=label, remedy=_neighbours(path)) from None
    except IsADirectoryError:
        raise ConfigError("this is a folder", place=label, remedy=_inside(path)) from None
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror}", place=label) from None


def _neighbours(path: str) -> str:
    """Name the config nearest to a missing one, or all in its folder."""
    folder = Path(path).parent
    near = did_you_mean(Path(path).name, _configs(folder))
    if near:
        return near.replace("did you mean ", f"did you mean {folder / 'x'}"[:-1], 1)
    return _inside(str(folder))


def _inside(folder: str) -> str:
    names = _configs(Path(folder))[:8]
    if not names:
        return "`ann init DATA` writes a config"
    return f"configs in {folder}: {', '.join(names)}"


def _configs(folder: Path) -> list[str]:
    try:
        return sorted(each.name for each in folder.glob("*.y*ml"))
    except (OSError, ValueError):
        return []


def _as_text(value: Any, depth: int) -> Any:
    """Return a mapping from Python as a file would say it, so that one set of rules holds."""
    if depth > DEEPEST:
        raise ConfigError(f"nested more than {DEEPEST} deep", remedy="no key lies that deep")
    if isinstance(value, Mapping):
        return {str(key): _as_text(each, depth + 1) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_text(each, depth + 1) for each in value]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Integral):
        return str(int(value)) if abs(int(value)) < 10**300 else "a number beyond 1e300"
    if isinstance(value, Real):
        return repr(float(value))
    return value if value is None else str(value)
