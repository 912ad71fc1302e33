"""Encoded rows on disk: written as they first pass, then read at the speed of memory."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ann_cli.data.csv.temporary import nameless
from ann_cli.data.rows.split import Side
from ann_cli.engine.rows import Rows
from ann_cli.errors import FileError

Pass = Callable[[Sequence[Side]], Iterator[tuple[Rows, ...]]]
"""Reads the data once; yields the encoded rows of the sides asked for."""


class Cache:
    """The rows of some sides, in the same parts whether from the data or from the disk.

    A side's file holds .npy arrays, one after the other, and has no name: it is gone when ann is,
    however ann ends. Read from the first to the last it takes no more memory than one part.
    """

    def __init__(self, folder: Path, read: Pass, sides: Sequence[Side]) -> None:
        self._folder, self._read, self._sides = folder, read, sides
        self._files: dict[Side, BinaryIO] = {}
        self._whole = False

    def rows(self, side: Side) -> Iterator[Rows]:
        """Yield the parts of one side. Raises FileError where they cannot be kept."""
        if not self._whole:
            yield from self._kept(side)
            return
        file = self._files[side]
        end = file.seek(0, 2)
        file.seek(0)
        while file.tell() < end:
            x, y, weight = (np.load(file, allow_pickle=False) for _ in range(3))
            yield Rows(x, y, weight if len(weight) else None)

    def _kept(self, side: Side) -> Iterator[Rows]:
        try:
            for each in self._sides:
                if each not in self._files:
                    self._files[each] = nameless(self, self._folder)
                self._files[each].seek(0)
                self._files[each].truncate()
            for found in self._read(self._sides):
                for each, rows in zip(self._sides, found, strict=True):
                    weight = np.empty(0) if rows.weight is None else rows.weight
                    for array in (rows.x, rows.y, weight):
                        np.save(self._files[each], array, allow_pickle=False)
                yield found[self._sides.index(side)]
        except OSError as error:
            raise FileError(
                f"encoded rows cannot be kept: {(error.strerror or str(error)).lower()}",
                place=str(self._folder),
                remedy="make room there, or set data.cache: false",
            ) from error
        self._whole = True
