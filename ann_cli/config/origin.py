"""Where a config came from: its folder, its name, and the line of each of its keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

Key: TypeAlias = tuple[str, ...]

OPEN = (("data", "types"), ("class_weight",))
"""Mappings whose keys are the user's own names, which may hold a dot."""


def split(dotted: str) -> Key:
    """Return the steps of a dotted key."""
    steps = tuple(dotted.split("."))
    for start in OPEN:
        if steps[: len(start)] == start and len(steps) > len(start):
            return (*start, ".".join(steps[len(start) :]))
    return steps


@dataclass(frozen=True)
class Origin:
    """`label` is how the file is shown; a mark is a line in it, or the key of a `--set`."""

    label: str = ""
    folder: Path = field(default_factory=Path)
    name: str = "run"
    marks: Mapping[Key, int | str] = field(default_factory=dict)

    def mark(self, steps: Sequence[str]) -> int | str | None:
        """Return the mark of a key, or of the nearest mapping around it."""
        for end in range(len(steps), -1, -1):
            mark = self.marks.get(tuple(steps[:end]))
            if mark is not None:
                return mark
        return None

    def place(self, key: str | Sequence[str]) -> str:
        """Return "file:line: key", "--set key" where the command line gave it, or the key alone."""
        steps = split(key) if isinstance(key, str) else key
        dotted = ".".join(steps)
        mark = self.mark(steps)
        if isinstance(mark, str):
            return f"--set {mark}" if mark == dotted else f"--set {mark}: {dotted}"
        head = self.label if mark is None else f"{self.label}:{mark}"
        return ": ".join(filter(None, (head, dotted)))
