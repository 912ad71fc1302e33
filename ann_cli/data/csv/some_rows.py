"""Some rows of a CSV, as if no others stood in it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ann_cli.data.cells.values import Array
from ann_cli.data.cells.writing import Written
from ann_cli.data.csv.blocks import Block
from ann_cli.data.csv.records import blank, lines_of, records
from ann_cli.data.csv.table import CsvTable
from ann_cli.errors import DataError


class SomeRows(CsvTable):
    """A CSV of which some rows are there: what is recognised and read is theirs alone."""

    def __init__(self, source: str | Path, rows: Array, written: Written) -> None:
        """`rows` says of each row of the file, in order, whether it is there."""
        super().__init__(source, written=written)
        self._rows = rows

    def _blocks(self, keep: bool, columns: Sequence[str]) -> Iterator[Block]:
        passed, found = 0, False
        for block in super()._blocks(keep, columns):
            content, count = _chosen(block, self._rows[passed:])
            passed += count
            if content.strip(blank(block.separator).encode()):
                found = True
                yield replace(block, content=content)
        if passed != len(self._rows):
            raise DataError("the file has changed since its rows were counted", place=self.name)
        if not found:
            raise DataError("none of its rows is chosen", place=self.name)


def _chosen(block: Block, rows: Array) -> tuple[bytes, int]:
    """Return a block whose other rows are blank lines, and how many rows it had.

    Blank lines are skipped wherever a block is read, and every row keeps its line of the file.
    """
    chosen = iter(rows.tolist())
    count = 0
    if b'"' not in block.content:
        blanks = blank(block.separator).encode()
        lines = block.content.split(b"\n")
        for at, line in enumerate(lines):
            if line.strip(blanks):
                count += 1
                if not next(chosen, False):
                    lines[at] = b""
        return b"\n".join(lines), count
    texts = lines_of(block.content.decode())
    for record in list(records(texts, block.separator)):
        count += 1
        if not next(chosen, False):
            texts[record.start : record.stop] = ["\n"] * (record.stop - record.start)
    return "".join(texts).encode(), count
