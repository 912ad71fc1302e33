"""A CSV in ranges of bytes, each of whole rows, which are read apart from each other."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np

from ann_cli.data.csv.blocks import Block, Blocks
from ann_cli.data.pieces import Located, Piece


def ranges_of(
    blocks: Iterable[Block], size: int | None, file: int, row: int
) -> tuple[list[Piece], int]:
    """Return the pieces of about `size` bytes that a file is cut into, and how many rows there are.

    None: all of it is one. `row` is the number of its first row in the table.
    """
    found: list[Piece] = []
    begun: tuple[int, int, int] | None = None
    rows = end = 0
    for block in blocks:
        starts, lines = _rows(block)
        at = 0
        while at < len(starts):
            if begun is None or (size is not None and starts[at] >= begun[1] + size):
                if begun is not None:
                    found.append(Piece(file, *begun[:2], int(starts[at]), begun[2]))
                begun = row + rows + at, int(starts[at]), int(lines[at])
            if size is None:
                break
            at = int(np.searchsorted(starts, begun[1] + size))
        rows += len(starts)
        end = block.start + len(block.content)
    return [*found, Piece(file, *begun[:2], end, begun[2])] if begun else [], rows


def _rows(block: Block) -> tuple[Any, Any]:
    """Return where in the file each row of a block begins, and on which line."""
    content = np.frombuffer(block.content, np.uint8)
    starts = np.concatenate([[0], np.flatnonzero(content == ord("\n")) + 1])
    lines = np.array(block.lines())
    return block.start + starts[lines - block.line], lines


def blocks_of(
    stream: BinaryIO, blocks: Blocks, pieces: Sequence[Piece]
) -> Iterator[Located[Block]]:
    """Yield the blocks of some pieces of a file, each with its piece where it is the first one."""
    for each in pieces:
        first: Piece | None = each
        for block in blocks.of_range(_Bytes(stream, each), each.line):
            yield first, block
            first = None


class _Bytes:
    """The bytes of a piece."""

    def __init__(self, stream: BinaryIO, piece: Piece) -> None:
        self._stream, self._left = stream, piece.end - stream.seek(piece.start)

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, or the fewer that are left."""
        found = self._stream.read(min(size, self._left))
        self._left -= len(found)
        return found
